/** Zaps that run once for each person, for an event about one family's booking of a class lesson. */

import { expect, it } from '@jest/globals';

import { deliveryOf, triggerOf } from '../../../local/hook-calls.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { CLASS_LESSON, FAMILIES, STUDENT_ROWS } from '../../../local/events/class-of-nine.ts';
import { deliver } from '../../support/app-tester.ts';
import { lessonAt } from '../../support/polls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const [BOOKER] = FAMILIES;

/** Delivers an event about the first family, which cancels its booking. @returns the records of the runs */
function recordsAfterCancellation(subject: JsonObject, inputData: JsonObject): Promise<FlatRecord[]> {
  const { sampleEvent } = triggerOf('lesson_cancelled');
  const event = {
    ...sampleEvent,
    action: 'CANCELLED_A_BOOKING',
    actor: { id: BOOKER.client, name: BOOKER.name, user_id: 1, url: '' },
    subject: { ...sampleEvent.subject, ...CLASS_LESSON, rcras: STUDENT_ROWS.slice(2), ...subject },
  };
  return deliver('lesson_cancelled', deliveryOf(event), inputData);
}

/** Returns the number of runs after the first family cancels its booking. */
const runsAfterCancellation = async (subject: JsonObject, inputData: JsonObject): Promise<number> =>
  (await recordsAfterCancellation(subject, inputData)).length;

const EACH = ['client', 'student', 'tutor'].map((run_for) => ({ run_for }));

it('one family cancels its booking: nobody is told that the lesson of the others is cancelled', async () => {
  for (const choice of EACH) expect(await runsAfterCancellation({ status: 'planned' }, choice)).toBe(0);
  expect(await runsAfterCancellation({ status: 'planned' }, {})).toBe(1);
});

it('the lesson is cancelled with the booking: everybody is told', async () => {
  for (const status of ['cancelled', 'cancelled-chargeable', 'Cancelled Chargeable']) {
    const runs = EACH.map((choice) => runsAfterCancellation({ status }, choice));
    expect(await Promise.all(runs)).toEqual([6, 7, 2]);
  }
});

it('the lesson decides if the event lacks the status, and a deleted lesson has no runs', async () => {
  const { account } = tutorCruncher.now;
  const planned = account.add('appointments', lessonAt(1, 'planned', CLASS_LESSON));
  const cancelled = account.add('appointments', lessonAt(1, 'cancelled', CLASS_LESSON));
  const [choice = {}] = EACH;
  expect(await runsAfterCancellation({ id: planned.id, status: null }, choice)).toBe(0);
  expect(await runsAfterCancellation({ id: cancelled.id, status: null }, choice)).toBe(6);
  expect(await runsAfterCancellation({ id: 999, status: null }, choice)).toBe(0);
});

it('the lesson that decides adds nothing to the runs if the event contains the people', async () => {
  const changes = { ...CLASS_LESSON, topic: 'Topic of the lesson' };
  const { id } = tutorCruncher.now.account.add('appointments', lessonAt(1, 'cancelled', changes));
  const [choice = {}] = EACH;
  const sent = { id, status: null, topic: undefined };
  const records = await recordsAfterCancellation(sent, choice);
  expect(records).toHaveLength(6);
  expect(tutorCruncher.requests()).toHaveLength(1);
  for (const record of records) {
    expect(record).toMatchObject({ lesson_status: null, lesson_topic: null });
  }
});
