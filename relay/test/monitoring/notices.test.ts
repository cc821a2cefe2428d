/** The passes that report problems to Zaps: their times, their notices, and failures of the store. */

import { beforeEach, expect, it } from '@jest/globals';

import type { NoticeContents, ProblemChange } from '../../store/problems/problem-rules.ts';
import { HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { runNotices } from '../../monitoring/notices.ts';
import { createDataKeys } from '../../sealing/data-keys.ts';
import type { SealedChange } from '../../store/problems/problems.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MINUTE = 60_000;

const NOTICE: NoticeContents = {
  kind: 'silent',
  state: 'started',
  started_at: 5,
  over_at: null,
  zaps: 0,
  zap: null,
  is_off: false,
  are_others_valid: false,
  last_failure: null,
  events_waiting: 0,
  events_given_up: 0,
};
const CHANGE: ProblemChange = {
  subscription: 0,
  kind: 'silent',
  startedAt: 5,
  known: null,
  isOver: false,
  reportedDeadLetters: 0,
  notice: NOTICE,
};

let clock: FakeClock;
/** The lines of the log. */
let lines: unknown[];
/** The calls to the store other than `changedProblems`. */
let calls: unknown[];
/** The result of each look for problems: the channels to check, or an error. */
let looks: (readonly string[] | Error)[];
/** The number of silences that each look for silences finds. */
let silences: number[];
let changes: (ProblemChange & { readonly noticeKeys: string[] })[];
let stop: AbortController;
/** Time of the newest failure of the store. */
let failedAt: number;

beforeEach(() => {
  clock = new FakeClock();
  [lines, calls, looks, silences, changes] = [[], [], [], [], []];
  stop = new AbortController();
  failedAt = -Infinity;
});

/** Runs passes until the test stops them. The store fails for {@link OTHER_CHANNEL}. */
function start(times = {}): Promise<void> {
  const line = (fields: object, message: string) => lines.push([fields, message]);
  const store = {
    checkSilences: () => {
      calls.push('silences');
      return Promise.resolve(silences.shift() ?? 0);
    },
    channelsToCheck: (_now: number, retryMs: number) => {
      const look = looks.shift() ?? [];
      if (look instanceof Error) return Promise.reject(look);
      calls.push(['look', retryMs]);
      return Promise.resolve([...look]);
    },
    changedProblems: (channel: string) => {
      if (channel === OTHER_CHANNEL) return Promise.reject(new TypeError('x'));
      return Promise.resolve(channel === CHANNEL ? { sealKey: SEAL_KEY, changes: changes, nextAt: 99 } : null);
    },
    problemsChecked: (...checked: unknown[]) => {
      calls.push(checked);
      return Promise.resolve();
    },
    saveNotices: (_channel: string, saved: readonly SealedChange[]) => {
      calls.push(saved.map(({ notices }) => notices.map(({ noticeKey }) => noticeKey)));
      return Promise.resolve([...saved]);
    },
  };
  const log = { info: line, warn: line, error: line };
  const readiness = { sinceFailureMs: () => clock.now() - failedAt };
  return runNotices({ store, readiness, dataKeys: createDataKeys(clock, 10), clock, log, ...times }, stop.signal);
}

it('passes look for silences only from an hour after the start on, and repeat the look until it finds none', async () => {
  const running = start();
  await clock.advance(HOUR - 1);
  expect(calls).toEqual(Array(60).fill(['look', MINUTE]));
  calls = [];
  silences = [250, 3];
  await clock.advance(1);
  expect(calls).toEqual(['silences', 'silences', 'silences', ['look', MINUTE]]);
  stop.abort();
  await running;
});

it.each<[string, () => unknown]>([
  ['the store has failed, even if the passes have not', () => (failedAt = clock.now())],
  [
    'a pass has failed',
    () => {
      looks = [new RangeError('x')];
      return clock.advance(MINUTE);
    },
  ],
  ['the process was suspended', () => clock.suspend(10 * HOUR)],
])('passes do not look for silences for an hour after %s', async (_what, interrupt) => {
  const looksForSilences = () => calls.splice(0).includes('silences');
  const running = start();
  await clock.advance(HOUR);
  expect(looksForSilences()).toBe(true);
  await interrupt();
  calls = [];
  await clock.advance(HOUR - 2 * MINUTE);
  expect(looksForSilences()).toBe(false);
  await clock.advance(3 * MINUTE);
  expect(looksForSilences()).toBe(true);
  stop.abort();
  await running;
});

it('passes continue with the next channel if a channel fails, and a minute later if the store fails', async () => {
  looks = [new RangeError('x'), [OTHER_CHANNEL, CHANNEL], ['unknown'], []];
  const running = start();
  await clock.settle();
  expect(lines).toEqual([[{ error: 'RangeError' }, expect.stringContaining('Retrying in a minute')]]);
  expect(calls).toEqual([]);
  await clock.advance(MINUTE);
  expect(lines[1]).toEqual([{ channel: OTHER_CHANNEL.slice(0, 8), error: 'TypeError' }, expect.any(String)]);
  const [look, checked] = [
    ['look', MINUTE],
    [CHANNEL, 99, clock.now(), MINUTE],
  ];
  expect([calls, lines.length]).toEqual([[look, checked, look, look], 2]);
  stop.abort();
  await running;
});

it('passes seal a notice for each key, and log the changes that have a notice', async () => {
  changes = [
    { ...CHANGE, noticeKeys: ['first key', 'second key'] },
    { ...CHANGE, notice: null, noticeKeys: ['first key'] },
  ];
  looks = [[CHANNEL]];
  const running = start({ intervalMs: 7 });
  // Node.js wraps data keys in another thread, so the calls come later.
  await until(() => calls.length === 3);
  // Only `toStrictEqual` distinguishes an array with `undefined` from an empty array.
  expect(calls).toStrictEqual([
    ['look', 7],
    [['first key', 'second key'], []],
    ['look', 7],
  ]);
  const fields = { channel: CHANNEL.slice(0, 8), kind: 'silent', state: 'started', zaps: 0 };
  expect(lines).toEqual([[fields, 'Stored notices about a problem for the Zaps with the trigger Delivery Problem.']]);
  stop.abort();
  await running;
});
