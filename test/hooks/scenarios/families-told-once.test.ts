/** A Zap that runs once for each client, when a real relay delivers a burst of events about a class lesson. */

import { expect, it } from '@jest/globals';

import { triggerOf } from '../../../local/hook-calls.ts';
import { until } from '../../../relay/harness/until.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { CLASS_LESSON, FAMILIES, STUDENT_ROWS, tracesOfOthers } from '../../../local/events/class-of-nine.ts';
import { loadRelayApp } from '../../support/relay-app.ts';

const relay = await loadRelayApp();

const KEY = 'lesson_updated';
const CHOICES = {
  run_for: 'client',
  only_when_changed: ['lesson_topic', 'student_names'],
  skip_when_unknown: true,
  time_zone: 'UTC',
};

/** Sends an event about the class lesson to the relay. @param second - the second of the event's time */
const happens = (second: number, subject: JsonObject, action = 'EDITED_AN_APPOINTMENT'): Promise<number> =>
  relay.happens(KEY, {
    action,
    timestamp: `2026-06-10T18:05:0${second}.000000Z`,
    subject: { ...triggerOf(KEY).sampleEvent.subject, ...CLASS_LESSON, ...subject },
  });

it('tells each family of each change once, whatever TutorCruncher repeats', async () => {
  await relay.startRelay();
  relay.choices.set(KEY, CHOICES);
  await relay.turnOn(KEY, CHOICES);
  const renamed = { topic: 'Fractions' };
  const withoutGarnier = { ...renamed, rcras: STUDENT_ROWS.slice(0, 8) };
  for (const status of [
    await happens(0, {}),
    await happens(1, renamed),
    // The same webhook is repeated, and another webhook is about the same change.
    await happens(1, renamed),
    await happens(2, renamed, 'EDITED_REPEATED_APPOINTMENTS'),
    await happens(3, withoutGarnier),
    await happens(4, withoutGarnier, 'EDITED_REPEATED_APPOINTMENTS'),
  ]) {
    expect([200, 202]).toContain(status);
  }
  // The relay drops the repeated webhook, so five of the six webhooks reach the Zap.
  await until(() => relay.zaps.get(KEY)?.length === 5);
  const records = relay.recordsOf(KEY);
  expect(new Set(records.map(({ id }) => id)).size).toBe(13);
  expect(records).toHaveLength(13);
  const runsOf = (client: number) =>
    records.filter(({ students }) => JSON.stringify(students).includes(String(client)));
  for (const family of FAMILIES) {
    // The runs are concurrent, so they end in any order.
    const texts = runsOf(family.client).map(({ changes_text }) => changes_text);
    const isLeaving = family.client === 70_107;
    expect(texts.sort()).toEqual([...(isLeaving ? [] : ['']), 'Lesson Topic: Quadratic equations → Fractions']);
    for (const record of runsOf(family.client)) expect(tracesOfOthers(record, [family])).toEqual([]);
  }
});
