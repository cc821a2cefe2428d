/** Events about the tutors and students of a lesson: Lesson Updated. */

import { describe, expect, it } from '@jest/globals';

import { CLASS_LESSON, STUDENT_ROWS, TUTOR_ROWS } from '../../local/events/class-of-nine.ts';
import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { loadRelayedTriggers, receive } from '../support/relayed-triggers.ts';
import { sealedEnvelope, signedContent, withBurst, withPrevious } from '../support/sealed-envelope.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();
const relayed = await loadRelayedTriggers();

const { sampleEvent } = triggerOf('lesson_updated');
const EDITED = 'EDITED_AN_APPOINTMENT';
const TUTOR_ADDED = 'ADDED_CONTRACTOR_TO_APPOINTMENT';
const PEOPLE_ACTIONS = [
  ...[TUTOR_ADDED, 'REMOVED_CONTRACTOR_FROM_APPOINTMENT', 'EDITED_CONTRACTOR_ON_APPOINTMENT'],
  ...['ADDED_SR_TO_APPOINTMENT', 'REMOVED_SR_FROM_APPOINTMENT', 'EDITED_SR_ON_APPOINTMENT'],
];

/**
 * Returns an event about the lesson of the class. @param second - time of the event, in seconds after the first event
 */
const event = (action: string, second: number, subject: JsonObject = {}): TutorCruncherEvent => ({
  ...sampleEvent,
  action,
  timestamp: `2026-06-10T18:05:${String(second + 10).padStart(2, '0')}.000000Z`,
  subject: { ...sampleEvent.subject, ...CLASS_LESSON, ...subject },
});

/**
 * Returns the records of a Zap with a relay, which knows earlier events: one from before the burst, and others of it.
 */
async function relayedRecords(
  key: string,
  [previous, ...burst]: readonly (TutorCruncherEvent | null)[],
  last: TutorCruncherEvent,
  inputData: JsonObject = {},
) {
  const sealed = (one: TutorCruncherEvent) => sealedEnvelope(PRIVATE_KEY, signedContent(deliveryOf(one), PRIVATE_KEY));
  const envelope = await sealed(last);
  const compared = previous ? withPrevious(envelope, await sealed(previous)) : envelope;
  const others = burst.filter((one) => one !== null);
  return receive(relayed(key), withBurst(compared, await Promise.all(others.map(sealed))), inputData);
}

const [FIRST_TUTOR = {}] = TUTOR_ROWS;
const ONE_TUTOR = { cjas: [FIRST_TUTOR] };

describe('Lesson Updated', () => {
  it.each(PEOPLE_ACTIONS)('runs for %s', async (action) => {
    const [record, ...others] = await deliver('lesson_updated', deliveryOf(event(action, 0)));
    expect([record?.event_action, others]).toEqual([action, []]);
  });

  const before = event('CREATED_AN_APPOINTMENT', -9, ONE_TUTOR);
  const dearer = STUDENT_ROWS.map((row) => ({ ...row, charge_rate: '99.00' }));

  it.each<[string, TutorCruncherEvent[], TutorCruncherEvent, number]>([
    ['an edit follows with the same state', [event(TUTOR_ADDED, 0)], event(EDITED, 1), 0],
    ['an edit came first', [event(EDITED, 0)], event(TUTOR_ADDED, 1), 0],
    ['the newer event arrived first', [event(EDITED, 1)], event(TUTOR_ADDED, 0), 0],
    ['the other event is no update', [event('BOOKED_AN_APPOINTMENT', 0)], event(TUTOR_ADDED, 1), 1],
    ['the edit changes something else', [event(TUTOR_ADDED, 0)], event(EDITED, 1, { topic: 'New' }), 1],
    ['the edit changes only rates', [event(TUTOR_ADDED, 0)], event(EDITED, 1, { rcras: dearer }), 1],
    [
      'the tutor is removed and added again',
      [event(TUTOR_ADDED, 0), event('REMOVED_CONTRACTOR_FROM_APPOINTMENT', 1, ONE_TUTOR)],
      event(TUTOR_ADDED, 2),
      1,
    ],
  ])('runs once for one change with a relay: %s', async (_case, burst, last, runs) => {
    expect(await relayedRecords('lesson_updated', [before, ...burst], last)).toHaveLength(runs);
  });

  it('says what may come twice, in an app without a relay', () => {
    expect(triggerOf('lesson_updated').definition.display.description).toContain('twice');
    expect(relayed('lesson_updated').definition.display.description).not.toContain('twice');
  });
});
