/** The rows of the bench. Each method starts a system, puts load on it, and returns the figures in the order of {@link ROWS}. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_EVENTS_PATH, CONSOLE_OVERVIEW_PATH, LINKS_PATH } from '../../wire/console-api.ts';
import type { Cluster } from '../harness/postgres-cluster.ts';
import { randomText } from '../harness/random-text.ts';
import { until } from '../harness/until.ts';
import { eventBody, post, quantile, saturate, sendAtRate } from './load.ts';
import { System, type BenchZap, type SystemName } from './system.ts';
import type { Targets } from './targets.ts';

const ARRIVAL_MS = 300_000;

const repeat = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const zaps = (count: number, kind: BenchZap['kind'] = 'zap', action = 'A'): BenchZap[] =>
  repeat(count, { kind, action });

export class Rows {
  /** Peak memory of all relays so far, in MiB. */
  peakMb = 0;
  readonly #name: SystemName;
  readonly #cluster: Cluster;
  readonly #targets: Targets;
  readonly #seconds: number;

  /** @param seconds - duration of a load */
  constructor(name: SystemName, cluster: Cluster, targets: Targets, seconds: number) {
    this.#name = name;
    this.#cluster = cluster;
    this.#targets = targets;
    this.#seconds = seconds;
  }

  async #on<T>(
    channels: readonly BenchZap[][],
    measure: (system: System) => Promise<T>,
    name = this.#name,
  ): Promise<T> {
    this.#targets.reset();
    const system = await System.start(name, this.#cluster, this.#targets.origin, channels);
    try {
      const result = await measure(system);
      this.peakMb = Math.max(this.peakMb, system.peakMb);
      return result;
    } finally {
      await system.stop();
    }
  }

  #arrived(count: number): Promise<void> {
    return until(() => this.#targets.count >= count, ARRIVAL_MS);
  }

  /** Medians of the rates with which a system and a route that stores nothing accept events, measured in turn. */
  #share(channel: BenchZap[]): Promise<number[]> {
    return this.#on([channel], (system) =>
      this.#on(
        [],
        async (noOp) => {
          const [own, most]: [number[], number[]] = [[], []];
          for (let turn = 0; turn < 4; turn++) {
            most.push(await saturate(noOp.hookUrl(), { duration: Math.ceil(this.#seconds / 3) }));
            own.push(await saturate(system.hookUrl(), { duration: Math.ceil(this.#seconds / 3) }));
          }
          // The first turn only warms up.
          const [ownRate, mostRate] = [quantile(own.slice(1), 0.5), quantile(most.slice(1), 0.5)];
          return [ownRate, (100 * ownRate) / mostRate];
        },
        'no-op',
      ),
    );
  }

  /** pg-boss adds an event to the queues of all Zaps when it stores it, so it needs queues even for this row. */
  ingest = (): Promise<number[]> => this.#share(this.#name === 'pg-boss' ? zaps(5) : []);

  serving = (): Promise<number[]> => this.#share(['A', 'B', 'C', 'D', 'E'].map((action) => ({ kind: 'zap', action })));

  /** A backlog builds up while the first delivery to each Zap hangs. */
  backlog = async (): Promise<number[]> => {
    const rates: number[] = [];
    const [deliveries, count] = [50_000, 5];
    for (const channels of [1, 10]) {
      await this.#on(repeat(channels, zaps(count, 'held')), async (system) => {
        this.#targets.hold();
        for (let channel = 0; channel < channels; channel++) {
          await saturate(system.hookUrl(channel), { amount: deliveries / count / channels });
        }
        const start = performance.now();
        this.#targets.release();
        await this.#arrived(deliveries);
        rates.push((deliveries * 1000) / (performance.now() - start));
      });
    }
    return rates;
  };

  /** Milliseconds from sending to arrival. */
  async #arrivalTimes(count: number, perSecond: number, seconds: number): Promise<number[]> {
    return this.#on([zaps(count)], async (system) => {
      for (const duration of [2, seconds]) {
        this.#targets.reset();
        await sendAtRate(system.hookUrl(), perSecond, duration);
        await this.#arrived(perSecond * duration * count);
      }
      return this.#targets.latencies;
    });
  }

  arrival = async (): Promise<number[]> => {
    const few = await this.#arrivalTimes(1, 5, Math.max(20, this.#seconds));
    const many = await this.#arrivalTimes(5, 500, this.#seconds);
    return [quantile(few, 0.5), quantile(few, 0.99), quantile(many, 0.99)];
  };

  /** Zaps in channels 1 to 4 hang. A healthy Zap is in channel 0, and another one in channel 1. */
  hanging = (): Promise<number[]> => {
    const hanging = zaps(150, 'hang', 'HANG');
    return this.#on([zaps(1), [...hanging, ...zaps(1)], hanging, hanging, hanging], async (system) => {
      for (const channel of [1, 2, 3, 4]) await post(system.hookUrl(channel), eventBody('HANG'));
      await this.#arrived(600);
      const latest: number[] = [];
      for (const channel of [0, 1]) {
        this.#targets.reset();
        const { length } = await sendAtRate(system.hookUrl(channel), 5, this.#seconds);
        await until(() => this.#targets.latencies.length >= length);
        latest.push(Math.max(...this.#targets.latencies));
      }
      return latest;
    });
  };

  /** With a response time of 200 ms, 5 deliveries per second are possible. */
  slow = (): Promise<number[]> =>
    this.#on(repeat(2, zaps(150, 'slow')), async (system) => {
      for (const channel of [0, 1]) await saturate(system.hookUrl(channel), { amount: 5 * (this.#seconds + 10) });
      await sleep(2_000);
      this.#targets.reset();
      await sleep(this.#seconds * 1000);
      return [Math.min(...this.#targets.paths.values()) / this.#seconds];
    });

  restart = (): Promise<number[]> =>
    this.#on([zaps(5)], async (system) => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await sendAtRate(system.hookUrl(), 200, 1);
        const [relay] = system.relays.splice(0);
        const start = performance.now();
        await relay?.kill('SIGKILL');
        await system.startRelay(Number(new URL(relay?.url ?? '').port));
        times.push(performance.now() - start);
      }
      return [Math.max(...times)];
    });

  /** One of the two processes serves the channel, so each is killed once. SQLite allows only one process. */
  takeOver = async (): Promise<number[]> => {
    const times: number[] = [];
    for (const victim of this.#name === 'postgres' ? [0, 1] : []) {
      await this.#on([zaps(1)], async (system) => {
        await system.startRelay();
        await sendAtRate(system.hookUrl(), 20, 2);
        await this.#arrived(40);
        const [relay] = system.relays.splice(victim, 1);
        const start = performance.now();
        await relay?.kill('SIGKILL');
        await post(system.hookUrl());
        await this.#arrived(41);
        times.push((performance.now() - start) / 1000);
      });
    }
    return times.length > 0 ? [Math.max(...times)] : [];
  };

  largeBodies = (): Promise<number[]> =>
    this.#on(repeat(5, []), async (system) => {
      let isSending = true;
      const sending = [1, 2, 3, 4].map(async (channel) => {
        while (isSending) {
          const body = `{"events": [{"action": "A", "text": "${randomText(10_000_000)}"}]}`;
          // The relay may refuse a body while it processes others.
          await post(system.hookUrl(channel), body).catch(() => sleep(100));
        }
      });
      const times = await sendAtRate(system.hookUrl(), 50, this.#seconds);
      isSending = false;
      await Promise.all(sending);
      return [quantile(times, 0.99)];
    });

  /** Fills ten channels with events, with or without five Zaps each. */
  #filled<T>(count: number, measure: (system: System) => Promise<T>): Promise<T> {
    const [channels, events] = [10, 20_000];
    return this.#on(repeat(channels, zaps(count)), async (system) => {
      for (let channel = 0; channel < channels; channel++) await saturate(system.hookUrl(channel), { amount: events });
      await this.#arrived(channels * events * count);
      // The results of the last deliveries are saved.
      await sleep(2_000);
      return measure(system);
    });
  }

  console = async (): Promise<number[]> => {
    const bytes = await this.#filled(0, (system) => system.finalBytes());
    return this.#filled(5, async (system) => {
      const times = await this.#consoleTimes(system);
      return [Math.max(...times), ((await system.finalBytes()) - bytes) / 1_000_000];
    });
  };

  /** Response times of the overview, of the newest events, and of a search that finds nothing. */
  async #consoleTimes(system: System): Promise<number[]> {
    const token = randomBytes(32).toString('base64url');
    const link = { access_token_hash: hashOfAccessToken(token), keys: [], verdict: null };
    await system.call(0, 'POST', LINKS_PATH, link);
    const times: number[] = [];
    for (const path of [CONSOLE_OVERVIEW_PATH, CONSOLE_EVENTS_PATH, `${CONSOLE_EVENTS_PATH}?outcome=failed`]) {
      const start = performance.now();
      const url = `${system.relays[0]?.url ?? ''}${path}`;
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path} returned ${response.status}.`);
      times.push(performance.now() - start);
    }
    return times;
  }

  memory = (): Promise<number[]> => Promise.resolve([this.peakMb]);
}
