/** Simulated polls over days with a fake clock, compared with the runs that follow from the history of each lesson. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { describe, expect, it } from '@jest/globals';

import type { FlatRecord } from '../../src/record/record.ts';
import { expectedRuns, LESSON_ZAPS, LONG_ZAP, OFFICE_ZAPS } from './expected-runs.ts';
import type { PlayedWeek, Week } from './played-week.ts';
import { HOUR, MINUTE, OUTAGE, SEED, simulatedLessons, WEEK_END, WEEK_START } from './simulated-lessons.ts';

/** Values that only details have. */
const DETAILS = ['Leo Raman', 'detail'];

/** Half of the requests that TutorCruncher accepts from all steps of a branch. One minute in twenty may have more. */
const USUAL_REQUESTS = 50;
const MAX_REQUESTS = 70;

/** Plays a week. @throws {Error} if a poll fails for another reason than the outage, or returns an id twice */
async function played(week: Week): Promise<PlayedWeek> {
  const worker = new Worker(new URL('played-week.ts', import.meta.url), { workerData: week });
  const [result] = (await once(worker, 'message')) as [PlayedWeek];
  await worker.terminate();
  return result;
}

const sorted = (ids: Iterable<unknown>): string[] => Array.from(ids, String).sort();

const LESSONS = simulatedLessons(SEED);
const SHORT_ZAPS = [...LESSON_ZAPS, ...OFFICE_ZAPS];
const WEEK = { from: WEEK_START, to: WEEK_END };
/** The time of the outage, a loss of the cache, 150 new invoices, and 150 invoices that become overdue. */
const BUSY_TIME = { from: WEEK_START + 24 * HOUR, to: OUTAGE.to + 70 * MINUTE };

describe.each([
  { minutes: 1, time: 'a busy time', records: 'all records', zaps: SHORT_ZAPS, ...BUSY_TIME },
  { minutes: 2, time: 'a busy time', records: 'all records', zaps: SHORT_ZAPS, ...BUSY_TIME },
  { minutes: 15, time: 'a week', records: 'lessons', zaps: [...LESSON_ZAPS, LONG_ZAP], ...WEEK },
  { minutes: 15, time: 'a week', records: 'other records', zaps: OFFICE_ZAPS, ...WEEK },
])('polls for $records every $minutes min for $time', ({ minutes, zaps, from, to }) => {
  it(`run each Zap exactly when they should, with at most ${MAX_REQUESTS} requests per minute`, async () => {
    const { runs, failedPolls, messages, requests, requestsPerMinute } = await played({
      ...{ minutes, from, to },
      zapIds: zaps.map(({ id }) => id),
    });
    const hours = (to - from) / HOUR;
    const lines = zaps.map(({ id, trigger, inputData }) => {
      const perHour = Math.round((requests.get(id) ?? 0) / hours);
      return `${trigger} ${Object.values(inputData).join(' ')}: ${runs.get(id)?.length} runs, ${perHour} requests per hour`;
    });
    const text = `Polls every ${minutes} minutes\n${lines.join('\n')}`;
    const mostRequests = Math.max(...requestsPerMinute);
    console.log(`${text}\nAt most ${mostRequests} requests per minute`);

    for (const zap of zaps) {
      const { ids, unclear } = expectedRuns(zap, LESSONS, minutes * MINUTE, { from, to });
      const records = (runs.get(zap.id) ?? []).map(({ record }) => record);
      expect([zap.id, unclear]).toEqual([zap.id, []]);
      expect(ids.size).toBeGreaterThan(3);
      expect([zap.id, sorted(records.map(({ id }) => id))]).toEqual([zap.id, sorted(ids)]);
      const isDetail = (record: FlatRecord) => DETAILS.some((one) => Object.values(record).includes(one));
      if (zap.trigger !== 'review_created') expect(records.filter((record) => !isDetail(record))).toEqual([]);
      // A poll that needs no requests does not fail.
      expect(failedPolls.get(zap.id)).toBeLessThanOrEqual((OUTAGE.to - OUTAGE.from) / (minutes * MINUTE));
    }
    expect(messages).toEqual([]);
    expect(mostRequests).toBeLessThanOrEqual(MAX_REQUESTS);
    const busy = requestsPerMinute.filter((count) => count > USUAL_REQUESTS);
    expect(busy.length).toBeLessThanOrEqual((to - from) / MINUTE / 20);
  }, 300_000);
});
