import { expect, it } from '@jest/globals';

import { isEventField, relayedInputs, relayedOutputs, shapeName, shapes } from '../../scripts/record-shapes.ts';
import { webhookTriggers } from '../../triggers/index.ts';

const names = shapes().map(({ name }) => name);

function triggerOf(key: string) {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === key);
  if (!trigger) throw new Error(`There is no trigger ${key}.`);
  return trigger;
}

it('each shape of records is listed once, under the name of its object, as its first trigger gives it', () => {
  expect(names).toHaveLength(new Set(names).size);
  expect(names).toEqual(expect.arrayContaining([...new Set(webhookTriggers.map(shapeName))]));
  const first = webhookTriggers.find((trigger) => shapeName(trigger) === 'lesson');
  expect(shapes().find(({ name }) => name === 'lesson')).toMatchObject({
    title: 'Lesson',
    sample: first?.definition.operation.sample,
  });
});

it('a deletion has a shape of its own', () => {
  expect(names).toEqual(expect.arrayContaining(['client', 'deleted_client']));
  expect(shapes().find(({ name }) => name === 'deleted_client')?.title).toBe('Deleted Client');
});

it('the fields about the event are told from those of its subject', () => {
  const fields = shapes().find(({ name }) => name === 'lesson')?.fields ?? [];
  const ofEvent = fields.filter(isEventField).map(({ key }) => key);
  expect(ofEvent).toEqual(expect.arrayContaining(['event_action', 'actor_name', 'branch_id', 'id']));
  expect(ofEvent.filter((key) => /^(?:lesson|student|tutor|job)_/.test(key))).toEqual([]);
});

it('the inputs and outputs that need a relay are those that the trigger lacks without one', () => {
  const trigger = triggerOf('lesson_updated');
  expect(relayedOutputs(trigger).map(({ key }) => key)).toContain('changed_fields');
  expect(relayedOutputs(trigger).filter((field) => trigger.outputFields.includes(field))).toEqual([]);
  expect(relayedInputs(trigger)).not.toEqual([]);
  expect(relayedInputs(trigger).filter((field) => trigger.inputFields.includes(field))).toEqual([]);
});
