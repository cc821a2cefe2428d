/**
 * Days of branches of several sizes. Each lesson that meets the condition of a Zap runs the Zap once and in time, or an
 * error counts the lesson as missed.
 */

import { describe, expect, it } from '@jest/globals';

import type { SimulatedLesson } from '../../../local/simulated-lists/lesson-histories.ts';
import { HOUR, WEEK_START } from '../../../local/simulated-lists/simulated-time.ts';
import type { Day, PlayedDay } from './busy-day.ts';
import { played } from './day-worker.ts';
import { SEVEN } from './lesson-zaps.ts';

/**
 * The ids of the Zaps: Lesson Starting Soon 30 minutes, two hours and a day before the start, Lesson Ended, and Lesson
 * Starting Soon an hour before.
 */
const [HALF_AN_HOUR, TWO_HOURS, A_DAY, ENDED, AN_HOUR] = ['301', '302', '303', '304', '308'] as const;
const THREE_PM = Date.parse('2026-10-21T14:00:00Z');

/**
 * Expects a run for each lesson once, and an error for each missed lesson. Lessons that meet the condition only briefly
 * can be missed without an error.
 */
function expectNothingInSilence(day: PlayedDay): void {
  for (const { zapId, expected, runs, missed, reportedMisses, unclear, wrong } of day.zaps) {
    expect([zapId, wrong]).toEqual([zapId, []]);
    expect(runs + missed + unclear).toBeGreaterThanOrEqual(expected);
    const isTooMany = reportedMisses > missed + unclear && reportedMisses !== Infinity;
    expect([zapId, reportedMisses >= missed, isTooMany]).toEqual([zapId, true, false]);
  }
  expect(Math.max(...day.requestsPerMinute)).toBeLessThanOrEqual(70);
}

/** Expects a run for each lesson, once and in time. */
function expectAll(day: PlayedDay, maxMinutes = 60): void {
  expectNothingInSilence(day);
  expect(day.messages).toEqual([]);
  for (const { zapId, trigger, missed, latestMinutes } of day.zaps) {
    expect([zapId, missed]).toEqual([zapId, 0]);
    if (trigger !== 'lesson_starting') expect([zapId, latestMinutes <= maxMinutes]).toEqual([zapId, true]);
  }
}

describe('every lesson runs each Zap once and in time', () => {
  it.each<Day>([
    { perDay: 10, crowd: 5, minutes: 15, zapIds: SEVEN, seed: 1 },
    { perDay: 150, crowd: 40, minutes: 15, zapIds: SEVEN, seed: 2 },
    { perDay: 150, crowd: 40, minutes: 15, zapIds: SEVEN.toReversed(), seed: 3 },
    { perDay: 150, crowd: 60, minutes: 15, zapIds: SEVEN, seed: 4 },
    // Simulating frequent polls takes a long time, so these days start shortly before the first Zap runs for the
    // lessons at 15:00.
    { perDay: 300, crowd: 100, minutes: 1, firstHour: 2.5, hours: 5, zapIds: SEVEN, seed: 5 },
    { perDay: 600, crowd: 100, minutes: 2, firstHour: 2.5, hours: 7.5, zapIds: SEVEN.toReversed(), seed: 6 },
    { perDay: 600, crowd: 100, minutes: 15, zapIds: [HALF_AN_HOUR], seed: 7 },
    { perDay: 600, crowd: 100, minutes: 15, zapIds: [A_DAY], seed: 8 },
    { perDay: 600, crowd: 100, minutes: 15, zapIds: [ENDED], seed: 9 },
    { perDay: 2_000, crowd: 100, minutes: 15, zapIds: [TWO_HOURS], seed: 10 },
  ])(
    '$perDay lessons a day, $crowd of them at 15:00, polls every $minutes min of $zapIds (seed $seed)',
    async (day) => {
      expectAll(await played(day));
    },
    300_000,
  );

  it.each([
    { count: 40, zapIds: [HALF_AN_HOUR], seed: 1 },
    { count: 40, zapIds: [HALF_AN_HOUR], seed: 14 },
    { count: 60, zapIds: [AN_HOUR], seed: 7 },
    { count: 100, zapIds: [HALF_AN_HOUR], seed: 0 },
  ])('$count lessons at 15:00, polls every 15 min of $zapIds (seed $seed)', async ({ count, ...rest }) => {
    const planned = {
      from: THREE_PM - 24 * HOUR,
      start: THREE_PM,
      finish: THREE_PM + HOUR,
      status: 'planned',
    } as const;
    const lessons = Array.from({ length: count }, (_, index): SimulatedLesson => ({
      id: 1 + index,
      versions: [planned],
    }));
    const day = await played({ perDay: count, crowd: count, minutes: 15, lessons, ...rest });
    expectAll(day);
    expect(day.zaps[0]?.runs).toBe(count);
  });

  it('one poll in five fails', async () => {
    const day = { perDay: 100, crowd: 30, minutes: 15, zapIds: SEVEN, seed: 11, pollsPerFailure: 5 };
    const { zaps, ...result } = await played(day);
    // With two polls before the start, a lesson can be missed.
    expectNothingInSilence({ zaps, ...result });
    expectAll({ zaps: zaps.filter(({ zapId }) => zapId !== HALF_AN_HOUR), ...result, messages: [] });
  }, 300_000);

  it('the cache forgets everything three times', async () => {
    const forgetting = [3, 6, 8].map((hours) => WEEK_START + hours * HOUR);
    const { messages, ...day } = await played({
      perDay: 60,
      crowd: 40,
      minutes: 15,
      zapIds: SEVEN,
      seed: 12,
      forgetting,
    });
    // In the minutes after the losses, some Zaps cannot read their lists.
    expect(messages.filter((message) => !message.includes('have used the requests of this minute'))).toEqual([]);
    expectAll({ ...day, messages: [] }, 105);
  }, 300_000);
});

describe('an error counts exactly the missed lessons', () => {
  it.each<Day>([
    { perDay: 2_000, crowd: 100, minutes: 15, zapIds: [HALF_AN_HOUR], seed: 3 },
    { perDay: 1_000, crowd: 150, minutes: 15, zapIds: [A_DAY, TWO_HOURS, HALF_AN_HOUR], seed: 4 },
  ])(
    '$perDay lessons a day are too many for polls every $minutes min of $zapIds (seed $seed)',
    async (day) => {
      const result = await played(day);
      expectNothingInSilence(result);
      expect(result.messages.length).toBeGreaterThan(0);
    },
    300_000,
  );

  it.each([
    { perDay: 150, crowd: 40, minutes: 15, zapIds: SEVEN, seed: 5 },
    { perDay: 150, crowd: 40, minutes: 2, firstHour: 2.5, hours: 9, zapIds: SEVEN, seed: 6 },
  ])(
    'TutorCruncher does not respond for four hours, polls every $minutes min (seed $seed)',
    async (day) => {
      const outage = { from: THREE_PM, to: THREE_PM + 4 * HOUR };
      const result = await played({ ...day, outage });
      expectNothingInSilence(result);
      const [first] = result.zaps;
      expect(first?.reportedMisses).toBeGreaterThan(20);
      // Afterwards, the records that have waited longest are read first, within an hour.
      for (const { zapId, latestMinutes } of result.zaps)
        expect([zapId, latestMinutes < 5 * 60]).toEqual([zapId, true]);
    },
    300_000,
  );
});
