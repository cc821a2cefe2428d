/**
 * Checks how TutorCruncher filters lessons by time: by their start or by their end, and by the day or by the exact
 * time.
 */

import { rowId } from '../src/api/rows.ts';
import { utcText } from '../src/record/local-time.ts';
import type { JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';

/** The section of the report about the filters by time. */
export interface LessonTimeFacts {
  /** The field that `start_lte` compares. */
  readonly startLte: 'start' | 'finish' | 'unknown';
  readonly timeOfDay: 'counts' | 'does not count' | 'unknown';
  readonly acceptsDate: boolean | null;
}

const MINUTE_MS = 60_000;
/**
 * Minimum time from midnight to the start of the example lesson, so that there is an earlier moment on the same day.
 */
const AFTER_MIDNIGHT_MS = 5 * MINUTE_MS;

interface Lesson {
  readonly id: string | null;
  readonly start: number;
  readonly finish: number;
}

/** Returns the newest lesson that starts and ends on the same day in UTC, at least some minutes after midnight. */
function exampleIn(rows: readonly JsonObject[]): Lesson | undefined {
  return rows
    .map((row) => ({ id: rowId(row), start: Date.parse(String(row.start)), finish: Date.parse(String(row.finish)) }))
    .find(({ start, finish }) => {
      const isLong = finish - start >= 2 * MINUTE_MS;
      return isLong && utcText(start - AFTER_MIDNIGHT_MS).slice(0, 10) === utcText(finish).slice(0, 10);
    });
}

/** Compares the filters with the times of a lesson. @throws {Unfinished} if the check cannot continue */
export async function checkLessonTimes({ reader, findings, rows }: AccountCheck): Promise<LessonTimeFacts> {
  const lesson = exampleIn(rows.get('appointments') ?? []);
  if (!lesson) {
    for (const name of ['filters.start', 'filters.days']) findings.add(name, null, 'appointments');
    return { startLte: 'unknown', timeOfDay: 'unknown', acceptsDate: null };
  }
  const { id, start, finish } = lesson;
  const finds = async (from: string, to: string): Promise<boolean> => {
    const page = await reader.list('appointments', { start_gte: from, start_lte: to });
    return page.rows.some((row) => rowId(row) === id);
  };
  const early = utcText(start - AFTER_MIDNIGHT_MS);
  const isFoundTooEarly = await finds(early, utcText(start - MINUTE_MS));
  // If TutorCruncher compares only dates, the check cannot determine which field is compared, because the lesson starts
  // and ends on the same day.
  const isFoundAtHalf = await finds(utcText(start), utcText(start + (finish - start) / 2));
  const startLte = isFoundTooEarly ? 'unknown' : isFoundAtHalf ? 'start' : 'finish';
  findings.add('filters.start', startLte === 'unknown' ? null : startLte === 'start', 'appointments?start_lte');
  const acceptsDate = await finds(early.slice(0, 10), utcText(finish + 24 * 60 * MINUTE_MS).slice(0, 10));
  findings.add('filters.days', acceptsDate, 'appointments?start_gte');
  return { startLte, timeOfDay: isFoundTooEarly ? 'does not count' : 'counts', acceptsDate };
}
