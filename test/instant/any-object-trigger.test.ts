/** The records of New Event, which can be about any object, and the trigger's output fields. */

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import { wellbeingConcern } from '../../objects/wellbeing-concern.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { isJsonObject } from '../../wire/json.ts';
import { objectWordOf } from '../../wire/models.ts';
import { appTester, deliver } from '../support/app-tester.ts';
import { keysOf } from '../support/record-forms.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const { definition, outputFields: staticFields } = triggerOf('any_event');
const staticKeys = staticFields.map(({ key }) => key).sort();

/** Returns the labels of New Event's output fields by key, in order. */
async function fieldsFor(actions: unknown): Promise<Map<string, string>> {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { actions } };
  const fields = (await appTester(definition.operation.outputFields, bundle, true)) as unknown[];
  const entries = fields.filter(isJsonObject).map(({ key, label }): [string, string] => [String(key), String(label)]);
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return new Map(entries);
}

const ACTION_TYPES = [
  { key: 'LOGIN', msg: 'Logged in', subject_types: [] },
  { key: 'BOOKED_AN_APPOINTMENT', msg: 'Booked a Lesson', subject_types: ['Lesson'] },
  { key: 'REMOVED_SR_FROM_APPOINTMENT', msg: 'Removed a Student from a Lesson', subject_types: ['Lesson'] },
  { key: 'CREATED_A_TASK', msg: 'Created a Task', subject_types: ['Task'] },
  { key: 'PAYMENT_FAILED', msg: 'A payment failed', subject_types: ['Credit Request', 'Invoice'] },
  { key: 'RAISED_A_WELLBEING_CONCERN', msg: 'Created a concern', subject_types: ['Safeguarding/Wellbeing Concern'] },
  { key: 'SOLD_A_VOUCHER', msg: 'Sold a voucher', subject_types: ['Gift Voucher'] },
  { key: 'CREATED_A_CLIENT', msg: 'Created a Client', subject_types: ['Client'] },
];

const withActionTypes = () => tutorCruncherApi().get('/api/action-types/').reply(200, ACTION_TYPES);

describe('the output fields of New Event', () => {
  it("include the fields of the chosen events' object, between those of the subject and of the event", async () => {
    withActionTypes();
    const fields = await fieldsFor(['BOOKED_AN_APPOINTMENT', 'REMOVED_SR_FROM_APPOINTMENT']);
    expect(fields.get('lesson_topic')).toBe('Lesson Topic');
    expect(fields.get('students[]name')).toBe('Student Name');
    expect([...fields.keys()]).toEqual(expect.arrayContaining(staticKeys));
    const order = ['subject_name', 'lesson_topic', 'event_description', 'actor_name'];
    expect([...fields.keys()].filter((key) => order.includes(key))).toEqual(order);
    for (const { key, label } of lesson.outputFields) expect([key, fields.get(key)]).toEqual([key, label]);
  });

  it('have a label for every key of the records of the chosen events', async () => {
    withActionTypes();
    const fields = await fieldsFor('BOOKED_AN_APPOINTMENT');
    const [record = {}] = await deliver('any_event', deliveryOf({ ...lesson.sample, action: 'BOOKED_AN_APPOINTMENT' }));
    expect(keysOf(record).filter((key) => !fields.has(key))).toEqual([]);
  });

  it("include the custom fields of the chosen events' object", async () => {
    withActionTypes();
    tutorCruncherApi()
      .get('/api/clients/')
      .reply(200, { results: [{ id: 301 }] });
    const extra_attrs = [{ machine_name: 'school', name: 'School', type: 'Short Textbox', value: 'Cotham' }];
    tutorCruncherApi().get('/api/clients/301/').reply(200, { id: 301, extra_attrs });
    const fields = await fieldsFor(['CREATED_A_CLIENT']);
    expect(fields.get('custom_school')).toBe('School');
    expect(fields.get('client_email')).toBe('Client Email');
  });

  it('include the fields of a wellbeing concern if its events are chosen', async () => {
    withActionTypes();
    const fields = await fieldsFor(['RAISED_A_WELLBEING_CONCERN']);
    for (const { key, label } of wellbeingConcern.outputFields) expect([key, fields.get(key)]).toEqual([key, label]);
  });

  it.each([
    ['of different objects', ['BOOKED_AN_APPOINTMENT', 'CREATED_A_TASK']],
    ['that can be about different objects', ['PAYMENT_FAILED']],
    ['about an unknown object', ['SOLD_A_VOUCHER']],
    ['that nobody knows', ['SOMETHING_NEW']],
    ['of which nobody knows one', ['BOOKED_AN_APPOINTMENT', 'SOMETHING_NEW']],
  ])('are only the fields of the event for chosen events %s', async (_what, actions) => {
    withActionTypes();
    expect([...(await fieldsFor(actions)).keys()].sort()).toEqual(staticKeys);
  });

  it.each([[[]], [undefined], ['']])(
    'are only the fields of the event, without a request, if %j is chosen',
    async (none) => {
      expect([...(await fieldsFor(none)).keys()].sort()).toEqual(staticKeys);
    },
  );

  it("are only the fields of the event while TutorCruncher's API fails", async () => {
    tutorCruncherApi().get('/api/action-types/').reply(500, 'Server Error');
    expect([...(await fieldsFor(['CREATED_A_CLIENT'])).keys()].sort()).toEqual(staticKeys);
  });
});

describe('any_event', () => {
  const event = triggerOf('lesson_completed').sampleEvent;
  const objectTriggers = webhookTriggers
    .filter(({ filter }) => filter.object !== null)
    .map((trigger) => [trigger.definition.key, trigger] as const);

  it("makes a record with keys for any subject and with the object's own keys", async () => {
    const [record = {}] = await deliver('any_event', deliveryOf(event));
    expect(record).toMatchObject({
      subject_model: 'Lesson',
      subject_id: 9106,
      subject_name: 'Quadratic equations',
      subject_url: 'https://app.tutorcruncher.com/api/appointments/9106/',
      lesson_topic: 'Quadratic equations',
      job_name: 'GCSE Maths for Leo',
    });
    const { sample } = definition.operation;
    const ofAnyObject = Object.keys(record).filter((key) => !lesson.layout.keys.includes(key));
    expect(ofAnyObject).toEqual(Object.keys(sample));
    expect(Object.keys(record).indexOf('lesson_topic')).toBe(4);
    expect(staticFields.map(({ key }) => key)).toEqual(Object.keys(sample));
    expect(Object.keys(sample)).not.toContain('lesson_topic');
  });

  it('has the static keys of the object that an API name stands for', async () => {
    const subject = { model: 'Appointment', id: 9106 };
    const [record = {}] = await deliver('any_event', deliveryOf({ ...event, subject }));
    expect(record).toMatchObject({ subject_model: 'Lesson', lesson_id: 9106, lesson_topic: null, students: null });
  });

  it.each(objectTriggers)('keeps the sample event of %s', async (_key, { sampleEvent, filter }) => {
    const [record = {}] = await deliver('any_event', deliveryOf(sampleEvent));
    expect(objectWordOf(record.subject_model)).toBe(filter.object);
    expect(record[`${filter.object ?? ''}_id`]).toBe(record.subject_id);
  });

  it('keeps an event with an unknown action', async () => {
    const [record] = await deliver('any_event', deliveryOf({ ...event, action: 'TELEPORTED_AN_APPOINTMENT' }));
    expect(record).toMatchObject({ event_action: 'TELEPORTED_AN_APPOINTMENT', lesson_id: 9106 });
  });

  it("keeps an event about an unknown model, with keys that start with the model's slug", async () => {
    const subject = { model: 'Gift Voucher', id: '7', name: 'Ten pounds', recipient: { id: 1, first_name: 'Leo' } };
    const [record] = await deliver('any_event', deliveryOf({ ...event, subject }));
    expect(record).toMatchObject({
      subject_model: 'Gift Voucher',
      subject_id: 7,
      subject_name: 'Ten pounds',
      subject_url: null,
      gift_voucher_id: 7,
      gift_voucher_name: 'Ten pounds',
      student_id: 1,
      student_name: 'Leo',
    });
  });

  it.each(['RAISED_A_WELLBEING_CONCERN', 'RESOLVED_A_WELLBEING_CONCERN'])('drops %s', async (action) => {
    const subject = { model: 'Safeguarding/Wellbeing Concern', id: 4 };
    await expect(deliver('any_event', deliveryOf({ ...event, action, subject }))).resolves.toEqual([]);
  });
});
