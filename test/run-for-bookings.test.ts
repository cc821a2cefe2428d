/** Zaps that run once for each person, and events about the booking of one family of a class. */

import { expect, it } from '@jest/globals';

import type { JsonObject } from '../wire/json.ts';
import { CLASS_LESSON, FAMILIES, STUDENT_ROWS } from './class-of-nine.ts';
import { deliver, deliveryOf, triggerOf } from './helpers.ts';
import { lessonAt } from './polled/polls.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const [BOOKER] = FAMILIES;

/** Delivers the cancellation of a booking of the first family. @returns the number of runs */
async function runsAfterCancellation(subject: JsonObject, inputData: JsonObject): Promise<number> {
  const { sampleEvent } = triggerOf('lesson_cancelled');
  const event = {
    ...sampleEvent,
    action: 'CANCELLED_A_BOOKING',
    actor: { id: BOOKER.client, name: BOOKER.name, user_id: 1, url: '' },
    subject: { ...sampleEvent.subject, ...CLASS_LESSON, rcras: STUDENT_ROWS.slice(2), ...subject },
  };
  return (await deliver('lesson_cancelled', deliveryOf(event), inputData)).length;
}

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

it('the event does not tell the status: the lesson decides, and a deleted lesson has no runs', async () => {
  const { account } = tutorCruncher.now;
  const planned = account.add('appointments', lessonAt(1, 'planned', CLASS_LESSON));
  const cancelled = account.add('appointments', lessonAt(1, 'cancelled', CLASS_LESSON));
  const [choice = {}] = EACH;
  expect(await runsAfterCancellation({ id: planned.id, status: null }, choice)).toBe(0);
  expect(await runsAfterCancellation({ id: cancelled.id, status: null }, choice)).toBe(6);
  expect(await runsAfterCancellation({ id: 999, status: null }, choice)).toBe(0);
});
