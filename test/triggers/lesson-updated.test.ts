/** Lesson Updated, which runs once for a change of the people of a lesson. */

import { describe, expect, it } from '@jest/globals';

import { STUDENT_ROWS } from '../../local/events/class-of-nine.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { deliver } from '../support/app-tester.ts';
import {
  EDITED,
  ONE_TUTOR,
  STUDENT_ADDED,
  STUDENT_EDITED,
  STUDENT_REMOVED,
  TUTOR_ADDED,
  TUTOR_REMOVED,
  event,
} from '../support/class-events.ts';
import { loadRelayedTriggers, receiveAfter } from '../support/relayed-triggers.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();
const relayed = await loadRelayedTriggers();

const TUTOR_EDITED = 'EDITED_CONTRACTOR_ON_APPOINTMENT';
const PEOPLE_ACTIONS = [TUTOR_ADDED, TUTOR_REMOVED, TUTOR_EDITED, STUDENT_ADDED, STUDENT_REMOVED, STUDENT_EDITED];

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
      [event(TUTOR_ADDED, 0), event(TUTOR_REMOVED, 1, ONE_TUTOR)],
      event(TUTOR_ADDED, 2),
      1,
    ],
  ])('runs once for one change with a relay: %s', async (_case, burst, last, runs) => {
    expect(await receiveAfter(relayed('lesson_updated'), [before, ...burst], last)).toHaveLength(runs);
  });

  it('says what may come twice, in an app without a relay', () => {
    expect(triggerOf('lesson_updated').definition.display.description).toContain('twice');
    expect(relayed('lesson_updated').definition.display.description).not.toContain('twice');
  });
});
