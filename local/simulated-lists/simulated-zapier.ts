/**
 * A simulation of Zapier with Zaps that are on. The simulation polls the Zaps, provides a cache, and drops records
 * whose ids have been returned before.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { FlatRecord } from '../../src/record/record.ts';
import { toScalar } from '../../wire/json.ts';
import { polledTriggers } from '../../triggers/index.ts';
import type { SimulatedZap } from './polled-list.ts';
import type { Interval } from './simulated-time.ts';
import type { SimulatedTutorCruncher } from './simulated-tutorcruncher.ts';

/** A run of a Zap. */
export interface PlayedRun {
  readonly id: string;
  readonly at: number;
  readonly record: FlatRecord;
}

/** An error of a poll. */
export interface PlayedError {
  readonly at: number;
  readonly message: string;
}

/** The behaviour of the simulated Zapier. */
export interface ZapierBehaviour {
  /** The times at which the cache loses all entries. */
  readonly forgetting?: readonly number[];
  /** Interval at which the cache loses all entries, in milliseconds. */
  readonly forgetsEveryMs?: number;
  /** True if entries of the cache expire. Polls then also read the branch again, which requires more requests. */
  readonly expires?: boolean;
  /** The operations that the cache refuses once the Zaps are on; default: none. */
  readonly refuses?: 'everything' | 'writes';
  /** Duration of an operation of the cache, in milliseconds; default: 0. */
  readonly cacheMs?: number;
  /** True if Zapier does not state the ids of Zaps. */
  readonly hidesZapIds?: boolean;
  /**
   * Number of polls per failed poll. A poll fails because TutorCruncher responds to at most three of the poll's
   * requests.
   */
  readonly pollsPerFailure?: number;
  /** Number of poll results per result that is lost on the way to Zapier, although the poll ended in time. */
  readonly resultsPerLoss?: number;
  /** True if each Zap is polled twice at the same time. */
  readonly pollsTwice?: boolean;
}

/** Maximum time that Zapier waits for the result of a poll, in milliseconds. */
const MAX_POLL_MS = 30_000;

/** Matches the messages of Zaps that do not run at the moment, except messages about missed records. */
const NOT_RUNNING =
  /have used the requests of this minute|has not been able to look for new|lists too many records|Zapier does not say which Zap|Zapier's cache does not respond/;
/** The start of messages about lost notes, after which the Zap reads all records again. */
const RECOVERY = 'Zapier has lost what this Zap remembered, so the next polls read';
/** Matches messages of polls that fail because TutorCruncher does not respond. Such a poll loses no record. */
export const FAILED =
  /^TutorCruncher could not be reached\.|^TutorCruncher did not respond within|^TutorCruncher responded too slowly/;

/**
 * Returns the number of records that, according to an error, the Zap has missed or perhaps missed; Infinity if the
 * error does not state the number, and 0 if the error is not about missed records.
 */
function missedIn(message: string): number {
  const [, count] = /has (?:not )?run for (an unknown number of|[\d,]+) /.exec(message) ?? [];
  if (count === undefined) return 0;
  return count.startsWith('an') ? Infinity : Number(count.replace(',', ''));
}

/** The simulated Zapier. */
export class SimulatedZapier {
  readonly runs: Map<string, PlayedRun[]>;
  /** The number of polls of each Zap that failed because TutorCruncher did not respond. */
  readonly failedPolls = new Map<string, number>();
  /** The number of missed records that the errors of each Zap have reported. */
  readonly reportedMisses = new Map<string, number>();
  /** All messages about missed records, and about Zaps that do not run at the moment. */
  readonly messages: string[] = [];
  /** The number of messages about lost notes. */
  recoveries = 0;
  /** All errors of each Zap. */
  readonly errors = new Map<string, PlayedError[]>();
  /** The ids of the records in results that did not reach Zapier, keyed by Zap. */
  readonly lost = new Map<string, Set<string>>();
  readonly #tutorCruncher: SimulatedTutorCruncher;
  readonly #behaviour: ZapierBehaviour;
  /** The texts of the entries, and the times at which they expire. */
  readonly #cache = new Map<string, { readonly text: string; readonly until: number }>();
  readonly #zaps: readonly SimulatedZap[];
  readonly #seen: Map<string, Set<unknown>>;
  #operations = 0;
  #polls = 0;
  #results = 0;
  #areZapsOn = false;

  constructor(tutorCruncher: SimulatedTutorCruncher, zaps: readonly SimulatedZap[], behaviour: ZapierBehaviour = {}) {
    this.#tutorCruncher = tutorCruncher;
    this.#behaviour = behaviour;
    this.#zaps = zaps;
    this.runs = new Map(zaps.map(({ id }) => [id, []]));
    this.#seen = new Map(zaps.map(({ id }) => [id, new Set()]));
  }

  #z(): ZObject {
    const cache = this.#cache;
    const { cacheMs = 0, refuses } = this.#behaviour;
    // Every 97th operation of the cache fails.
    const cached = async <T>(operation: () => T, isWrite = true): Promise<T> => {
      if (cacheMs > 0) await this.#tutorCruncher.wait(cacheMs);
      const isRefused = this.#areZapsOn && (refuses === 'everything' || (refuses === 'writes' && isWrite));
      if (++this.#operations % 97 === 0 || isRefused) throw new Error('cache');
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
      request: ({ url, timeout }: { url: string; timeout?: number }) =>
        this.#tutorCruncher.respond(new URL(url), timeout),
      cache: {
        get: (key: string) => cached(() => JSON.parse(textOf(key) ?? 'null') as unknown, false),
        set,
        delete: (key: string) => cached(() => cache.delete(key)),
      },
      errors: { Error },
      dehydrateFile: () => 'a reference to a file',
    };
    return z as unknown as ZObject;
  }

  #fail(zap: string, error: unknown): void {
    const message = error instanceof Error ? error.message : '';
    const missed = missedIn(message);
    if (missed > 0 || NOT_RUNNING.test(message)) {
      this.messages.push(message);
      this.reportedMisses.set(zap, (this.reportedMisses.get(zap) ?? 0) + missed);
    } else if (message.startsWith(RECOVERY)) {
      this.recoveries++;
    } else if (FAILED.test(message)) {
      this.failedPolls.set(zap, (this.failedPolls.get(zap) ?? 0) + 1);
    } else {
      throw error;
    }
    this.errors.set(zap, [...(this.errors.get(zap) ?? []), { at: this.#tutorCruncher.now, message }]);
  }

  /** Returns true if a result is lost on its way to Zapier. @param at - the start of the poll */
  #isLost(at: number, isPopulatingDedupe: boolean): boolean {
    if (isPopulatingDedupe) return false;
    return (
      this.#tutorCruncher.now - at > MAX_POLL_MS || ++this.#results % (this.#behaviour.resultsPerLoss ?? Infinity) === 0
    );
  }

  async #poll({ id, trigger, inputData }: SimulatedZap, isPopulatingDedupe: boolean): Promise<void> {
    const polled = polledTriggers.find(({ definition }) => definition.key === trigger);
    if (!polled) throw new Error(`There is no polled trigger with the key ${trigger}.`);
    const meta = this.#behaviour.hidesZapIds ? { isPopulatingDedupe } : { isPopulatingDedupe, zap: { id } };
    const bundle = {
      authData: { private_key: 'a-private-key-of-nobody-0123456789abcdef' },
      inputData: { ...inputData, time_zone: 'Europe/London' },
      meta,
    };
    const at = this.#tutorCruncher.now;
    const isFailing = !isPopulatingDedupe && ++this.#polls % (this.#behaviour.pollsPerFailure ?? Infinity) === 0;
    this.#tutorCruncher.requestsLeft = isFailing ? this.#polls % 4 : Infinity;
    const { perform } = polled.definition.operation;
    const records = await perform(this.#z(), bundle as unknown as Bundle).catch((error: unknown) => {
      this.#fail(id, error);
      return [];
    });
    if (this.#isLost(at, isPopulatingDedupe)) {
      const lost = this.lost.get(id) ?? new Set();
      for (const record of records) lost.add(String(toScalar(record.id)));
      this.lost.set(id, lost);
      return;
    }
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

  get #isSlow(): boolean {
    return (this.#behaviour.cacheMs ?? 0) > 0 || this.#tutorCruncher.slowMs !== null;
  }

  /** Simulates a period. @param interval - milliseconds between two polls of a Zap */
  async play({ from, to }: Interval, interval: number): Promise<void> {
    const { forgetting = [], forgetsEveryMs = Infinity, pollsTwice = false } = this.#behaviour;
    let forgottenAt = from;
    for (let now = from; now < to; now += interval) {
      if (now - forgottenAt >= forgetsEveryMs) {
        forgottenAt = now;
        this.#cache.clear();
      }
      this.#tutorCruncher.now = now;
      for (const zap of this.#zaps) {
        // Slow polls begin at the same moment. Other polls follow each other, so that lists change between them.
        if (this.#isSlow) this.#tutorCruncher.now = now;
        const polls = pollsTwice && now > from ? 2 : 1;
        await Promise.all(Array.from({ length: polls }, () => this.#poll(zap, now === from)));
      }
      this.#areZapsOn = true;
      if (forgetting.some((moment) => moment >= now && moment < now + interval)) {
        this.#cache.clear();
      }
    }
  }
}
