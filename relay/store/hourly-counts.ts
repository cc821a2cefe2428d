/** Counts of deliveries by hour, and the statistics of a channel that are derived from them. */

import { HOUR_MS } from './store.ts';

/**
 * Number of hours for which counts are kept: one day and two weeks. The counts of the newest day are added up. The two
 * weeks before it contain at least one full weekend, and show how long pauses between deliveries usually are.
 */
export const KEPT_HOURS = 15 * 24;

/** The deliveries that arrived in one hour. */
export interface HourlyCount {
  /** Start of the hour, in hours since 1970. */
  readonly hour: number;
  /** Number of deliveries with events. */
  readonly events: number;
  /** Number of deliveries without events. */
  readonly others: number;
}

/**
 * Sums up the deliveries in the current hour and the 24 hours before it, and finds the longest pause between deliveries.
 *
 * @param counts - counts of hours with deliveries, oldest first
 * @param now - milliseconds since 1970
 * @returns `longestPauseMs` is rounded to an hour, and null if fewer than two hours had deliveries
 */
export function summarize(
  counts: readonly HourlyCount[],
  now: number,
): { readonly events24h: number; readonly others24h: number; readonly longestPauseMs: number | null } {
  const since = Math.floor(now / HOUR_MS) - 24;
  let [events24h, others24h] = [0, 0];
  let longestPauseMs: number | null = null;
  let previous: number | null = null;
  for (const { hour, events, others } of counts) {
    if (hour >= since) {
      events24h += events;
      others24h += others;
    }
    if (previous !== null) longestPauseMs = Math.max(longestPauseMs ?? 0, (hour - previous) * HOUR_MS);
    previous = hour;
  }
  return { events24h, others24h, longestPauseMs };
}
