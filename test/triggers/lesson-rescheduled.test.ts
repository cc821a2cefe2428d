/** Lesson Rescheduled, a trigger of apps that are built for a relay. */

import { expect, it } from '@jest/globals';

import { triggers } from '../../triggers/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers, send, testRecords } from '../support/relayed-triggers.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const KEY = 'lesson_rescheduled';
const trigger = (await loadRelayedTriggers())(KEY);
const MOVED = { start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };
/** The time of the sample lesson in another time zone. */
const SAME_TIME = { start: '2026-06-10T17:00:00+01:00', finish: '2026-06-10T18:30:00+01:00' };

it('does not exist in apps without a relay', () => {
  expect(triggers).toHaveProperty('lesson_updated');
  expect(triggers).not.toHaveProperty(KEY);
});

it.each<[string, JsonObject, JsonObject | null, number]>([
  ['a lesson is moved', MOVED, {}, 1],
  ['a lesson becomes longer', { finish: '2026-06-10T18:00:00Z' }, {}, 1],
  ['a lesson is moved and has another topic', { ...MOVED, topic: 'Graphs' }, {}, 1],
  ['only the topic changes', { topic: 'Graphs' }, {}, 0],
  ['the same time is written with another offset', SAME_TIME, {}, 0],
  ['there is no previous event', MOVED, null, 0],
  ['the previous event has no times', MOVED, { start: undefined, finish: undefined }, 0],
  ['the event has no times', { start: undefined, finish: undefined }, {}, 0],
])('if %s', async (_case, subject, earlier, count) => {
  expect(await send(trigger, { subject, earlier })).toHaveLength(count);
});

it('runs for each series that is moved, and not for another action', async () => {
  const event = { subject: MOVED, earlier: {} };
  expect(await send(trigger, { ...event, action: 'EDITED_REPEATED_APPOINTMENTS' })).toHaveLength(1);
  expect(await send(trigger, { ...event, action: 'MARKED_AN_APPOINTMENT_AS_COMPLETE' })).toEqual([]);
});

it('shows the previous time, live, in a test and in its sample', async () => {
  const event = { subject: MOVED, earlier: {} };
  const previous = { previous_start_text: 'Wed 10 Jun 2026, 17:00', lesson_when: 'Thu 11 Jun 2026, 18:00 to 19:30' };
  expect(await send(trigger, event)).toMatchObject([previous]);
  expect(await testRecords(trigger, [event])).toMatchObject([previous]);
  expect(trigger.definition.operation.sample).toMatchObject({
    changes_known: true,
    changed_fields: 'Lesson Start, Lesson Finish',
  });
});
