/** Tasks about invoices, charges and rates. */

import { utcTime, type OfficeDates } from '../dates.ts';
import type { Task } from '../task.ts';

export const moneyTasks = (on: OfficeDates): Task[] => [
  {
    id: 'unpaid-invoices',
    text: 'Which invoices of the Ramans are unpaid?',
    facts: ['Priya Raman.'],
    steps: [
      { key: 'find_client', inputs: { find_last_name: 'Raman' }, gives: { id: 301, matches: 1 } },
      {
        key: 'find_invoices',
        inputs: { find_client: '{1.0.id}', find_statuses: 'unpaid' },
        gives: { invoice_display_id: 'INV-162', matches: 2, total_amount: 210, is_complete: true },
        records: 2,
      },
    ],
    ending: { kind: 'answer', says: ['INV-161', 'INV-162', '210'] },
    alternatives: ['The other statuses that are not paid, such as Failed, as well.', 'Overdue by Days 0.'],
    wrong: ['Only the newest invoice.', 'The void invoice INV-163.'],
    writes: 0,
    state: [],
  },
  {
    id: 'exam-charge',
    text: 'Charge 15 pounds for the exam to the family of Ella Marsh.',
    facts: ['The exam was today.', 'The category is Exam fee.'],
    steps: [
      {
        key: 'find_student',
        inputs: { find_first_name: 'Ella', find_last_name: 'Marsh' },
        gives: { id: 511, client_id: 311, matches: 1 },
      },
      {
        key: 'create_ad_hoc_charge',
        inputs: {
          category: '6',
          date: on.today,
          description: 'Exam fee for Ella Marsh',
          client: '{1.0.client_id}',
          charge_client: '15',
        },
        free: ['description'],
        optional: ['date'],
      },
    ],
    ending: { kind: 'done' },
    alternatives: ['A question about the day.', 'Skip if It Exists is true.'],
    wrong: ['The default amount of the category.', 'A tutor is paid.', 'A credit request.'],
    writes: 1,
    state: [
      [
        'adhoccharges',
        82,
        {
          category_name: 'Exam fee',
          client_cost: '15.00',
          client: { id: 311 },
          date_occurred: `${utcTime(on.today, '12:00').slice(0, 19)}.000Z`,
        },
      ],
    ],
  },
  {
    id: 'record-payment',
    text: 'Marcus Adeyemi has paid 60 pounds in cash. Put it on his account.',
    facts: ['It is for no invoice yet.'],
    steps: [],
    ending: {
      kind: 'refusal',
      where: "the client's page in TutorCruncher",
      grounds: [{ step: 'api_request', text: 'It sends no requests that take, record or refund a payment' }],
      noStepFor: /payment(?! order)|balance/i,
      attempts: [
        {
          key: 'api_request',
          inputs: { method: 'POST', path: 'clients/302/take_payment/', body: '{"amount": 60, "method": "cash"}' },
          fails: 'payment',
        },
      ],
    },
    alternatives: ['A search for the client before the refusal.'],
    wrong: ['A credit request.', 'A charge with a negative amount.'],
    writes: 0,
    state: [],
  },
  {
    id: 'credit-request',
    text: 'Ask Marcus Adeyemi for 90 pounds in advance for two piano lessons, by email.',
    facts: ['A credit request.'],
    steps: [
      {
        key: 'find_client',
        inputs: { find_first_name: 'Marcus', find_last_name: 'Adeyemi' },
        gives: { id: 302, matches: 1 },
      },
      {
        key: 'create_credit_request',
        inputs: {
          client: '{1.0.id}',
          amount: '90',
          description: 'Two piano lessons',
          when_created: 'raise-and-send-no-autopayment',
        },
        free: ['description'],
        gives: { credit_request_is_new: true },
      },
    ],
    ending: { kind: 'done' },
    alternatives: [],
    wrong: ['A draft, which is not emailed.', 'Accept Automatic Charge is true.'],
    writes: 1,
    state: [['proforma-invoices', 34, { amount: '90.00', status: 'unpaid', client: { id: 302 } }]],
  },
  {
    id: 'autocharge',
    text: 'Ask Priya Raman for 200 pounds in advance for next term, by email.',
    facts: ['No, her card must not be charged. Leave it as a draft.'],
    steps: [
      {
        key: 'find_client',
        inputs: { find_first_name: 'Priya', find_last_name: 'Raman' },
        gives: { id: 301, matches: 1 },
      },
      {
        key: 'create_credit_request',
        inputs: {
          client: '{1.0.id}',
          amount: '200',
          description: 'Lessons of next term',
          when_created: 'raise-and-send-no-autopayment',
        },
        free: ['description'],
        fails: 'This client has Autocharge',
      },
    ],
    ending: {
      kind: 'question',
      asks: 'may TutorCruncher charge her automatically',
      then: [
        {
          key: 'create_credit_request',
          inputs: {
            client: '{1.0.id}',
            amount: '200',
            description: 'Lessons of next term',
            when_created: 'dont-raise',
          },
          free: ['description'],
          optional: ['when_created'],
        },
      ],
    },
    alternatives: ['The question before the step, because the record says that the client has Autocharge.'],
    wrong: ['Accept Automatic Charge is true without a yes.'],
    writes: 1,
    state: [['proforma-invoices', 34, { amount: '200.00', status: 'draft', client: { id: 301 } }]],
  },
  {
    id: 'new-rate',
    text: "From now on, Ella Marsh's maths costs 45 pounds an hour. Lessons that are booked keep their price.",
    facts: ['The job is called Maths for Ella, and Ella is the only student on it.'],
    steps: [
      { key: 'find_student', inputs: { find_first_name: 'Ella', find_last_name: 'Marsh' }, gives: { id: 511 } },
      { key: 'find_job', inputs: { find_name: 'Maths', find_student: '{1.0.id}' }, gives: { id: 711 } },
      { key: 'add_student_to_job', inputs: { job: '{2.0.id}', student: '{1.0.id}', charge_rate: '45' } },
    ],
    ending: { kind: 'done' },
    alternatives: ['Update Job with the same rate as well.'],
    wrong: ['Only Update Job, because the rate of a student on a job comes before the rate of the job.'],
    writes: 1,
    state: [
      ['services', 711, { rcrs: [{ recipient: 511, charge_rate: '45.00' }] }],
      ['appointments', 9122, { rcras: [{ charge_rate: '42.00' }] }],
    ],
  },
];
