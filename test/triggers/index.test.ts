import { describe, expect, it } from '@jest/globals';

import { bundleOf, deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { listedActions } from '../../wire/action-filter.ts';
import { objectWordOf } from '../../wire/models.ts';
import { polledTriggers, webhookTriggers } from '../../triggers/index.ts';
import { deliver, perform } from '../support/app-tester.ts';
import { inOlderShape, keysOf } from '../support/record-forms.ts';

const objectTriggers = webhookTriggers.filter(({ filter }) => filter.object !== null);
const byKey = (trigger: (typeof webhookTriggers)[number]) => [trigger.definition.key, trigger] as const;
const SHAPES = [
  ['newer', (event: unknown) => event],
  ['older', inOlderShape],
] as const;

it('no trigger needs a choice', () => {
  const required = [...webhookTriggers, ...polledTriggers].flatMap(({ definition, inputFields }) =>
    inputFields.filter((field) => field.required).map((field) => `${definition.key} ${field.key}`),
  );
  expect(required).toEqual([]);
});

it('a trigger that may run for each person runs for its lesson or job by default', () => {
  const fields = webhookTriggers.flatMap(({ definition, inputFields }) =>
    inputFields.filter(({ key }) => key === 'run_for').map((field) => ({ trigger: definition.key, ...field })),
  );
  expect(fields).toHaveLength(9);
  for (const { trigger, choices = {}, default: word } of fields) {
    const subject = trigger.startsWith('lesson_') ? ['lesson', 'The Lesson'] : ['job', 'The Job'];
    expect(Object.entries(choices)[0]).toEqual(subject);
    expect(word).toBe(subject[0]);
  }
});

it('the sample of a trigger has the message of the sample delivery only if it is about the same action', () => {
  const messages = objectTriggers.map(({ sampleEvent: { action, extra_msg }, object }) => ({
    isSent: action === object?.sample.action && object.sample.extra_msg !== '',
    isShown: extra_msg !== '',
  }));
  expect(messages.map(({ isShown }) => isShown)).toEqual(messages.map(({ isSent }) => isSent));
  expect(new Set(messages.map(({ isShown }) => isShown)).size).toBe(2);
});

describe.each(objectTriggers.map(byKey))('%s', (key, { definition, filter, sampleEvent, outputFields }) => {
  const { sample } = definition.operation;

  it.each(SHAPES)('makes a record with the keys of its sample from the %s shape', async (_shape, shaped) => {
    const [record, ...more] = await deliver(key, deliveryOf(shaped(sampleEvent)));
    expect(more).toEqual([]);
    expect(Object.keys(record ?? {})).toEqual(Object.keys(sample));
    expect(keysOf(record ?? {})).toEqual(keysOf(sample));
  });

  it('has an output field for each key of its sample', () => {
    expect(outputFields.map((field) => field.key)).toEqual(keysOf(sample));
  });

  it.each(listedActions(filter.actions))('keeps an event with the action %s', async (action) => {
    await expect(deliver(key, deliveryOf({ ...sampleEvent, action }))).resolves.toHaveLength(
      key === 'invoice_paid' && sampleEvent.subject.status !== 'paid' ? 0 : 1,
    );
  });

  it('drops an event with another action or about another object, and refuses a signature by another key', async () => {
    const subject = { ...sampleEvent.subject, model: filter.object === 'lesson' ? 'Client' : 'Lesson' };
    const others = [
      { ...sampleEvent, action: 'WELCOME_EMAIL_SENT' },
      { ...sampleEvent, subject },
    ];
    await expect(deliver(key, deliveryOf(...others))).resolves.toEqual([]);
    const request = requestFromTutorCruncher(deliveryOf(sampleEvent), 'the-key-of-another-integration');
    await expect(perform(key, bundleOf(request))).rejects.toMatchObject({ name: 'HaltedError' });
  });
});

describe('any_event', () => {
  const event = triggerOf('lesson_completed').sampleEvent;

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
    const { definition, outputFields } = triggerOf('any_event');
    const { sample } = definition.operation;
    const ofAnyObject = Object.keys(record).filter((key) => !lesson.layout.keys.includes(key));
    expect(ofAnyObject).toEqual(Object.keys(sample));
    expect(Object.keys(record).indexOf('lesson_topic')).toBe(4);
    expect(outputFields.map(({ key }) => key)).toEqual(Object.keys(sample));
  });

  it('has the static keys of the object that an API name stands for', async () => {
    const subject = { model: 'Appointment', id: 9106 };
    const [record = {}] = await deliver('any_event', deliveryOf({ ...event, subject }));
    expect(record).toMatchObject({ subject_model: 'Lesson', lesson_id: 9106, lesson_topic: null, students: null });
  });

  it.each(objectTriggers.map(byKey))('keeps the sample event of %s', async (_key, { sampleEvent, filter }) => {
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
