import { describe, expect, it } from '@jest/globals';

import { bundleOf, deliveryOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { listedActions } from '../../wire/action-filter.ts';
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
