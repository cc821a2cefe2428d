/**
 * The runs that a Zap with a polled trigger must have, computed from the history of each record. Nothing here uses the
 * code of the app: a Zap runs once for an id whose condition holds for long enough while the Zap is on and TutorCruncher
 * responds, unless the condition held when the Zap was turned on.
 */

import {
  DAY,
  HOUR,
  MINUTE,
  OUTAGE,
  tutorOf,
  WEEK_START,
  type History,
  type SimulatedLesson,
  type Version,
} from './simulated-lessons.ts';
import { OFFICE, type OfficeVersion } from './simulated-office.ts';

/** A span of time, from one moment to before another. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The id of a record in a state, and the time in which this state triggers if it lasts long enough; null if it never does. */
type Condition<V> = (id: number, version: V) => (Interval & { readonly id: string }) | null;

/** A Zap of the simulation. */
export interface SimulatedZap {
  readonly id: string;
  readonly trigger: string;
  readonly inputData: Record<string, string>;
  /** Returns the times in which each id triggers, in a branch with these lessons. */
  readonly times: (lessons: readonly SimulatedLesson[]) => Map<string, Interval[]>;
}

/** Returns the times in which the states of records trigger. */
function timesOf<V extends { readonly from: number }>(
  histories: readonly History<V>[],
  condition: Condition<V>,
): Map<string, Interval[]> {
  const times = new Map<string, Interval[]>();
  for (const { id, versions } of histories) {
    for (const [index, version] of versions.entries()) {
      const met = condition(id, version);
      if (!met) continue;
      const until = versions[index + 1]?.from ?? Infinity;
      const held = { from: Math.max(met.from, version.from), to: Math.min(met.to, until) };
      if (held.to > held.from) times.set(met.id, [...(times.get(met.id) ?? []), held]);
    }
  }
  return times;
}

const isoText = (moment: number): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;

const lessonZap = (
  id: string,
  trigger: string,
  condition: Condition<Version>,
  inputData: Record<string, string> = {},
): SimulatedZap => ({ id, trigger, inputData, times: (lessons) => timesOf(lessons, condition) });

const starting =
  (before: number): Condition<Version> =>
  (id, { status, start }) =>
    status === 'planned' ? { id: `${id}@${isoText(start)}`, from: start - before, to: start } : null;

const ended =
  (statuses: readonly string[], after: number, until: number): Condition<Version> =>
  (id, { status, finish }) =>
    statuses.includes(status) ? { id: String(id), from: finish + after, to: finish + until } : null;

const TUTOR = 402;
const TAKEN_PLACE = ['planned', 'awaiting-report', 'complete'];

const ofTutor =
  (condition: Condition<Version>): Condition<Version> =>
  (id, version) =>
    tutorOf(id) === TUTOR ? condition(id, version) : null;

const officeZap = (id: string, trigger: string, path: string, condition: Condition<OfficeVersion>): SimulatedZap => ({
  ...{ id, trigger, inputData: {} },
  times: () => timesOf(OFFICE[path] ?? [], condition),
});

const overdue: Condition<OfficeVersion> = (id, { at, status }) =>
  at !== null && status !== 'paid' && status !== 'void' && status !== 'draft'
    ? { id: `${id}@14`, from: at + 14 * DAY, to: at + 19 * DAY }
    : null;

const created: Condition<OfficeVersion> = (id, { at, status }) =>
  at !== null && status !== 'deleted' ? { id: String(id), from: at, to: at + 5 * DAY } : null;

const due: Condition<OfficeVersion> = (id, { at, status }) =>
  at !== null && status === 'open' ? { id: `${id}@${isoText(at)}`, from: at, to: at + 2 * DAY } : null;

/** A Zap with each trigger about lessons and no inputs. */
export const LESSON_ZAPS: readonly SimulatedZap[] = [
  lessonZap('101', 'lesson_starting', starting(DAY)),
  lessonZap('102', 'lesson_ended', ended(TAKEN_PLACE, 0, 2 * DAY)),
  lessonZap('103', 'lesson_not_completed', ended(['planned'], DAY, 7 * DAY)),
  lessonZap('104', 'report_missing', ended(['awaiting-report'], DAY, 7 * DAY)),
];

/** A Zap with each other polled trigger and no inputs. */
export const OFFICE_ZAPS: readonly SimulatedZap[] = [
  officeZap('201', 'invoice_overdue', 'invoices', overdue),
  officeZap('202', 'credit_request_overdue', 'proforma-invoices', overdue),
  officeZap('203', 'review_created', 'reviews', created),
  officeZap('204', 'balance_change_created', 'balance-updates', created),
  officeZap('205', 'task_due', 'tasks', due),
];

/** Seven Zaps of one connection, the first of which have the least time. */
export const SEVEN_ZAPS: readonly SimulatedZap[] = [
  lessonZap('301', 'lesson_starting', starting(30 * MINUTE), { time_before: '30', time_unit: 'minutes' }),
  lessonZap('302', 'lesson_starting', starting(2 * HOUR), { time_before: '2' }),
  lessonZap('303', 'lesson_starting', starting(DAY)),
  lessonZap('304', 'lesson_ended', ended(TAKEN_PLACE, 0, 2 * DAY)),
  lessonZap('305', 'lesson_ended', ofTutor(ended(TAKEN_PLACE, 0, 2 * DAY)), { tutor: String(TUTOR) }),
  lessonZap('306', 'lesson_not_completed', ended(['planned'], DAY, 7 * DAY)),
  lessonZap('307', 'report_missing', ended(['awaiting-report'], DAY, 7 * DAY)),
];

/** A Zap with an hour. */
export const HOUR_ZAP = lessonZap('308', 'lesson_starting', starting(HOUR), { time_before: '1' });

/** A Zap with the longest time, for which more than five pages of lessons are due. */
export const LONG_ZAP = lessonZap('105', 'lesson_starting', starting(14 * DAY), {
  time_before: '14',
  time_unit: 'days',
});

/** All Zaps of the simulation. */
export const ALL_ZAPS = [...LESSON_ZAPS, ...OFFICE_ZAPS, LONG_ZAP];

/** Returns the times within a span at which TutorCruncher responds and the Zap is on. */
function usable({ from, to }: Interval, played: Interval): Interval[] {
  const within = { from: Math.max(from, played.from), to: Math.min(to, played.to) };
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
 * @param played - the time for which the Zap is on
 */
export function expectedRuns(
  zap: SimulatedZap,
  lessons: readonly SimulatedLesson[],
  interval: number,
  played: Interval,
): ExpectedRuns {
  const ids = new Set<string>();
  const unclear: string[] = [];
  for (const [id, held] of zap.times(lessons)) {
    if (held.some(({ from, to }) => from <= played.from && to > played.from)) continue;
    const lengths = held.flatMap((each) => usable(each, played)).map(({ from, to }) => to - from);
    if (lengths.length === 0) continue;
    if (Math.max(...lengths) > interval + MINUTE) ids.add(id);
    else unclear.push(id);
  }
  return { ids, unclear };
}

/** The moments at which the cache forgets the Zaps, except the long one. */
export const FORGETTING = [WEEK_START + 31 * HOUR, WEEK_START + 100 * HOUR];
