/**
 * The runs that a Zap with a polled trigger must have, computed from the history of each lesson. Nothing here uses the
 * code of the app: a Zap runs once for an id whose condition holds for long enough while the Zap is on and TutorCruncher
 * responds, unless the condition held when the Zap was turned on.
 */

import {
  DAY,
  HOUR,
  MINUTE,
  OUTAGE,
  WEEK_END,
  WEEK_START,
  type SimulatedLesson,
  type Version,
} from './simulated-lessons.ts';

/** A span of time, from one moment to before another. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A Zap of the simulation. */
export interface SimulatedZap {
  readonly id: string;
  readonly trigger: string;
  readonly inputData: Record<string, string>;
  /** The id of a lesson in a state, and the time in which this state triggers if it lasts long enough; null if it never does. */
  readonly condition: (lesson: SimulatedLesson, version: Version) => (Interval & { readonly id: string }) | null;
}

const isoText = (moment: number): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;

const starting =
  (before: number): SimulatedZap['condition'] =>
  ({ id }, { status, start }) =>
    status === 'planned' ? { id: `${id}@${isoText(start)}`, from: start - before, to: start } : null;

const ended =
  (statuses: readonly string[], after: number, until: number): SimulatedZap['condition'] =>
  ({ id }, { status, finish }) =>
    statuses.includes(status) ? { id: String(id), from: finish + after, to: finish + until } : null;

/** A Zap with each trigger and no inputs. */
export const DEFAULT_ZAPS: readonly SimulatedZap[] = [
  { id: '101', trigger: 'lesson_starting', inputData: {}, condition: starting(DAY) },
  {
    ...{ id: '102', trigger: 'lesson_ended', inputData: {} },
    condition: ended(['planned', 'awaiting-report', 'complete'], 0, 2 * DAY),
  },
  { id: '103', trigger: 'lesson_not_completed', inputData: {}, condition: ended(['planned'], DAY, 7 * DAY) },
  { id: '104', trigger: 'report_missing', inputData: {}, condition: ended(['awaiting-report'], DAY, 7 * DAY) },
];

/** A Zap with the longest time, for which more than five pages of lessons are due. */
export const LONG_ZAP: SimulatedZap = {
  ...{ id: '105', trigger: 'lesson_starting', inputData: { time_before: '14', time_unit: 'days' } },
  condition: starting(14 * DAY),
};

/** All Zaps of the simulation. */
export const ALL_ZAPS = [...DEFAULT_ZAPS, LONG_ZAP];

/** Returns the times within a span at which TutorCruncher responds and the Zap is on. */
function usable({ from, to }: Interval): Interval[] {
  const within = { from: Math.max(from, WEEK_START), to: Math.min(to, WEEK_END) };
  const parts = [
    { from: within.from, to: Math.min(within.to, OUTAGE.from) },
    { from: Math.max(within.from, OUTAGE.to), to: within.to },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** The runs of a Zap. */
export interface ExpectedRuns {
  readonly ids: ReadonlySet<string>;
  /** Ids whose condition holds too briefly to say whether a poll notices it. */
  readonly unclear: readonly string[];
}

/**
 * Returns the runs that a Zap must have.
 *
 * @param interval - milliseconds between two polls
 */
export function expectedRuns(zap: SimulatedZap, lessons: readonly SimulatedLesson[], interval: number): ExpectedRuns {
  const times = new Map<string, Interval[]>();
  for (const lesson of lessons) {
    for (const [index, version] of lesson.versions.entries()) {
      const met = zap.condition(lesson, version);
      if (!met) continue;
      const until = lesson.versions[index + 1]?.from ?? Infinity;
      const held = { from: Math.max(met.from, version.from), to: Math.min(met.to, until) };
      if (held.to > held.from) times.set(met.id, [...(times.get(met.id) ?? []), held]);
    }
  }
  const ids = new Set<string>();
  const unclear: string[] = [];
  for (const [id, held] of times) {
    if (held.some(({ from, to }) => from <= WEEK_START && to > WEEK_START)) continue;
    const lengths = held.flatMap(usable).map(({ from, to }) => to - from);
    if (lengths.length === 0) continue;
    if (Math.max(...lengths) > interval + MINUTE) ids.add(id);
    else unclear.push(id);
  }
  return { ids, unclear };
}

/** The moments at which the cache forgets the Zaps, except the long one. */
export const FORGETTING = [WEEK_START + 31 * HOUR, WEEK_START + 100 * HOUR];
