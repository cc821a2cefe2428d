/** Tasks about clients, students and labels. */

import type { OfficeDates } from '../dates.ts';
import type { Task } from '../task.ts';

export const peopleTasks = (on: OfficeDates): Task[] => [
  {
    id: 'newsletter',
    text: 'Put everyone who signed up this month on the newsletter label.',
    facts: [
      'All clients who were created this month, Tom Okafor too, but not their students.',
      'The label has no emails.',
    ],
    steps: [
      {
        key: 'find_clients',
        inputs: { find_created_from: on.firstOfMonth },
        gives: { id: 314, matches: 2, is_complete: true },
        records: 2,
      },
      { key: 'add_label', inputs: { type: 'client', client: '{1.0.id}', label: '29' } },
      { key: 'add_label', inputs: { type: 'client', client: '{1.1.id}', label: '29' } },
    ],
    ending: { kind: 'done' },
    alternatives: [
      'Created To besides Created From.',
      'A question before the labels if the label may send emails.',
      'The question whether Tom Okafor counts, who was created this month but is still a prospect, before or after the label of Sarah Marsh.',
    ],
    wrong: ['A label of Aisha Rahman, who was created last month.', 'Another label, such as Signed up.'],
    writes: 2,
    state: [
      ['clients', 311, { labels: [{ name: 'Newsletter' }] }],
      ['clients', 314, { labels: [{ name: 'Newsletter' }] }],
      ['clients', 315, { labels: [] }],
    ],
  },
  {
    id: 'same-name',
    text: "Emma Clarke's new mobile number is 07700 900555.",
    facts: ['The one in Bath, the mother of Mia.'],
    steps: [
      {
        key: 'find_client',
        inputs: { find_first_name: 'Emma', find_last_name: 'Clarke' },
        gives: { matches: 2 },
      },
    ],
    ending: {
      kind: 'question',
      asks: 'which Emma Clarke',
      then: [
        { key: 'find_clients', inputs: { find_name: 'Emma Clarke', find_details: 'true' }, records: 2 },
        { key: 'update_client', inputs: { client: '313', mobile: '07700 900555' } },
      ],
    },
    alternatives: ['Find Clients instead of Find Client.'],
    wrong: ['An update before the question, although it meets the right one.'],
    writes: 1,
    state: [
      ['clients', 313, { mobile: '07700 900555' }],
      ['clients', 312, { mobile: '07700 900612' }],
    ],
  },
  {
    id: 'delete-client',
    text: 'Yuki Tanabe has moved away. Delete her.',
    facts: ['She may also stay, as a dormant client.'],
    steps: [],
    ending: {
      kind: 'refusal',
      where: "the client's page in TutorCruncher",
      grounds: [{ step: 'update_client', text: 'delete the client, open the client in TutorCruncher.' }],
      noStepFor: /delete/i,
      attempts: [
        {
          key: 'api_request',
          inputs: { method: 'DELETE', path: 'clients/305/' },
          fails: 'The field "Method" of this step',
        },
      ],
    },
    alternatives: ['A search for the client before the refusal.', 'An offer to give her the status Dormant.'],
    wrong: ['The status Dormant without a question.'],
    writes: 0,
    state: [['clients', 305, { status: 'prospect' }]],
  },
  {
    id: 'add-note',
    text: "Write on Marcus Adeyemi's page that he prefers phone calls.",
    facts: ['A note, as in TutorCruncher.'],
    steps: [],
    ending: {
      kind: 'refusal',
      where: "the notes on the client's page in TutorCruncher",
      grounds: [{ step: 'update_client', text: 'To add a note' }],
      noStepFor: /note/i,
      attempts: [
        {
          key: 'api_request',
          inputs: { method: 'POST', path: 'notes/', body: '{"text": "Prefers phone calls."}' },
          fails: "TutorCruncher's API does not allow POST for this path",
        },
      ],
    },
    alternatives: ['A question about a custom field or a label.'],
    wrong: ['Another field is overwritten.'],
    writes: 0,
    state: [],
  },
  {
    id: 'new-family',
    text:
      'New family: Mrs Jana Novak, jana.novak@example.com, 07700 900777, live client. The student is her son Petr Novak, ' +
      'Year 9. No emails to them, please.',
    facts: ['Nobody of the family is in TutorCruncher yet.', 'No welcome emails. The notifications are all right.'],
    steps: [
      {
        key: 'create_client',
        inputs: {
          title: 'Mrs',
          first_name: 'Jana',
          last_name: 'Novak',
          email: 'jana.novak@example.com',
          mobile: '07700 900777',
          status: 'live',
        },
        optional: ['title'],
      },
      {
        key: 'create_student',
        inputs: { first_name: 'Petr', last_name: 'Novak', client: '{1.0.id}', academic_year: 'Year 9' },
      },
    ],
    ending: { kind: 'done' },
    alternatives: [
      'Find Client before it.',
      'Send Welcome Email is false.',
      'Update Client with Remove Notifications for all of them, if the office is told.',
    ],
    wrong: ['Send Welcome Email is true.', 'Create Enquiry.', 'A student without a client.'],
    writes: 2,
    state: [
      ['clients', 316, { first_name: 'Jana', status: 'live', mobile: '07700 900777' }],
      ['recipients', 516, { first_name: 'Petr', academic_year: 'Year 9', paying_client: { id: 316 } }],
    ],
  },
  {
    id: 'new-address',
    text: 'The Ferreiras have moved to 12 High Street, Bath, BA1 1AA.',
    facts: ['The client Tomás Ferreira. The student has the same address, but change the client only.'],
    steps: [
      { key: 'find_client', inputs: { find_last_name: 'Ferreira' }, gives: { id: 304, matches: 1 } },
      {
        key: 'update_client',
        inputs: { client: '{1.0.id}', street: '12 High Street', town: 'Bath', postcode: 'BA1 1AA' },
      },
    ],
    ending: { kind: 'done' },
    alternatives: ['A question if the student moves too.', 'An update of the student Inês as well.'],
    wrong: ['The whole address in Street.'],
    writes: 1,
    state: [['clients', 304, { street: '12 High Street', town: 'Bath', postcode: 'BA1 1AA' }]],
  },
];
