/** Student Missed Lesson, which runs for each absent student of a lesson that has taken place. */

import { describe, expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { loadRelayedTriggers, receiveAfter } from '../support/relayed-triggers.ts';
import { expectDetail, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();
const relayed = await loadRelayedTriggers();

const KEY = 'student_missed_lesson';
const COMPLETED = 'MARKED_AN_APPOINTMENT_AS_COMPLETE';
const EDITED_STUDENT = 'EDITED_SR_ON_APPOINTMENT';
const { sampleEvent } = triggerOf(KEY);

const student = (id: number, status: string | undefined): JsonObject => ({
  recipient: id,
  recipient_name: `Child${id} Family${id}`,
  paying_client: id + 1000,
  paying_client_name: `Parent Family${id}`,
  status,
});

/** Returns an event about a lesson whose students have these statuses and the ids 1, 2, and so on. */
function lessonEvent(statuses: readonly (string | undefined)[], changes: JsonObject = {}): TutorCruncherEvent {
  const { action = COMPLETED, second = 5, ...subject } = changes;
  return {
    ...sampleEvent,
    action: String(action),
    timestamp: `2026-06-10T18:05:${String(second).padStart(2, '0')}.000000Z`,
    subject: { ...sampleEvent.subject, rcras: statuses.map((status, index) => student(index + 1, status)), ...subject },
  };
}

const idsIn = (records: readonly JsonObject[]) =>
  records.map(({ students }) => (students as JsonObject[]).map(({ id }) => id));

describe('Student Missed Lesson', () => {
  it.each([
    ['a completed lesson', {}, [[2], [4]]],
    ['a lesson that awaits its report', { status: 'awaiting-report' }, [[2], [4]]],
    ['a completed lesson whose student was edited', { action: EDITED_STUDENT }, [[2], [4]]],
    ['a planned lesson', { action: EDITED_STUDENT, status: 'planned' }, []],
    ['a cancelled lesson', { action: EDITED_STUDENT, status: 'cancelled' }, []],
    ['a chargeable cancelled lesson', { action: EDITED_STUDENT, status: 'cancelled-chargeable' }, []],
    ['another event', { action: 'EDITED_AN_APPOINTMENT' }, []],
  ])('runs for the absent students of %s, if it has taken place', async (_name, changes, expected) => {
    const event = lessonEvent(['attended', 'missed', 'attended', 'missed-chargeable'], changes);
    expect(idsIn(await deliver(KEY, deliveryOf(event)))).toEqual(expected);
  });

  it('runs for nobody if all students attended', async () => {
    expect(await deliver(KEY, deliveryOf(lessonEvent(['attended'])))).toEqual([]);
  });

  it('shows nothing of another family', async () => {
    const event = lessonEvent(['missed', 'missed'], { notes: 'Child2 Family2 was late' });
    const [first, second] = await deliver(KEY, deliveryOf(event));
    expect(JSON.stringify(first)).not.toContain('Family2');
    expect(JSON.stringify(second)).not.toContain('Family1');
    expect(first?.id).not.toBe(second?.id);
  });

  it.each([
    ['the status of the lesson', { status: undefined }],
    ['only the status of the lesson', { status: undefined, rcras: [student(1, 'missed'), student(2, 'attended')] }],
    ['the students', { rcras: [] }],
    ['the status of a student', { rcras: [student(1, 'missed'), student(2, undefined)] }],
  ])('reads the lesson if the event lacks %s', async (_name, lacking) => {
    const { subject } = lessonEvent(['attended', 'missed']);
    expectDetail('appointments', 9106, { ...subject, model: undefined });
    expect(idsIn(await deliver(KEY, deliveryOf(lessonEvent([], lacking))))).toEqual([[2]]);
  });

  it('runs for nobody if the lesson that it reads has no students', async () => {
    expectDetail('appointments', 9106, { ...lessonEvent([]).subject, model: undefined });
    expect(await deliver(KEY, deliveryOf(lessonEvent([])))).toEqual([]);
  });
});

describe('with a relay', () => {
  /** Returns the ids of the students for whom a Zap runs. */
  const idsAfter = async (
    event: TutorCruncherEvent,
    previous: TutorCruncherEvent | null,
    burst: TutorCruncherEvent[],
  ) => idsIn(await receiveAfter(relayed(KEY), [previous, ...burst], event));
  const planned = lessonEvent(['attended', 'attended'], { status: 'planned', second: 1 });
  const firstMissed = lessonEvent(['missed', 'attended'], { second: 4 });
  const edited = { action: EDITED_STUDENT, second: 6 };

  it.each([
    ['the absence is new', lessonEvent(['missed', 'attended']), planned, [], [[1]]],
    ['no earlier event is known', lessonEvent(['missed', 'attended']), null, [], [[1]]],
    ['the lesson is completed again', lessonEvent(['missed', 'attended']), firstMissed, [], []],
    ['another student is set to missed later', lessonEvent(['missed', 'missed'], edited), firstMissed, [], [[2]]],
    ['the student is edited again', lessonEvent(['missed', 'attended'], edited), firstMissed, [], []],
    ['another event of the burst reported it', lessonEvent(['missed', 'attended'], edited), planned, [firstMissed], []],
    [
      'an event of the burst without a run shows it',
      lessonEvent(['missed', 'attended'], edited),
      planned,
      [{ ...firstMissed, action: 'EDITED_AN_APPOINTMENT' }],
      [[1]],
    ],
    [
      'the earlier event lacks the statuses',
      lessonEvent(['missed']),
      lessonEvent([undefined], { second: 1 }),
      [],
      [[1]],
    ],
  ])('runs once for an absence: %s', async (_name, event, previous, burst, expected) => {
    expect(await idsAfter(event, previous, burst)).toEqual(expected);
  });
});
