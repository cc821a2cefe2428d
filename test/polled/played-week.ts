/**
 * A thread that plays the simulated week. It runs in a thread of its own because the code of the app runs twice as fast
 * outside Jest's sandbox.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { FlatRecord } from '../../src/record/record.ts';
import { polledTriggers } from '../../triggers/index.ts';
import { ALL_ZAPS, FORGETTING, LONG_ZAP, type Interval, type SimulatedZap } from './expected-runs.ts';
import { MINUTE, SEED, simulatedLessons } from './simulated-lessons.ts';
import { SimulatedTutorCruncher } from './simulated-tutorcruncher.ts';

/** The time to play, in milliseconds since 1970. */
export interface Week extends Interval {
  /** Minutes between two polls of a Zap. */
  readonly minutes: number;
  readonly zapIds: readonly string[];
}

/** The result of a week. The maps have an entry for each Zap. */
export interface PlayedWeek {
  readonly runs: ReadonlyMap<string, readonly FlatRecord[]>;
  readonly failedPolls: ReadonlyMap<string, number>;
  readonly requests: ReadonlyMap<string, number>;
  readonly mostRequestsPerMinute: number;
}

/** Zapier with the Zaps that are on: it drops records whose ids it knows. */
class SimulatedZapier {
  readonly tutorCruncher = new SimulatedTutorCruncher(simulatedLessons(SEED));
  readonly cache = new Map<string, string>();
  readonly runs: Map<string, FlatRecord[]>;
  readonly failedPolls = new Map<string, number>();
  readonly #zaps: readonly SimulatedZap[];
  readonly #seen: Map<string, Set<unknown>>;
  #operations = 0;

  constructor(zaps: readonly SimulatedZap[]) {
    this.#zaps = zaps;
    this.runs = new Map(zaps.map(({ id }) => [id, []]));
    this.#seen = new Map(zaps.map(({ id }) => [id, new Set()]));
  }

  #z(zap: string): ZObject {
    const { tutorCruncher, cache } = this;
    // Some operations of the cache fail.
    const cached = async <T>(operation: () => T): Promise<T> => {
      if (++this.#operations % 97 === 0) throw new Error('cache');
      return Promise.resolve().then(operation);
    };
    const z = {
      request: ({ url }: { url: string }) => Promise.resolve().then(() => tutorCruncher.respond(new URL(url), zap)),
      cache: {
        get: (key: string) => cached(() => JSON.parse(cache.get(key) ?? 'null') as unknown),
        set: (key: string, value: unknown) => cached(() => Boolean(cache.set(key, JSON.stringify(value)))),
      },
      errors: { Error },
      dehydrateFile: () => 'a reference to a file',
    };
    return z as unknown as ZObject;
  }

  async #poll({ id, trigger, inputData }: SimulatedZap, isPopulatingDedupe = false): Promise<void> {
    const polled = polledTriggers.find(({ definition }) => definition.key === trigger);
    const bundle = {
      ...{ authData: { private_key: 'a-private-key-of-nobody-0123456789abcdef' } },
      ...{ inputData: { ...inputData, time_zone: 'Europe/London' }, meta: { isPopulatingDedupe, zap: { id } } },
    };
    const records = await polled?.definition.operation
      .perform(this.#z(id), bundle as unknown as Bundle)
      .catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('TutorCruncher could not be reached.')) throw error;
        this.failedPolls.set(id, (this.failedPolls.get(id) ?? 0) + 1);
        return [];
      });
    const seen = this.#seen.get(id);
    const ids = (records ?? []).map((record) => record.id);
    if (new Set(ids).size !== ids.length) throw new Error(`A poll of ${trigger} returned an id twice.`);
    for (const record of records ?? []) {
      if (!isPopulatingDedupe && !seen?.has(record.id)) this.runs.get(id)?.push(record);
      seen?.add(record.id);
    }
  }

  /** Plays a time. @param interval - milliseconds between two polls of a Zap */
  async play({ from, to }: Interval, interval: number): Promise<void> {
    for (let now = from; now < to; now += interval) {
      this.tutorCruncher.now = now;
      for (const zap of this.#zaps) {
        await this.#poll(zap, now === from);
      }
      if (FORGETTING.some((moment) => moment >= now && moment < now + interval)) {
        for (const key of this.cache.keys()) if (!key.includes(`_${LONG_ZAP.id}_`)) this.cache.delete(key);
      }
    }
  }
}

const week = workerData as Week;
const zapier = new SimulatedZapier(ALL_ZAPS.filter(({ id }) => week.zapIds.includes(id)));
Date.now = () => zapier.tutorCruncher.now;
await zapier.play(week, week.minutes * MINUTE);
const { runs, failedPolls, tutorCruncher } = zapier;
const result: PlayedWeek = {
  ...{ runs, failedPolls, requests: tutorCruncher.perZap },
  mostRequestsPerMinute: Math.max(...tutorCruncher.perMinute.values()),
};
parentPort?.postMessage(result);
