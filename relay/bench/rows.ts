/** The rows of the bench. Each row starts relays, puts them under load, and reports figures with their limits. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_EVENTS_PATH, CONSOLE_OVERVIEW_PATH } from '../../wire/console-api.ts';
import { LINKS_PATH } from '../../wire/link-api.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { randomText } from '../harness/random-text.ts';
import { durationOf } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { closeConnections, eventBody, post, quantile, saturate, sendAtRate } from './load.ts';
import { createDatabase, startNoOp, startSystem, type BenchZap, type System } from './system.ts';
import type { Targets } from './targets.ts';

const ARRIVAL_MS = 300_000;
/** Number of deliveries in a backlog. */
const BACKLOG = 50_000;

export interface Bench {
  readonly database: 'sqlite' | 'postgres';
  readonly cluster: Cluster;
  readonly targets: Targets;
  /** Duration of a load, in seconds. */
  readonly seconds: number;
  /** Peak memory of all relays so far, in MiB. */
  peakMb: number;
  /** Prints a figure and compares it with the smallest and the largest acceptable value. */
  readonly report: (name: string, value: number, unit: string, atLeast?: number, atMost?: number) => void;
}

const repeat = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const zaps = (count: number, kind: BenchZap['kind'] = 'zap', action = 'A'): BenchZap[] =>
  repeat(count, { kind, action });

/** Starts a relay with Zaps in each channel, measures the relay, and ends it. */
async function on<T>(bench: Bench, channels: BenchZap[][], measure: (system: System) => Promise<T>): Promise<T> {
  bench.targets.reset();
  const databaseUrl = bench.database === 'postgres' ? await createDatabase(bench.cluster) : null;
  const system = await startSystem(databaseUrl, bench.targets.origin, channels);
  try {
    return await measure(system);
  } finally {
    bench.peakMb = Math.max(bench.peakMb, await system.stop());
  }
}

/**
 * Sends events at a steady rate, and reports the number of events that were not accepted. Returns the response times of
 * the accepted events.
 */
async function send(bench: Bench, url: string, perSecond: number, seconds: number): Promise<number[]> {
  const { times, refused } = await sendAtRate(url, perSecond, seconds);
  if (refused > 0) bench.report('events that were not accepted', refused, '', 0, 0);
  return times;
}

const arrived = ({ targets }: Bench, count: number): Promise<void> => until(() => targets.count >= count, ARRIVAL_MS);

async function fill(system: System, channels: number, amount: number): Promise<void> {
  for (let channel = 0; channel < channels; channel++) await saturate(system.hookUrl(channel), { amount });
}

/**
 * Alternates the load between a relay and a route that stores nothing, and compares the median rates of the relay and
 * the route.
 */
const ingest = (bench: Bench, name: string, channel: BenchZap[], atLeast: number): Promise<void> =>
  on(bench, [channel], async (system) => {
    const noOp = await startNoOp();
    const [own, most]: [number[], number[]] = [[], []];
    const limit = { duration: Math.ceil(bench.seconds / 3) };
    for (let turn = 0; turn < 4; turn++) {
      most.push(await saturate(noOp.url, limit));
      own.push(await saturate(system.hookUrl(), limit));
    }
    await noOp.stop();
    // The first turn only warms up the processes.
    const [ownRate, mostRate] = [quantile(own.slice(1), 0.5), quantile(most.slice(1), 0.5)];
    bench.report(`events stored, ${name}`, ownRate, '/s');
    bench.report('the same as a share of the route that stores nothing', (100 * ownRate) / mostRate, '%', atLeast);
  });

/**
 * Measures the rate of deliveries from a backlog. The first delivery to each Zap hangs until all events of the backlog
 * are stored.
 */
const backlog = (bench: Bench, name: string, channels: BenchZap[][]): Promise<void> =>
  on(bench, channels, async (system) => {
    const stored = fill(system, channels.length, BACKLOG / channels.flat().length);
    bench.targets.held = stored;
    await stored;
    const duration = await durationOf(() => arrived(bench, BACKLOG));
    bench.report(`deliveries from a backlog, ${name}`, (BACKLOG * 1000) / duration, '/s', 10_000);
  });

/**
 * Returns the milliseconds from sending an event to its arrival, for each event. Omits the first ten seconds, because
 * V8 is still optimizing the code.
 */
const arrivalTimes = (bench: Bench, count: number, perSecond: number, seconds: number): Promise<number[]> =>
  on(bench, [zaps(count)], async (system) => {
    for (const duration of [10, seconds]) {
      bench.targets.reset();
      const times = await send(bench, system.hookUrl(), perSecond, duration);
      await arrived(bench, times.length * count);
    }
    return bench.targets.latencies;
  });

/** Measures a relay with 200,000 events in ten channels. Each channel has `count` Zaps. */
const filled = (bench: Bench, count: number, measure: (system: System) => Promise<number>): Promise<number> =>
  on(bench, repeat(10, zaps(count)), async (system) => {
    await fill(system, 10, 20_000);
    await arrived(bench, 200_000 * count);
    // Wait until the results of the last deliveries are saved.
    await sleep(2_000);
    return measure(system);
  });

export const ROWS: Readonly<Record<string, (bench: Bench) => Promise<void> | void>> = {
  ingest: async (bench) => {
    await ingest(bench, 'no Zap selects them', [], 25);
    const actions = ['A', 'B', 'C', 'D', 'E'].flatMap((action) => zaps(1, 'zap', action));
    await ingest(bench, 'one of five Zaps selects each', actions, 20);
  },

  backlog: async (bench) => {
    await backlog(bench, '1 channel with 5 Zaps', [zaps(5, 'held')]);
    await backlog(bench, '10 channels with 50 Zaps', repeat(10, zaps(5, 'held')));
  },

  arrival: async (bench) => {
    const few = await arrivalTimes(bench, 1, 5, Math.max(20, bench.seconds));
    bench.report('sending to arrival, 5 events/s, median', quantile(few, 0.5), 'ms', 0, 10);
    bench.report('sending to arrival, 5 events/s, 99th percentile', quantile(few, 0.99), 'ms', 0, 25);
    const many = await arrivalTimes(bench, 5, 500, bench.seconds);
    bench.report('sending to arrival, 500 events/s to 5 Zaps, 99th percentile', quantile(many, 0.99), 'ms', 0, 60);
  },

  /** The Zaps in channels 1 to 4 hang. One healthy Zap is in channel 0, and another healthy Zap is in channel 1. */
  hanging: (bench) => {
    const hanging = zaps(150, 'hang', 'HANG');
    return on(bench, [zaps(1), [...hanging, ...zaps(1)], hanging, hanging, hanging], async (system) => {
      for (const channel of [1, 2, 3, 4]) await post(system.hookUrl(channel), eventBody('HANG'));
      await arrived(bench, 600);
      const sent = await Promise.all([0, 1].map((channel) => send(bench, system.hookUrl(channel), 5, bench.seconds)));
      await arrived(bench, 600 + sent.flat().length);
      const latest = Math.max(...bench.targets.latencies);
      bench.report('latest arrival beside 600 hanging Zaps, in and outside their channels', latest, 'ms', 0, 1000);
    });
  },

  /** The response time of 200 ms allows 5 deliveries per second. */
  slow: (bench) =>
    on(bench, repeat(2, zaps(150, 'slow')), async (system) => {
      await fill(system, 2, 5 * (bench.seconds + 10));
      await sleep(2_000);
      bench.targets.reset();
      await sleep(bench.seconds * 1000);
      const slowest = Math.min(...bench.targets.paths.values()) / bench.seconds;
      bench.report('deliveries to the slowest of 300 Zaps that take 200 ms', slowest, '/s', 4.75);
    }),

  restart: (bench) =>
    on(bench, [zaps(5)], async (system) => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await send(bench, system.hookUrl(), 200, 1);
        times.push(await durationOf(async () => system.startRelay(await system.endRelay('SIGKILL'))));
        await closeConnections();
      }
      bench.report('SIGKILL to serving again, longest of 5', Math.max(...times), 'ms', 0, 1000);
    }),

  /** Kills the process that serves the channel. A process that was started later takes over. */
  takeOver: async (bench) => {
    // SQLite allows only one process.
    if (bench.database === 'sqlite') return;
    await on(bench, [zaps(1)], async (system) => {
      await post(system.hookUrl());
      await arrived(bench, 1);
      await system.startRelay();
      const milliseconds = await durationOf(async () => {
        await system.endRelay('SIGKILL');
        await post(system.hookUrl());
        await arrived(bench, 2);
      });
      bench.report('SIGKILL to delivering in a second process', milliseconds / 1000, 's', 0, 8);
    });
  },

  largeBodies: (bench) =>
    on(bench, repeat(5, []), async (system) => {
      let isSending = true;
      const sending = [1, 2, 3, 4].map(async (channel) => {
        const body = Buffer.from(`{"text": "${randomText(10_000_000)}", "events": [{"action": "A"}]}`);
        while (isSending) {
          // Change only 20 characters, because creating 10 MB of new random text would take this process a long time.
          body.write(randomText(20), '{"text": "'.length);
          // The relay can refuse a body while it processes other bodies.
          await post(system.hookUrl(channel), body).catch(() => sleep(100));
        }
      });
      const times = await send(bench, system.hookUrl(), 50, bench.seconds);
      isSending = false;
      await Promise.all(sending);
      bench.report('response while 4 × 10 MB arrive, 99th percentile', quantile(times, 0.99), 'ms', 0, 100);
    }),

  console: async (bench) => {
    const bytes = await filled(bench, 0, (system) => system.finalBytes());
    const bytesWithSends = await filled(bench, 5, async (system) => {
      const token = randomBytes(32).toString('base64url');
      const link = { access_token_hash: hashOfAccessToken(token), keys: [], verdict: null };
      await system.call(0, 'POST', LINKS_PATH, link);
      const times: number[] = [];
      // The search for failed events finds nothing.
      for (const path of [CONSOLE_OVERVIEW_PATH, CONSOLE_EVENTS_PATH, `${CONSOLE_EVENTS_PATH}?outcome=failed`]) {
        times.push(await durationOf(() => system.call(0, 'GET', path, undefined, token)));
      }
      bench.report('console list and counts, 100,000 of 1,000,000 deliveries', Math.max(...times), 'ms', 0, 200);
      return system.finalBytes();
    });
    const perSend = (bytesWithSends - bytes) / 1_000_000;
    bench.report('database space per delivery in addition to its event', perSend, 'bytes', 0, 150);
  },

  memory: ({ report, peakMb }) => {
    report('peak memory of a relay in these measurements', peakMb, 'MB', 0, 250);
  },
};
