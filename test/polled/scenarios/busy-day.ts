/**
 * A day of a branch of some size, from 9:00 to 9:00, with the results of its Zaps: runs, missed lessons, requests and
 * errors.
 */

import { timesOf } from '../../../local/simulated-lists/history.ts';
import { simulatedLessons, type SimulatedLesson } from '../../../local/simulated-lists/lesson-histories.ts';
import { lessonList } from '../../../local/simulated-lists/lists/lessons.ts';
import { statesOf, type SimulatedZap } from '../../../local/simulated-lists/polled-list.ts';
import { HOUR, MINUTE, WEEK_START, type Interval } from '../../../local/simulated-lists/simulated-time.ts';
import { LESSON_ZAPS } from './lesson-zaps.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import {
  FAILED,
  SimulatedZapier,
  type PlayedError,
  type ZapierBehaviour,
} from '../../../local/simulated-lists/simulated-zapier.ts';

/** The settings of a day to simulate. */
export interface Day extends ZapierBehaviour {
  readonly seed: number;
  readonly perDay: number;
  /** The number of lessons that start at 15:00. */
  readonly crowd: number;
  /** Minutes between two polls of a Zap. */
  readonly minutes: number;
  /** Hours after 9:00 at which the Zaps are turned on; default: 0. */
  readonly firstHour?: number;
  /** Number of hours to simulate; default: 24. */
  readonly hours?: number;
  /** The ids of the Zaps in the order of their polls. */
  readonly zapIds: readonly string[];
  /** Number of days with lessons after the first day; default: 3. */
  readonly days?: number;
  /** The time during which TutorCruncher does not respond. */
  readonly outage?: Interval;
  /** Duration of a response in milliseconds; default: 250. Responses arrive one after another. */
  readonly slowMs?: number;
  /** The lessons; default: the lessons of a branch of this size. */
  readonly lessons?: readonly SimulatedLesson[];
}

/** The runs and errors of a Zap. */
export interface ZapDay {
  readonly zapId: string;
  readonly trigger: string;
  /** The runs that the Zap should have had. */
  readonly expected: number;
  readonly runs: number;
  /** Expected lessons that did not run the Zap. */
  readonly missed: number;
  /** Lessons that were missed according to an error. */
  readonly reportedMisses: number;
  /**
   * Missed lessons that no error reports. An error reports a lesson by a count, or by stating that the Zap did not run
   * at that time.
   */
  readonly silent: readonly string[];
  /** The number of all errors. */
  readonly errors: number;
  /** Missed lessons in a result that Zapier dropped, which the app cannot notice. */
  readonly lost: number;
  /** Lessons that fitted so briefly that a poll might not have noticed them, and that did not run the Zap. */
  readonly unclear: number;
  /** Records that should not have been returned, or have no people. */
  readonly wrong: readonly string[];
  /** Longest time from a lesson's due time to its run, in minutes. */
  readonly latestMinutes: number;
}

/** The runs, errors and requests of all Zaps. */
export interface PlayedDay {
  readonly zaps: readonly ZapDay[];
  readonly messages: readonly string[];
  /** The number of errors about lost notes whose records are read again. */
  readonly recoveries: number;
  /** The length of the simulated period, in milliseconds. */
  readonly playedMinutes: number;
  /** The numbers of requests by minute, for minutes with requests. */
  readonly requestsPerMinute: readonly number[];
}

/** Returns the period to simulate: by default from about 9:00 to 9:00, starting at a different minute for each seed. */
const playedTime = ({ seed, firstHour = 0, hours = 24 }: Day): Interval => {
  const from = WEEK_START + firstHour * HOUR + (seed % 15) * MINUTE;
  return { from, to: from + hours * HOUR };
};

/** Time after the end of a lesson in which a Zap for ended lessons must run, in milliseconds. */
const IN_TIME_MS = HOUR;

const lengthOf = ({ from, to }: Interval): number => to - from;

/**
 * Returns the period in which polls can notice that a lesson fits. If the lesson's start ends the period, the lesson
 * counts as missed even during an outage.
 */
function readableParts(part: Interval, id: string, day: Day): Interval[] {
  const played = playedTime(day);
  const within = { from: Math.max(part.from, played.from), to: Math.min(part.to, played.to) };
  const { outage } = day;
  if (!outage || part.to === Date.parse(id.split('@')[1] ?? '')) return [within];
  return [
    { from: within.from, to: Math.min(within.to, outage.from) },
    { from: Math.max(within.from, outage.to), to: within.to },
  ];
}

/**
 * Returns true if a Zap reported an error, other than a failed poll during the outage, in one of the periods or within
 * about an hour after it.
 */
const isTold = (errors: readonly PlayedError[], held: readonly Interval[], { minutes, outage }: Day): boolean =>
  held.some(({ from, to }) => {
    const until = Math.max(to, outage?.to ?? 0) + HOUR + minutes * MINUTE;
    const isOutage = ({ at, message }: PlayedError): boolean =>
      outage !== undefined && at < outage.to && FAILED.test(message);
    return errors.some((error) => error.at >= from && error.at <= until && !isOutage(error));
  });

const endsCancelled = ({ versions }: SimulatedLesson): boolean => versions.at(-1)?.status === 'cancelled-chargeable';

function zapDay(zap: SimulatedZap, lessons: readonly SimulatedLesson[], day: Day, zapier: SimulatedZapier): ZapDay {
  const { from, to } = playedTime(day);
  const runs = new Map((zapier.runs.get(zap.id) ?? []).map((run) => [run.id, run]));
  const [missed, unclear, wrong, silent]: [string[], string[], string[], string[]] = [[], [], [], []];
  const lost = zapier.lost.get(zap.id) ?? new Set();
  const latest = [0];
  let expected = 0;
  // A lesson that stops fitting within an hour after its end need not run the Zap, because a later run would have been
  // in time.
  const enough = MINUTE + (zap.trigger === 'lesson_starting' ? day.minutes * MINUTE : IN_TIME_MS);
  const cancelled = new Set(lessons.filter(endsCancelled).map(({ id }) => String(id)));
  const times = zap.times();
  for (const [id, held] of times) {
    const run = runs.get(id);
    const isKnown = held.some((part) => part.from <= from && part.to > from);
    if (isKnown) {
      if (run) wrong.push(id);
      continue;
    }
    // A lesson that is booked while the Zap is turned on can be noted, or run the Zap.
    if (held.some((part) => part.from > from && part.from < from + MINUTE)) continue;
    const longest = Math.max(...held.flatMap((part) => readableParts(part, id, day)).map(lengthOf));
    const isPlayed = held.some((part) => part.from < to - IN_TIME_MS);
    const fits = longest > enough && isPlayed;
    if (fits) expected++;
    if (!run && longest > 0 && held.some((part) => part.from < to)) {
      // A later poll cannot see that a lesson was cancelled after its start.
      const isCancelled = cancelled.has(id.split('@')[0] ?? '');
      const isMissed = fits && !isCancelled;
      (isMissed ? missed : unclear).push(id);
      // Other missed lessons are still due, and wait for a later poll.
      const isOver = held.every((part) => part.to < to - HOUR);
      if (isMissed && isOver && !lost.has(id) && !isTold(zapier.errors.get(zap.id) ?? [], held, day)) silent.push(id);
    }
    if (run) {
      const due = held.filter((part) => part.from <= run.at + MINUTE).at(-1);
      if (!due) wrong.push(id);
      else latest.push((run.at - due.from) / MINUTE);
      if (run.record.student_names !== 'Leo Raman') wrong.push(id);
    }
  }
  wrong.push(...[...runs.keys()].filter((id) => !times.has(id)));
  return {
    zapId: zap.id,
    trigger: zap.trigger,
    expected,
    runs: runs.size,
    missed: missed.length,
    reportedMisses: zapier.reportedMisses.get(zap.id) ?? 0,
    silent,
    errors: zapier.errors.get(zap.id)?.length ?? 0,
    lost: missed.filter((id) => lost.has(id)).length,
    unclear: unclear.length,
    wrong,
    latestMinutes: Math.round(Math.max(...latest)),
  };
}

/** Simulates a day. Replaces `Date.now` during the simulation. */
export async function playDay(day: Day): Promise<PlayedDay> {
  const { seed, perDay, crowd, minutes, days = 3, slowMs = null, outage = { from: 0, to: 0 } } = day;
  const lessons = day.lessons ?? simulatedLessons(seed, { perDay, crowd, days });
  const tutorCruncher = new SimulatedTutorCruncher(
    [{ path: lessonList.path, states: statesOf(lessonList, lessons) }],
    outage,
  );
  tutorCruncher.slowMs = slowMs;
  const zaps = day.zapIds
    .flatMap((id) => LESSON_ZAPS.find((zap) => zap.id === id) ?? [])
    .map(({ condition, ...zap }): SimulatedZap => ({ ...zap, times: () => timesOf(lessons, condition) }));
  const zapier = new SimulatedZapier(tutorCruncher, zaps, day);
  const realNow = Date.now;
  Date.now = () => tutorCruncher.now;
  await zapier.play(playedTime(day), minutes * MINUTE);
  Date.now = realNow;
  return {
    zaps: zaps.map((zap) => zapDay(zap, lessons, day, zapier)),
    messages: zapier.messages,
    recoveries: zapier.recoveries,
    playedMinutes: lengthOf(playedTime(day)) / MINUTE,
    requestsPerMinute: [...tutorCruncher.perMinute.values()],
  };
}
