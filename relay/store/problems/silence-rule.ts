/**
 * The rule for unusual silence. A channel's silence is unusual when about eleven events would usually have arrived
 * since the last event. The usual number of events is the average of the same hours in the four busiest of the last
 * twelve weeks, so a holiday of up to two months does not count as usual. Arrivals within the same five minutes count
 * as one event, because TutorCruncher sends several webhooks for one save.
 */

import { DAY_MS, HOUR_MS } from '../../clock.ts';

/** Length of a slot. Arrivals within the same slot count as one event. */
export const SLOT_MS = HOUR_MS / 12;

/**
 * Number of events that would usually have arrived during an unusual silence. If events arrive independently, the
 * probability that none of eleven expected events arrives is 1 in 60,000 (e^-11).
 */
const MISSING_EVENTS = 11;
/**
 * Shortest silence that can be unusual. A silence of this length is unusual only if events usually arrive in every
 * slot.
 */
export const MIN_SILENCE_MS = MISSING_EVENTS * SLOT_MS;
const HOURS_OF_A_WEEK = 168;
/** Number of whole weeks before the last arrival that are compared. */
const WEEKS = 12;
/** Number of busiest weeks. The average of these weeks is the usual number of events in an hour. */
const BUSIEST_WEEKS = 4;
/**
 * Lengths in hours of the periods before the last arrival that show whether fewer events than usual arrive, for example
 * during a holiday.
 */
const RECENT_HOURS = [24, HOURS_OF_A_WEEK];
/**
 * Number of events added to both sides of the comparison with recent hours, so that small differences have little
 * effect.
 */
const SMOOTHING_EVENTS = 5;

/** Minimum age of a channel before its arrivals show how many events are usual. */
const ESTABLISHED_MS = 14 * DAY_MS;
/** Shortest silence that is unusual in a younger channel. */
const SILENCE_OF_YOUNG_MS = 7 * DAY_MS;
/** Length of a silence that is unusual in every channel. */
const MAX_SILENCE_MS = 28 * DAY_MS;

/** Number of hours before the last arrival that the rule considers. */
export const RHYTHM_HOURS = (WEEKS + 1) * HOURS_OF_A_WEEK;

/** The arrivals of a channel. All times are milliseconds since 1970. */
export interface Rhythm {
  /** Number of slots with arrivals in each hour since 1970. An hour without arrivals can be missing. */
  readonly slotsByHour: ReadonlyMap<number, number>;
  readonly createdAt: number;
  readonly lastArrivalAt: number;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/**
 * Returns the usual number of events in each hour of a week, beginning with the hour of the last arrival. Only whole
 * weeks since the channel was created count, because earlier events are unknown.
 */
function usualWeek({ slotsByHour, createdAt }: Rhythm, lastHour: number): number[] {
  const age = lastHour - Math.floor(createdAt / HOUR_MS);
  const weeks = Array.from({ length: Math.min(WEEKS, Math.floor(age / HOURS_OF_A_WEEK)) }, (_week, week) =>
    Array.from(
      { length: HOURS_OF_A_WEEK },
      (_hour, hour) => slotsByHour.get(lastHour - (week + 1) * HOURS_OF_A_WEEK + hour) ?? 0,
    ),
  );
  const busiest = weeks.sort((one, other) => sumOf(other) - sumOf(one)).slice(0, BUSIEST_WEEKS);
  return Array.from(
    { length: HOURS_OF_A_WEEK },
    (_, hour) => sumOf(busiest.map((week) => week[hour] ?? 0)) / busiest.length,
  );
}

/** Returns the time from which the silence after the last arrival is unusual, in milliseconds since 1970. */
export function unusualSilenceAt(rhythm: Rhythm): number {
  const { slotsByHour, createdAt, lastArrivalAt } = rhythm;
  if (lastArrivalAt - createdAt < ESTABLISHED_MS) return lastArrivalAt + SILENCE_OF_YOUNG_MS;
  const lastHour = Math.floor(lastArrivalAt / HOUR_MS);
  const usual = usualWeek(rhythm, lastHour);

  /**
   * Returns the share of the usual events that arrived in the given number of hours before the last arrival. The share
   * is smoothed, and at most 1.
   */
  function recentShare(hours: number): number {
    const recent = Array.from({ length: hours }, (_, index) => slotsByHour.get(lastHour - 1 - index) ?? 0);
    return Math.min(1, (sumOf(recent) + SMOOTHING_EVENTS) / (sumOf(usual.slice(-hours)) + SMOOTHING_EVENTS));
  }

  const share = Math.min(...RECENT_HOURS.map(recentShare));
  const latest = lastArrivalAt + MAX_SILENCE_MS;
  let missing = 0;
  for (let from = lastArrivalAt; from < latest;) {
    const hour = Math.floor(from / HOUR_MS);
    const to = (hour + 1) * HOUR_MS;
    const perHour = (usual[(hour - lastHour) % HOURS_OF_A_WEEK] ?? 0) * share;
    const inHour = (perHour * (to - from)) / HOUR_MS;
    if (missing + inHour >= MISSING_EVENTS) {
      return Math.min(latest, Math.ceil(from + ((MISSING_EVENTS - missing) / perHour) * HOUR_MS));
    }
    missing += inHour;
    from = to;
  }
  return latest;
}
