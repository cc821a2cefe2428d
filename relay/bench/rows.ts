/** The rows of the bench. Each starts a system, puts load on it and returns figures. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_EVENTS_PATH, CONSOLE_OVERVIEW_PATH, LINKS_PATH } from '../../wire/console-api.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { randomText } from '../harness/random-text.ts';
import { until } from '../harness/until.ts';
import { eventBody, fill, post, quantile, saturate, sendAtRate } from './load.ts';
import { System, type SystemName, type ZapsOfChannel } from './systems.ts';
import { sharedNow, type Targets } from './targets.ts';

/** A measured figure with the limit that it must keep. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A row runs on one system at a time. */
export class Rows {
  readonly #name: SystemName;
  readonly #cluster: Cluster;
  readonly #targets: Targets;
  readonly #seconds: number;
  /** Peak memory of all relays so far, in MiB. */
  peakMb = 0;

  /** @param seconds - duration of a load */
  constructor(name: SystemName, cluster: Cluster, targets: Targets, seconds: number) {
    this.#name = name;
    this.#cluster = cluster;
    this.#targets = targets;
    this.#seconds = seconds;
  }

  async #with<T>(
    channels: readonly ZapsOfChannel[],
    measure: (system: System) => Promise<T>,
    processes = 1,
  ): Promise<T> {
    const system = await System.start(this.#name, this.#cluster, this.#targets, channels, processes);
    try {
      const result = await measure(system);
      if (system.relays.length > 0) this.peakMb = Math.max(this.peakMb, system.peakMb);
      return result;
    } finally {
      await system.stop();
    }
  }

  /** Waits until the targets have received a number of requests. Returns the time of the last one. */
  async #arrived(count: number): Promise<number> {
    await until(async () => (await this.#targets.report()).count >= count, 300_000);
    return (await this.#targets.report()).lastAt;
  }

  /** Events stored per second on 32 connections, measured in turn with a route that stores nothing. */
  async #ingest(name: string, zaps: ZapsOfChannel, atLeast: number): Promise<Figure[]> {
    const [own, ceiling]: number[][] = [[], []];
    const noOp = await System.start('no-op', this.#cluster, this.#targets, []);
    await this.#with([zaps], async (system) => {
      for (let turn = 0; turn < 3; turn++) {
        ceiling?.push(await saturate(noOp.hookUrl(0), this.#seconds / 3));
        own?.push(await saturate(system.hookUrl(0), this.#seconds / 3));
      }
    });
    await noOp.stop();
    const [perSecond, most] = [quantile(own ?? [], 0.5), quantile(ceiling ?? [], 0.5)];
    return [
      { name: `${name}, per second`, value: perSecond, unit: '' },
      { name: `${name}, share of a route that stores nothing`, value: (100 * perSecond) / most, unit: '%', atLeast },
    ];
  }

  ingest = (): Promise<Figure[]> => this.#ingest('events stored, no Zap wants them', { zaps: 0 }, 25);

  serving = (): Promise<Figure[]> =>
    this.#ingest('events stored, one of five Zaps wants each', { zaps: 5, actionOf: (zap) => 'ABCDE'.charAt(zap) }, 20);

  /** Deliveries per second from a backlog that has built up while the first delivery to each Zap was hanging. */
  async #backlog(channels: number): Promise<Figure> {
    const [deliveries, zaps] = [50_000, 5];
    const setup = Array.from({ length: channels }, () => ({ zaps, behaviour: 'held' as const }));
    return this.#with(setup, async (system) => {
      for (const channel of setup.keys()) await fill(system.hookUrl(channel), deliveries / zaps / channels);
      const start = await this.#targets.release();
      const end = await this.#arrived(deliveries);
      const name = `deliveries per second from a backlog, ${channels} channels with ${channels * zaps} Zaps`;
      return { name, value: (deliveries * 1000) / (end - start), unit: '', atLeast: 10_000 };
    });
  }

  backlog = async (): Promise<Figure[]> => [await this.#backlog(1), await this.#backlog(10)];

  /** Milliseconds from sending to arrival. */
  async #arrivalTimes(zaps: number, perSecond: number, seconds: number): Promise<readonly number[]> {
    return this.#with([{ zaps }], async (system) => {
      await sendAtRate(system.hookUrl(0), perSecond, 2);
      await this.#arrived(2 * perSecond * zaps);
      await this.#targets.reset();
      await sendAtRate(system.hookUrl(0), perSecond, seconds);
      await this.#arrived(perSecond * seconds * zaps);
      return (await this.#targets.report()).latencies;
    });
  }

  arrival = async (): Promise<Figure[]> => {
    const few = await this.#arrivalTimes(1, 5, Math.max(20, this.#seconds));
    return [
      { name: 'arrival at 5 events/s, median', value: quantile(few, 0.5), unit: 'ms', atMost: 10 },
      { name: 'arrival at 5 events/s, 99th percentile', value: quantile(few, 0.99), unit: 'ms', atMost: 25 },
    ];
  };

  busyArrival = async (): Promise<Figure[]> => {
    const many = await this.#arrivalTimes(5, 500, this.#seconds);
    const name = 'arrival at 500 events/s to 5 Zaps, 99th percentile';
    return [{ name, value: quantile(many, 0.99), unit: 'ms', atMost: 60 }];
  };

  /** Lateness of a healthy Zap beside 600 hanging Zaps, in a channel of its own and in one of the hanging channels. */
  hanging = async (): Promise<Figure[]> => {
    const hanging: ZapsOfChannel = { zaps: 150, behaviour: 'hang', actionOf: () => 'HANG' };
    return this.#with([{ zaps: 1 }, hanging, hanging, hanging, hanging], async (system) => {
      await system.subscribe(1, { zaps: 1 });
      for (const channel of [1, 2, 3, 4, 1, 2, 3, 4]) await post(system.hookUrl(channel), eventBody('HANG'));
      await this.#arrived(600);
      const figures: Figure[] = [];
      for (const [channel, where] of ['600 hanging ones of other channels', '150 of them in its channel'].entries()) {
        await this.#targets.reset();
        await sendAtRate(system.hookUrl(channel), 5, this.#seconds);
        await until(async () => (await this.#targets.report()).latencies.length >= 5 * this.#seconds);
        const { latencies } = await this.#targets.report();
        const name = `latest arrival at a healthy Zap beside ${where}`;
        figures.push({ name, value: Math.max(...latencies), unit: 'ms', atMost: 1000 });
      }
      return figures;
    });
  };

  /** The slowest of 300 Zaps whose targets take 200 ms, so that 5 deliveries per second are possible. */
  slow = async (): Promise<Figure[]> => {
    const channel = { zaps: 150, behaviour: 'slow' as const };
    return this.#with([channel, channel], async (system) => {
      for (const number of [0, 1]) await fill(system.hookUrl(number), 5 * (this.#seconds + 4));
      await sleep(2_000);
      await this.#targets.reset();
      const start = sharedNow();
      await sleep(this.#seconds * 1000);
      const { paths } = await this.#targets.report();
      const value = (Math.min(...paths.values()) * 1000) / (sharedNow() - start);
      return [{ name: 'deliveries per second to the slowest of 300 Zaps', value, unit: '', atLeast: 4.75 }];
    });
  };

  /** Time from SIGKILL to serving again, under load. */
  restart = async (): Promise<Figure[]> =>
    this.#with([{ zaps: 5 }], async (system) => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await sendAtRate(system.hookUrl(0), 200, 1);
        const [relay] = system.relays;
        const start = performance.now();
        await relay?.kill('SIGKILL');
        system.relays = [await system.startRelay(Number(new URL(relay?.url ?? '').port))];
        times.push(performance.now() - start);
      }
      return [
        { name: 'from SIGKILL to serving again, longest of 5', value: Math.max(...times), unit: 'ms', atMost: 1000 },
      ];
    });

  /** Time from SIGKILL of the serving process until the other process delivers. Only PostgreSQL allows two processes. */
  takeOver = async (): Promise<Figure[]> => {
    if (this.#name !== 'postgres') return [];
    const measure = async (victim: number) =>
      this.#with(
        [{ zaps: 1 }],
        async (system) => {
          await sendAtRate(system.hookUrl(0), 20, 2);
          await this.#arrived(40);
          await system.relays[victim]?.kill('SIGKILL');
          const start = sharedNow();
          await post(system.hookUrl(0, 1 - victim));
          system.relays.splice(victim, 1);
          return (await this.#arrived(41)) - start;
        },
        2,
      );
    // One of the two processes was serving the channel.
    const value = Math.max(await measure(0), await measure(1)) / 1000;
    return [{ name: 'from SIGKILL to delivering in a second process', value, unit: 's', atMost: 8 }];
  };

  /** Response times of one channel while bodies of 10 MB arrive for four others. */
  largeBodies = async (): Promise<Figure[]> =>
    this.#with(
      Array.from({ length: 5 }, () => ({ zaps: 0 })),
      async (system) => {
        let isSending = true;
        const large = [1, 2, 3, 4].map(async (channel) => {
          while (isSending) {
            const body = `{"events": [{"action": "A", "text": "${randomText(10_000_000)}"}]}`;
            await post(system.hookUrl(channel), body).catch(() => sleep(100));
          }
        });
        const times = await sendAtRate(system.hookUrl(0), 50, this.#seconds);
        isSending = false;
        await Promise.all(large);
        const name = 'response time while 4 × 10 MB arrive, 99th percentile';
        return [{ name, value: quantile(times, 0.99), unit: 'ms', atMost: 100 }];
      },
    );

  /** Response times of the console, and the size of the database, with a million deliveries in ten channels. */
  console = async (): Promise<Figure[]> => {
    const [channels, zaps, events] = [10, 5, 20_000];
    const sizeWith = (count: number) =>
      this.#with(
        Array.from({ length: channels }, () => ({ zaps: count })),
        async (system) => {
          for (let channel = 0; channel < channels; channel++) await fill(system.hookUrl(channel), events);
          await this.#arrived(channels * events * count);
          // The last results are saved.
          await sleep(2_000);
          const times = count === 0 ? [] : await this.#consoleTimes(system);
          return { times, size: await system.finalSize() };
        },
      );
    const without = await sizeWith(0);
    const { times, size } = await sizeWith(zaps);
    const bytes = (size - without.size) / (channels * events * zaps);
    return [
      {
        name: 'console list and counts with 100,000 of 1,000,000 deliveries',
        value: Math.max(...times),
        unit: 'ms',
        atMost: 200,
      },
      { name: 'database size per delivery beside its event', value: bytes, unit: 'bytes', atMost: 150 },
    ];
  };

  /** Returns the response times of the overview, of the newest events and of a search that finds nothing. */
  async #consoleTimes(system: System): Promise<number[]> {
    const accessToken = randomBytes(32).toString('base64url');
    await system.call(0, 'POST', LINKS_PATH, {
      access_token_hash: hashOfAccessToken(accessToken),
      keys: [],
      verdict: null,
    });
    const times: number[] = [];
    for (const path of [CONSOLE_OVERVIEW_PATH, CONSOLE_EVENTS_PATH, `${CONSOLE_EVENTS_PATH}?outcome=failed`]) {
      const start = performance.now();
      const headers = { authorization: `Bearer ${accessToken}` };
      const response = await fetch(`${system.relays[0]?.url ?? ''}${path}`, { headers });
      if (!response.ok) throw new Error(`${path} returned ${response.status}.`);
      await response.arrayBuffer();
      times.push(performance.now() - start);
    }
    return times;
  }
}
