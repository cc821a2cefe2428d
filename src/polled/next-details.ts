/** The order in which the details of due records are read. */

import { dueFrom, dueUntil, type Poll } from './due-rows.ts';
import type { Mark } from './zap-notes.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest time between two polls of a Zap. */
export const LONGEST_PAUSE_MS = 15 * MINUTE_MS;

/** A record that stays due for less than this time is read before the records of other Zaps. */
const SOON_MS = 2 * LONGEST_PAUSE_MS;

/** Returns true if a record is not due for much longer. */
export const isDueUntilSoon = ({ at }: Mark, poll: Poll, now: number): boolean =>
  dueUntil(poll, at, now) <= now + SOON_MS;

/**
 * Returns the waiting records in the order in which they are read: records that stop being due first come first. If the
 * notes of the Zap were lost, records that were due an hour before come last, because most of them have already run the
 * Zap.
 */
export function inOrder<T extends Mark>(waiting: readonly T[], poll: Poll, since: number, now: number): T[] {
  const isOld = (mark: T): boolean => dueFrom(poll, mark.at, now) < since - HOUR_MS && !isDueUntilSoon(mark, poll, now);
  return waiting.toSorted((one, other) => Number(isOld(one)) - Number(isOld(other)) || one.at - other.at);
}

/**
 * Returns the number of turns among which records are divided by their ids, so that at most `maxCount` records share a
 * turn. The number is a power of two, so that it rarely changes while records come and go.
 */
function turnsFor(marks: readonly Mark[], maxCount: number): number {
  for (let turns = 1; ; turns *= 2) {
    const counts = new Map<number, number>();
    for (const { rowId } of marks) counts.set(Number(rowId) % turns, (counts.get(Number(rowId) % turns) ?? 0) + 1);
    if (Math.max(...counts.values()) <= maxCount) return turns;
  }
}

/**
 * Returns the records that a poll without notes reads: records that are not due for much longer, and records whose
 * turn it is. Polls every 15 minutes reach each record.
 * @returns null if some records would not be reached in time
 */
export function inTurn<T extends Mark>(due: readonly T[], poll: Poll, maxCount: number, now: number): T[] | null {
  const soon = due.filter((mark) => isDueUntilSoon(mark, poll, now));
  const others = due.filter((mark) => !soon.includes(mark));
  const left = maxCount - soon.length;
  if (others.length === 0) return left >= 0 ? soon : null;
  if (left <= 0) return null;
  const turns = turnsFor(others, left);
  if (turns > 1 && turns * LONGEST_PAUSE_MS > (poll.inTimeMs ?? poll.span.to - poll.span.from)) return null;
  const turn = Math.floor(now / LONGEST_PAUSE_MS) % turns;
  return [...soon, ...others.filter(({ rowId }) => Number(rowId) % turns === turn)];
}
