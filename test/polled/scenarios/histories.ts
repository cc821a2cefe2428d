/**
 * Histories of polls that end well or with an error. They cover lists of 1 to 100 pages, Zaps alone and beside six
 * others, outages, slow responses, polls that run at the same time, results that Zapier drops, and a cache that loses
 * entries, refuses calls or responds late.
 */

import { generator } from '../../../local/simulated-lists/history.ts';
import { HOUR, MINUTE, WEEK_START, type Interval } from '../../../local/simulated-lists/simulated-time.ts';
import type { Day, PlayedDay } from './busy-day.ts';
import { SEVEN } from './lesson-zaps.ts';

/** The Zap with the long list: Lesson Starting Soon, 14 days before. */
const LONG = '309';
const SIX = SEVEN.slice(0, 6);
/**
 * Maximum number of requests in a minute: polls use up to 68 of the 100 that TutorCruncher accepts, and some requests
 * read the branch.
 */
const MAX_REQUESTS = 70;

/** A history of polls, and its expected end. */
export interface History {
  readonly title: string;
  readonly day: Day;
  /**
   * The expected end. `all`: each record runs the Zap, without an error. `told`: some records do not run the Zap, and
   * errors report them. `late`: errors state that Zaps do not run for a time. `lost`: results did not reach Zapier,
   * which the app cannot notice.
   */
  readonly end: 'all' | 'told' | 'late' | 'lost';
}

const outage = (hours: number, from = 1): Interval => ({
  from: WEEK_START + from * HOUR,
  to: WEEK_START + (from + hours) * HOUR,
});

/** Returns a day with a list of about the given number of pages. */
const pages = (count: number, minutes: number, changes: Partial<Day> = {}): Day => ({
  perDay: Math.round((count * 100) / 14),
  crowd: Math.min(40, count),
  days: 17,
  minutes,
  hours: 4,
  zapIds: [LONG],
  seed: count,
  ...changes,
});
const small = (minutes: number, changes: Partial<Day>): Day => ({
  perDay: 40,
  crowd: 15,
  minutes,
  hours: 9,
  zapIds: ['301', '304'],
  seed: 70,
  ...changes,
});
const history = (title: string, end: History['end'], day: Day): History => ({ title, day, end });
const beside = { zapIds: [LONG, ...SIX] };

export const HISTORIES: readonly History[] = [
  history('1 page', 'all', pages(1, 15)),
  history('10 pages', 'all', pages(10, 2)),
  history('20 pages', 'all', pages(20, 5)),
  history('30 pages', 'all', pages(30, 6)),
  history('36 pages', 'all', pages(36, 1, { hours: 3 })),
  history('36 pages, rare polls', 'all', pages(36, 15)),
  history('50 pages, which is too long', 'told', pages(50, 6, { hours: 2 })),
  history('100 pages, which is too long', 'told', pages(100, 15, { hours: 2 })),
  history('30 pages beside six others', 'all', pages(30, 2, { ...beside, hours: 3 })),
  history('36 pages, polled after six others', 'late', pages(36, 15, { zapIds: [...SIX, LONG], hours: 7 })),
  history('49 pages beside six others, which run', 'told', pages(49, 6, { ...beside, hours: 3 })),
  history('34 pages, an outage of 30 minutes', 'all', pages(34, 2, { outage: outage(0.5) })),
  history('30 pages, an outage of a day', 'told', pages(30, 15, { hours: 29, outage: outage(24) })),
  history('seven Zaps, an outage of a day', 'told', small(15, { zapIds: SEVEN, hours: 30, outage: outage(24) })),
  history('seven Zaps, an outage of 30 minutes', 'told', small(5, { zapIds: SEVEN, outage: outage(0.5, 7) })),
  history('more lessons than the requests suffice for', 'told', {
    perDay: 300,
    crowd: 60,
    minutes: 15,
    zapIds: SEVEN.toReversed(),
    seed: 2016,
  }),
  history('a cache that forgets between polls', 'late', small(15, { ...beside, forgetsEveryMs: 7 * MINUTE, days: 17 })),
  history('short lists, a cache that forgets', 'all', small(5, { perDay: 20, crowd: 5, forgetsEveryMs: 7 * MINUTE })),
  history('a cache that refuses everything', 'told', small(15, { refuses: 'everything' })),
  history('a cache that refuses writes', 'told', small(6, { refuses: 'writes' })),
  history('a cache that answers after 2 seconds', 'all', small(15, { cacheMs: 2_000 })),
  history('a cache that answers after 6 seconds', 'told', small(15, { cacheMs: 6_000 })),
  history('responses after 3 seconds', 'all', small(15, { slowMs: 3_000, zapIds: SEVEN })),
  history('responses after 9 seconds', 'late', small(5, { slowMs: 9_000 })),
  history('responses and a cache that take 4 seconds', 'told', small(5, { slowMs: 4_000, cacheMs: 4_000 })),
  history('two polls at the same time', 'all', small(5, { pollsTwice: true, zapIds: SEVEN })),
  history('two rare polls at the same time', 'all', small(15, { pollsTwice: true, zapIds: SEVEN })),
  history('every third result is dropped', 'lost', small(15, { resultsPerLoss: 3, zapIds: SEVEN })),
];

/** Returns a random history without a certain end. */
export function randomHistory(seed: number): Day {
  const random = generator(seed);
  const oneOf = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const minutes = oneOf(1, 2, 5, 6, 15);
  return {
    ...pages(1 + Math.floor(random() * 60), minutes),
    seed,
    hours: minutes === 15 ? 30 : 8,
    zapIds: oneOf([LONG], [LONG, ...SIX], [...SIX, LONG], ['301'], ['304'], SEVEN),
    ...oneOf<Partial<Day>>(
      {},
      { outage: outage(0.5) },
      { outage: outage(24), hours: 30 },
      { forgetsEveryMs: 7 * MINUTE },
      { forgetting: [1, 2, 5].map((hours) => WEEK_START + hours * HOUR) },
      { refuses: 'writes' },
      { cacheMs: oneOf(1_000, 3_000, 6_000) },
      { slowMs: oneOf(1_000, 3_000, 6_000) },
      { pollsTwice: true },
      { resultsPerLoss: 5 },
      { pollsPerFailure: 5 },
    ),
  };
}

/**
 * Returns the problems that no history must have: wrong runs, records that wait or are missed silently, and too many
 * requests.
 */
export const problemsIn = ({ zaps, requestsPerMinute }: PlayedDay): string[] => [
  ...zaps.flatMap(({ zapId, expected, runs, errors, wrong, silent }) => [
    ...(expected > 9 && runs === 0 && errors === 0 ? [`${zapId}: no run and no error`] : []),
    ...wrong.map((id) => `${zapId}: wrong run for ${id}`),
    ...silent.map((id) => `${zapId}: no run for ${id}, in silence`),
  ]),
  ...requestsPerMinute.filter((count) => count > MAX_REQUESTS).map((count) => `${count} requests in a minute`),
];
