/** Zapier with Zaps that are on: it polls them, gives them a cache, and drops records whose ids it knows. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { FlatRecord } from '../../src/record/record.ts';
import { toScalar } from '../../wire/json.ts';
import { polledTriggers } from '../../triggers/index.ts';
import type { SimulatedZap } from '../../local/polled-lists/polled-list.ts';
import type { Interval } from '../../local/polled-lists/simulated-time.ts';
import type { SimulatedTutorCruncher } from './simulated-tutorcruncher.ts';

/** A run of a Zap. */
export interface PlayedRun {
  readonly id: string;
  readonly at: number;
  readonly record: FlatRecord;
}

/** The way in which Zapier behaves. */
export interface ZapierBehaviour {
  /** The moments at which the cache forgets everything. */
  readonly forgetting?: readonly number[];
  /** True if entries of the cache expire. Then, the branch is read again as well, which takes more requests. */
  readonly expires?: boolean;
  /** True if Zapier does not state the ids of Zaps. */
  readonly hidesZapIds?: boolean;
  /** One poll of this many fails: TutorCruncher responds to a few requests or none. */
  readonly pollsPerFailure?: number;
}

/** Matches the messages of polls that read nothing because there is too much to read. */
const TOO_MANY = /cannot read all of them in time|have used the requests of this minute/;
/** Matches the messages of polls that fail because the cache or a client does not respond. They lose nothing. */
const FAILED = /^TutorCruncher could not be reached\.|^Zapier's cache does not respond/;

/** Returns the number of records that an error says were missed, or may have been; 0 if it says nothing about them. */
const missedIn = (message: string): number =>
  Number(/has (?:not )?run for ([\d,]+) /.exec(message)?.[1]?.replace(',', '') ?? 0);

/** Zapier. */
export class SimulatedZapier {
  readonly runs: Map<string, PlayedRun[]>;
  /** The number of polls that failed because TutorCruncher did not respond. */
  readonly failedPolls = new Map<string, number>();
  /** The number of missed records that errors have told. */
  readonly told = new Map<string, number>();
  /** All messages about missed records, and about more records than a poll can read. */
  readonly messages: string[] = [];
  readonly #tutorCruncher: SimulatedTutorCruncher;
  readonly #behaviour: ZapierBehaviour;
  /** The texts of the entries, and the times at which they expire. */
  readonly #cache = new Map<string, { readonly text: string; readonly until: number }>();
  readonly #zaps: readonly SimulatedZap[];
  readonly #seen: Map<string, Set<unknown>>;
  #operations = 0;
  #polls = 0;

  constructor(tutorCruncher: SimulatedTutorCruncher, zaps: readonly SimulatedZap[], behaviour: ZapierBehaviour = {}) {
    this.#tutorCruncher = tutorCruncher;
    this.#behaviour = behaviour;
    this.#zaps = zaps;
    this.runs = new Map(zaps.map(({ id }) => [id, []]));
    this.#seen = new Map(zaps.map(({ id }) => [id, new Set()]));
  }

  #z(): ZObject {
    const cache = this.#cache;
    // Some operations of the cache fail.
    const cached = async <T>(operation: () => T): Promise<T> => {
      if (++this.#operations % 97 === 0) throw new Error('cache');
      return Promise.resolve().then(operation);
    };
    const textOf = (key: string): string | null => {
      const entry = cache.get(key);
      return entry && entry.until > this.#tutorCruncher.now ? entry.text : null;
    };
    const set = (key: string, value: unknown, ttl: number, _scope: unknown, nx = false) =>
      cached(() => {
        if (nx && textOf(key) !== null) return false;
        const until = this.#behaviour.expires ? this.#tutorCruncher.now + 1000 * ttl : Infinity;
        cache.set(key, { text: JSON.stringify(value), until });
        return true;
      });
    const z = {
      request: ({ url }: { url: string }) => Promise.resolve().then(() => this.#tutorCruncher.respond(new URL(url))),
      cache: { get: (key: string) => cached(() => JSON.parse(textOf(key) ?? 'null') as unknown), set },
      errors: { Error },
      dehydrateFile: () => 'a reference to a file',
    };
    return z as unknown as ZObject;
  }

  #fail(zap: string, error: unknown): void {
    const message = error instanceof Error ? error.message : '';
    const missed = missedIn(message);
    if (missed > 0 || TOO_MANY.test(message)) {
      this.messages.push(message);
      this.told.set(zap, (this.told.get(zap) ?? 0) + missed);
    } else if (FAILED.test(message)) {
      this.failedPolls.set(zap, (this.failedPolls.get(zap) ?? 0) + 1);
    } else {
      throw error;
    }
  }

  async #poll({ id, trigger, inputData }: SimulatedZap, isPopulatingDedupe: boolean): Promise<void> {
    const polled = polledTriggers.find(({ definition }) => definition.key === trigger);
    const meta = this.#behaviour.hidesZapIds ? { isPopulatingDedupe } : { isPopulatingDedupe, zap: { id } };
    const bundle = {
      authData: { private_key: 'a-private-key-of-nobody-0123456789abcdef' },
      inputData: { ...inputData, time_zone: 'Europe/London' },
      meta,
    };
    const at = this.#tutorCruncher.now;
    const isFailing = !isPopulatingDedupe && ++this.#polls % (this.#behaviour.pollsPerFailure ?? Infinity) === 0;
    this.#tutorCruncher.requestsLeft = isFailing ? this.#polls % 4 : Infinity;
    const perform = polled?.definition.operation.perform;
    const records =
      (await perform?.(this.#z(), bundle as unknown as Bundle).catch((error: unknown) => {
        this.#fail(id, error);
        return [];
      })) ?? [];
    const seen = this.#seen.get(id);
    const ids = records.map((record) => record.id);
    if (new Set(ids).size !== ids.length) throw new Error(`A poll of ${trigger} returned an id twice.`);
    const isNew = records.filter((record) => !seen?.has(record.id));
    if (!isPopulatingDedupe && isNew.length > 100)
      throw new Error(`A poll of ${trigger} returned more than 100 new ids.`);
    for (const record of isNew) {
      if (!isPopulatingDedupe) this.runs.get(id)?.push({ id: String(toScalar(record.id)), at, record });
      seen?.add(record.id);
    }
  }

  /** Plays a time. @param interval - milliseconds between two polls of a Zap */
  async play({ from, to }: Interval, interval: number): Promise<void> {
    const { forgetting = [] } = this.#behaviour;
    for (let now = from; now < to; now += interval) {
      this.#tutorCruncher.now = now;
      for (const zap of this.#zaps) await this.#poll(zap, now === from);
      if (forgetting.some((moment) => moment >= now && moment < now + interval)) {
        this.#cache.clear();
      }
    }
  }
}
