/** The triggers Lesson Updated, Lesson Rescheduled and Lesson Deleted. */

import { describe, expect, it } from '@jest/globals';

import { CLASS_LESSON, FAMILIES, STUDENT_ROWS, tracesOfOthers } from '../../local/events/class-of-nine.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { triggers } from '../../triggers/index.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
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
import { loadRelayedTriggers, receiveAfter, send, testRecords } from '../support/relayed-triggers.ts';
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

describe('Lesson Rescheduled, a trigger of apps that are built for a relay', () => {
  const KEY = 'lesson_rescheduled';
  const trigger = relayed(KEY);
  const MOVED = { start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };
  /** The time of the sample lesson, written with a different offset from UTC. */
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
});

const EACH_CLIENT = { run_for: 'client' };
const [ABARA] = FAMILIES;
const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));

/**
 * Returns the values that name another family.
 *
 * @param records - one record per family, in the order of {@link FAMILIES}
 */
const leaksIn = (records: readonly FlatRecord[]): string[] =>
  records.flatMap((record, index) => tracesOfOthers(record, FAMILIES.slice(index, index + 1)));

describe('Lesson Deleted', () => {
  const deleted = relayed('lesson_deleted');

  it('offers Run For, and runs for the people of the previous event, without a request', async () => {
    const records = await send(deleted, { earlier: CLASS_LESSON, inputData: EACH_CLIENT });
    expect(records.map(({ student_names }) => student_names)).toEqual(NAMES_BY_FAMILY);
    expect(records[0]).toMatchObject({
      lesson_topic: 'Quadratic equations',
      students: [{ client_id: ABARA.client }, {}],
    });
    expect(leaksIn(records)).toEqual([]);
    expect(records[0]?.id).toMatch(/^[0-9a-f]{64}:70101$/);
  });

  it('runs for nobody if the relay does not know the people', async () => {
    expect(await send(deleted, { earlier: null, inputData: EACH_CLIENT })).toEqual([]);
    expect(await send(deleted, { earlier: { rcras: [] }, inputData: EACH_CLIENT })).toEqual([]);
  });
});
