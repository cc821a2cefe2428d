/**
 * Days of Zaps that text each family a day before a class of nine. No family gets two texts about a lesson or a text
 * about a past lesson, and no lesson is left out silently.
 *
 * @slow simulated days, 1.2 s of CPU
 */

import { afterEach, describe, expect, it, jest } from '@jest/globals';

import {
  simulatedLessons,
  type LessonVersion,
  type SimulatedLesson,
} from '../../../local/simulated-lists/lesson-histories.ts';
import { lessonList, starting } from '../../../local/simulated-lists/lists/lessons.ts';
import { statesOf, type ListDefinition } from '../../../local/simulated-lists/polled-list.ts';
import { timesOf, type Version } from '../../../local/simulated-lists/history.ts';
import { DAY, HOUR, MINUTE, WEEK_START, type Interval } from '../../../local/simulated-lists/simulated-time.ts';
import { CLASS_LESSON, FAMILIES, FAMILY_CLIENTS, tracesOfOthers } from '../../../local/events/class-of-nine.ts';
import { expectedRuns } from './expected-runs.ts';
import { SimulatedTutorCruncher } from '../../../local/simulated-lists/simulated-tutorcruncher.ts';
import { SimulatedZapier, type ZapierBehaviour } from '../../../local/simulated-lists/simulated-zapier.ts';

/** The classes of a branch. */
const classList: ListDefinition<LessonVersion> = { ...lessonList, detailsOf: () => CLASS_LESSON };

const clientList: ListDefinition<Version> = {
  path: 'clients',
  histories: () => [],
  timeOf: () => null,
  rowOf: (id) => FAMILY_CLIENTS.find((client) => client.id === id) ?? {},
  detailsOf: () => ({}),
  due: {},
  zaps: [],
};
const CLIENT_STATES = statesOf(
  clientList,
  FAMILIES.map(({ client: id }) => ({ id, versions: [{ from: 0, status: null }] })),
);

/** The scenario: the lessons, the times in which the Zap is on, and the minutes between its polls. */
interface Played {
  readonly lessons: readonly SimulatedLesson[];
  readonly on: readonly Interval[];
  readonly minutes: number;
  readonly outage?: Interval;
  readonly zapier?: ZapierBehaviour;
  readonly inputData?: Readonly<Record<string, string>>;
}

const BRANCH = { perDay: 8, crowd: 3, days: 4 };
const TWO_DAYS = { from: WEEK_START + 5 * HOUR, to: WEEK_START + 2 * DAY };

afterEach(() => {
  jest.restoreAllMocks();
});

/**
 * Simulates a Zap, and checks its runs. Returns the messages of failed polls, and the number of lessons that had runs.
 */
async function play({ lessons, on, minutes, outage = { from: 0, to: 0 }, zapier: behaviour, inputData }: Played) {
  const lists = [
    { path: 'appointments', states: statesOf(classList, lessons) },
    { path: 'clients', states: CLIENT_STATES },
  ];
  const tutorCruncher = new SimulatedTutorCruncher(lists, outage);
  const times = timesOf(lessons, starting(DAY));
  const zap = {
    id: '401',
    trigger: 'lesson_starting',
    inputData: { run_for: 'client', ...inputData },
    times: () => times,
  };
  const zapier = new SimulatedZapier(tutorCruncher, [zap], { expires: true, ...behaviour });
  jest.spyOn(Date, 'now').mockImplementation(() => tutorCruncher.now);
  for (const interval of on) await zapier.play(interval, minutes * MINUTE);
  jest.restoreAllMocks();

  const runs = zapier.runs.get(zap.id) ?? [];
  const byLesson = Map.groupBy(runs, ({ id }) => id.slice(0, id.lastIndexOf(':')));
  const expected = on.flatMap((interval) => expectedRuns(zap, minutes * MINUTE, interval).ids);
  // Each lesson has all of its runs, each once and while the lesson is due, or no runs at all.
  for (const [id, ofLesson] of byLesson) {
    const held = times.get(id) ?? [];
    expect([id, ofLesson.map((run) => run.id).sort()]).toEqual([
      id,
      FAMILIES.map(({ client }) => `${id}:${client}`).sort(),
    ]);
    for (const { at } of ofLesson) {
      const turnedOn = on.findLast(({ from }) => from <= at)?.from ?? 0;
      const isDue = held.some(({ from, to }) => from <= at + MINUTE && at < to && from + MINUTE > turnedOn);
      expect([id, isDue]).toEqual([id, true]);
    }
  }
  for (const { id, record } of runs) {
    const family = FAMILIES.filter(({ client }) => id.endsWith(`:${client}`));
    expect(tracesOfOthers(record, family)).toEqual([]);
  }
  const missing = expected.filter((id) => !byLesson.has(id));
  const reportedMisses = zapier.reportedMisses.get(zap.id) ?? 0;
  expect(missing.length).toBeLessThanOrEqual(reportedMisses);
  expect(Math.max(...tutorCruncher.perMinute.values())).toBeLessThanOrEqual(70);
  return { messages: zapier.messages, lessons: byLesson.size, expected: expected.length, missing: missing.length };
}

describe('a Zap that is turned on in the middle of a day', () => {
  it.each([2, 15])('texts each family of each class once, with polls every %d min', async (minutes) => {
    const { messages, lessons, expected, missing } = await play({
      lessons: simulatedLessons(3, BRANCH),
      on: [TWO_DAYS],
      minutes,
    });
    expect([messages, missing]).toEqual([[], 0]);
    expect(Math.min(lessons, expected)).toBeGreaterThan(5);
  });

  it('texts each family once with Fetch Details, even if polls and TutorCruncher fail', async () => {
    const played = await play({
      lessons: simulatedLessons(4, BRANCH),
      on: [TWO_DAYS],
      minutes: 15,
      outage: { from: WEEK_START + 20 * HOUR, to: WEEK_START + 23 * HOUR },
      zapier: { pollsPerFailure: 5 },
      inputData: { fetch_details: 'true' },
    });
    expect(played.lessons).toBeGreaterThan(5);
    expect(played.missing).toBe(0);
  });

  it('reports nothing about lessons that were due while it was off', async () => {
    const { lessons } = await play({
      lessons: simulatedLessons(5, BRANCH),
      on: [
        { from: WEEK_START, to: WEEK_START + 12 * HOUR },
        { from: WEEK_START + 30 * HOUR, to: WEEK_START + 2 * DAY },
      ],
      minutes: 15,
    });
    expect(lessons).toBeGreaterThan(3);
  });
});

it('after the cache has lost the notes, no family is texted twice or about an old lesson, and errors report the losses', async () => {
  const forgetting = [6, 9, 13, 27, 28, 40].map((hours) => WEEK_START + hours * HOUR);
  const { messages, lessons } = await play({
    lessons: simulatedLessons(6, BRANCH),
    on: [TWO_DAYS],
    minutes: 15,
    zapier: { forgetting },
  });
  expect(messages.length).toBeGreaterThan(3);
  expect(messages.every((message) => message.startsWith('Zapier has lost what this Zap remembered'))).toBe(true);
  expect(lessons).toBeGreaterThan(3);
});

it('each family of each of 15 simultaneous classes is texted once', async () => {
  const start = WEEK_START + 30 * HOUR;
  const lessons = Array.from({ length: 15 }, (_, index): SimulatedLesson => ({
    id: 1 + index,
    versions: [{ from: 0, start, finish: start + HOUR, status: 'planned' }],
  }));
  const choices: readonly Readonly<Record<string, string>>[] = [{}, { fetch_details: 'true' }];
  for (const inputData of choices) {
    const played = await play({
      lessons,
      on: [{ from: WEEK_START, to: WEEK_START + 10 * HOUR }],
      minutes: 15,
      inputData,
    });
    expect(played).toEqual({ messages: [], lessons: 15, expected: 15, missing: 0 });
  }
});

it('the notes survive a holiday of three weeks, because polls renew them before they expire after 14 days', async () => {
  const at = (id: number, day: number): SimulatedLesson => {
    const start = WEEK_START + day * DAY;
    return { id, versions: [{ from: 0, start, finish: start + HOUR, status: 'planned' }] };
  };
  // The second lesson is due in the first poll after the 14 days, which would not return it if the notes had expired.
  const lessons = [at(1, 1.5), at(2, 15.52), at(3, 22.5)];
  const on = [{ from: WEEK_START, to: WEEK_START + 22 * DAY }];
  const played = await play({ lessons, on, minutes: 60 });
  expect(played).toEqual({ messages: [], lessons: 3, expected: 3, missing: 0 });
});
