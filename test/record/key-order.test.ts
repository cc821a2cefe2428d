import { expect, it } from '@jest/globals';

import { layoutOf } from '../../src/record/key-order.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { recordWith } from '../support/app-tester.ts';

it('the first keys of a report are followed by its custom fields, which contain its text', async () => {
  const extra_attrs = [{ machine_name: 'summary', type: 'Long Textbox', value: 'Well done' }];
  const subject = { id: 1, mood: 'fine', extra_attrs, appointment: { topic: 'Maths', odd: 1 } };
  const keys = Object.keys(await recordWith('report_created', subject));
  const start = keys.indexOf('custom_summary_text');
  expect(keys.slice(start - 1, start + 3)).toEqual([
    ...['report_creator_name', 'custom_summary_text', 'custom_summary', 'report_approved'],
  ]);
  expect(keys.indexOf('report_mood')).toBe(keys.indexOf('report_url') + 1);
  expect(keys.indexOf('lesson_odd')).toBe(keys.indexOf('event_description') - 1);
  expect(keys.filter((key) => key.startsWith('custom_'))).toHaveLength(2);
});

it.each(webhookTriggers)(
  '$definition.key has a sample and output fields in the same order, with the event at the end',
  ({ definition, outputFields }) => {
    const keys = Object.keys(definition.operation.sample);
    expect([...new Set(outputFields.map(({ key }) => key.replace(/\[\].*/, '')))]).toEqual(keys);
    const isOfEvent = (key: string) => /^(?:event_|actor_|branch_(?:id|name)$|id$)/.test(key);
    expect(keys.filter(isOfEvent)).toEqual(keys.slice(keys.indexOf('event_description')));
    expect(keys.at(-1)).toBe('id');
  },
);

it('the keys of nested people precede those of nested things', () => {
  const { keys } = layoutOf('visit', {
    id: 1,
    room: { id: 2, colour: 'Blue' },
    guide: { id: 3, first_name: 'Priya', last_name: 'Raman' },
  });
  expect(keys.filter((key) => key.endsWith('_id'))).toEqual(['visit_id', 'visit_guide_id', 'visit_room_id']);
});
