/**
 * The write and the record of each action except actions on people and labels, against the stand-in for TutorCruncher's
 * API, over HTTP.
 */

import { expect, it } from '@jest/globals';

import { actions } from '../../../creates/index.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { ACTION_RUNS } from '../../support/action-runs.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { act, find } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** The expected results of a run in `ACTION_RUNS`. */
interface Written {
  readonly request: string;
  readonly body: JsonObject;
  /** A part of the record. */
  readonly record: JsonObject;
  /** The trigger that receives the only webhook, with the values of the record. */
  readonly trigger?: string;
}

const WRITTEN: Readonly<Record<string, Written>> = {
  add_tutor_skill: {
    request: 'POST /api/contractor-skills/',
    body: { contractor: 402, subject: 32, qual_level: 7 },
    record: { id: 402, tutor_name: 'Hannah Whitlock', tutor_skill_names: 'Maths, Physics' },
    trigger: 'tutor_updated',
  },
  create_job: {
    request: 'POST /api/services/',
    body: {
      name: 'Maths for Ada',
      dft_charge_rate: '42.00',
      dft_contractor_rate: '30.50',
      dft_charge_type: 'one-off',
      status: 'available',
      description: 'Tacitus {{bundle.x}}\nand Livy',
      rcrs: [{ recipient: 503 }, { recipient: 504 }],
      conjobs: [
        { contractor: 403, contractor_permissions: 'add-edit' },
        { contractor: 404, contractor_permissions: 'add-edit' },
      ],
      colour: 'SteelBlue',
    },
    record: {
      job_name: 'Maths for Ada',
      job_default_charge_rate: 42,
      job_default_tutor_rate: 30.5,
      job_status: 'available',
      student_names: 'Leo Raman, Ada Adeyemi',
    },
    trigger: 'job_created',
  },
  update_job: {
    request: 'PUT /api/services/705/',
    body: {
      name: 'A Level {{bundle.x}}',
      dft_charge_rate: '48.50',
      dft_contractor_rate: '0.00',
      status: 'finished',
      colour: 'Teal',
    },
    record: { id: 705, job_name: 'A Level {{bundle.x}}', job_status: 'finished' },
    trigger: 'job_updated',
  },
  add_student_to_job: {
    request: 'POST /api/services/705/recipient/add/',
    body: { recipient: 504, charge_rate: '45.00', agent: 605, agent_percentage: '7.50' },
    record: {
      id: 705,
      students: expect.arrayContaining([
        expect.objectContaining({ name: 'Ada Adeyemi', charge_rate: 45, affiliate_name: 'Farah Haddad' }),
      ]),
    },
    trigger: 'job_student_added',
  },
  add_tutor_to_job: {
    request: 'POST /api/services/705/contractor/add/',
    body: { contractor: 403, pay_rate: '31.00', contractor_permissions: 'edit' },
    record: { id: 705, tutor_names: 'Hannah Whitlock, Samuel Okoro' },
    trigger: 'job_tutor_added',
  },
  remove_student_from_job: {
    request: 'POST /api/services/708/recipient/remove/',
    body: { recipient: 507 },
    record: { id: 708, student_names: 'Inês Ferreira' },
  },
  remove_tutor_from_job: {
    request: 'POST /api/services/708/contractor/remove/',
    body: { contractor: 406 },
    record: { id: 708, tutor_names: 'Ravi Menon' },
  },
  accept_application: {
    request: 'POST /api/tenders/92/accept/',
    body: {},
    record: { id: 92, application_id: 92, application_status: 'accepted' },
    trigger: 'application_accepted',
  },
  reject_application: {
    request: 'POST /api/tenders/91/reject/',
    body: {},
    record: { id: 91, application_id: 91, application_status: 'rejected' },
    trigger: 'application_declined',
  },
  create_lesson: {
    request: 'POST /api/appointments/',
    body: {
      service: 705,
      topic: 'Fractions {{bundle.x}}',
      start: '2027-06-10T17:00:00+01:00',
      finish: '2027-06-10T17:00:00Z',
      status: 'planned',
      rcras: [
        { recipient: 503, charge_rate: '42.00' },
        { recipient: 504, charge_rate: '42.00' },
      ],
      cjas: [
        { contractor: 402, pay_rate: '0.00' },
        { contractor: 403, pay_rate: '0.00' },
      ],
    },
    record: {
      lesson_topic: 'Fractions {{bundle.x}}',
      lesson_status: 'planned',
      lesson_start: '2027-06-10T16:00:00Z',
      student_names: 'Leo Raman, Ada Adeyemi',
      tutor_names: 'Hannah Whitlock, Samuel Okoro',
      job_name: 'GCSE Maths for Leo',
    },
    trigger: 'lesson_created',
  },
  update_lesson: {
    request: 'PUT /api/appointments/9109/',
    body: {
      topic: 'Revision {{bundle.inputData.topic}}',
      start: '2027-06-10T17:00:00+01:00',
      finish: '2027-06-10T17:30:00Z',
      status: 'planned',
      service: 708,
    },
    record: {
      id: 9109,
      lesson_topic: 'Revision {{bundle.inputData.topic}}',
      lesson_start: '2027-06-10T16:00:00Z',
      lesson_finish: '2027-06-10T17:30:00Z',
      job_name: 'French for Inês',
      student_names: 'Inês Ferreira',
      tutor_names: 'Ravi Menon',
    },
    trigger: 'lesson_updated',
  },
  add_student_to_lesson: {
    request: 'POST /api/appointments/9109/recipient/add/',
    body: { recipient: 503, charge_rate: '45.00' },
    record: {
      student_names: 'Inês Ferreira, Leo Raman',
      students: expect.arrayContaining([expect.objectContaining({ id: 503, charge_rate: 45 })]),
    },
  },
  add_tutor_to_lesson: {
    request: 'POST /api/appointments/9109/contractor/add/',
    body: { contractor: 402, pay_rate: '31.00' },
    record: {
      tutor_names: 'Ravi Menon, Hannah Whitlock',
      tutors: expect.arrayContaining([expect.objectContaining({ id: 402, pay_rate: 31 })]),
    },
  },
  remove_student_from_lesson: {
    request: 'POST /api/appointments/9109/recipient/remove/',
    body: { recipient: 506 },
    record: { id: 9109, students: [], student_names: '', job_name: 'French for Inês' },
  },
  remove_tutor_from_lesson: {
    request: 'POST /api/appointments/9109/contractor/remove/',
    body: { contractor: 405 },
    record: { id: 9109, tutors: [], tutor_names: '', job_name: 'French for Inês' },
  },
  create_credit_request: {
    request: 'POST /api/proforma-invoices/',
    body: {
      client: 302,
      amount: '90.00',
      description: 'Two lessons for {{bundle.x}}',
      raise_behaviour: 'raise-no-autopayment',
    },
    record: {
      credit_request_amount: 90,
      credit_request_status: 'unpaid',
      credit_request_is_new: true,
      client_name: 'Marcus Adeyemi',
    },
    trigger: 'credit_request_raised',
  },
  create_ad_hoc_charge: {
    request: 'POST /api/adhoccharges/',
    body: {
      category: 7,
      date_occurred: '2027-06-10T12:00:00+01:00',
      description: 'Train {{bundle.x}}',
      client: 302,
      charge_client: '18.50',
      contractor: 403,
      pay_contractor: '0.00',
      service: 706,
      appointment: 9107,
    },
    record: {
      ad_hoc_charge_category_name: 'Travel',
      ad_hoc_charge_client_cost: 18.5,
      ad_hoc_charge_pay_tutor: 0,
      client_name: 'Marcus Adeyemi',
      tutor_name: 'Samuel Okoro',
      job_name: 'Piano for Ada',
      lesson_topic: 'Scales',
    },
    trigger: 'ad_hoc_charge_created',
  },
  update_ad_hoc_charge: {
    request: 'PUT /api/adhoccharges/77/',
    body: {
      date_occurred: '2027-07-01T12:00:00+01:00',
      category: 7,
      description: 'Workbook',
      client: 301,
      charge_client: '0.00',
      contractor: 402,
      pay_contractor: '4.50',
    },
    record: { id: 77, ad_hoc_charge_client_cost: 0, ad_hoc_charge_pay_tutor: 4.5, client_name: 'Priya Raman' },
  },
};

/** The searches that find a record by its id, or else by criteria that only this record meets. */
const SEARCHES: Readonly<Record<string, (record: FlatRecord) => Promise<FlatRecord[]>>> = {
  tutor: ({ id }) => find('find_tutor', { tutor: id }),
  job: ({ id }) => find('find_job', { job: id }),
  lesson: ({ id }) => find('find_lesson', { lesson: id }),
  ad_hoc_charge: (record) =>
    find('find_ad_hoc_charge', { find_client: record.client_id, find_category: record.ad_hoc_charge_category_id }),
};

/** Keys that only the record of an action has. */
const ONLY_OF_ACTION = /^(?:credit_request|lesson|ad_hoc_charge)_is_new$/;
/** Fields of rows that TutorCruncher's details and responses to writes lack. Only searches read rows. */
const ONLY_OF_SEARCH: ReadonlySet<string> = new Set(['ad_hoc_charge_description']);
/** Keys that webhooks lack or that have a different value in triggers. */
const NOT_IN_WEBHOOKS = /^(?:id$|tutor_(?:last_updated|receive_job_notifications|work_done_details))/;

it('every other action is covered by the tests of people, labels, enquiries and API Request', () => {
  const others = /^(?:create|update)_(?:client|tutor|student|affiliate)$|_label$|^create_enquiry$|^api_request$/;
  const keys = actions.map(({ definition }) => definition.key).filter((key) => !others.test(key));
  expect(Object.keys(WRITTEN)).toEqual(keys);
});

it.each(Object.entries(WRITTEN))(
  '%s writes once, and returns the record that the search finds and the webhook contains',
  async (key, { request, body, record: expected, trigger }) => {
    const record = await act(key, ACTION_RUNS[key] ?? {});
    expect(tutorCruncher.writes().map((write) => [`${write.method} ${write.path}`, write.body])).toEqual([
      [request, body],
    ]);
    expect(record).toMatchObject(expected);
    const { definition, object } = actions.find((action) => action.definition.key === key) ?? {};
    expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.keys(definition?.operation.sample ?? {})));
    const ofObject = Object.entries(record).filter(([name]) => !ONLY_OF_ACTION.test(name));
    const found = await SEARCHES[object?.word ?? '']?.(record);
    if (found) {
      const ofSearch = found.map((each) => Object.entries(each).filter(([name]) => !ONLY_OF_SEARCH.has(name)));
      expect(ofSearch.map((entries) => Object.fromEntries(entries))).toEqual([Object.fromEntries(ofObject)]);
    }

    if (trigger === undefined) return;
    const [event, ...others] = await tutorCruncher.triggered(trigger);
    expect(others).toEqual([]);
    const inWebhook = ofObject.filter(([name]) => !NOT_IN_WEBHOOKS.test(name));
    expect(event).toMatchObject(Object.fromEntries(inWebhook));
  },
);
