/**
 * Rations the 100 requests a minute that TutorCruncher accepts from all steps of a branch. Zapier runs the polls of a
 * connection in the same minute, each in a separate process. The requests of a minute are divided into portions. A
 * portion is an entry in Zapier's cache that only one run can create (`nx`): see `zapier.cache-nx` in docs/zapier.md.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { cacheKey } from './cache.ts';

/** The part of a minute's requests that steps of one kind share. */
export interface Share {
  /** Prefix of the names of the entries in the cache. */
  readonly name: string;
  /** Number of portions in a minute. */
  readonly portions: number;
  /** Number of requests that a run can send if the cache does not respond. */
  readonly withoutCache: number;
}

/** Number of requests in a portion. Portions are small, so that a poll leaves few of its requests unused. */
const PORTION = 2;
/**
 * The share of polls: 68 requests in a minute. Requests for the branch are not counted. Other steps use the remaining
 * requests.
 */
const POLLS: Share = { name: 'polls', portions: 34, withoutCache: 0 };
const TTL_SECONDS = 300;
/** Number of failed attempts to create an entry after which the cache is considered unavailable. */
const MAX_FAILURES = 3;

/** Thrown if too few of the minute's requests are left to read rows. The next poll reads these rows. */
export class NoRequestsLeft extends Error {}

/** The requests that one poll, or one search for many records, reserves and sends. */
export class Ration {
  spent = 0;
  readonly #z: ZObject;
  readonly #bundle: Bundle;
  readonly #minute: number;
  readonly #first: number;
  #tried = 0;
  readonly #share: Share;
  /** The indexes of the portions that this run has taken. */
  #taken: number[] = [];
  #left = 0;
  #failures = 0;
  #hasCache = true;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(z: ZObject, bundle: Bundle, now: number, share = POLLS) {
    this.#z = z;
    this.#bundle = bundle;
    this.#minute = Math.floor(now / 60_000);
    // Runs start at different portions, so that they rarely try the same portion.
    this.#first = now % share.portions;
    this.#share = share;
  }

  #keyOf(index: number): string {
    const { name, portions } = this.#share;
    return cacheKey(this.#bundle, `${name}_${this.#minute}_${(this.#first + index) % portions}`);
  }

  async #takePortion(index: number): Promise<boolean> {
    try {
      return (await this.#z.cache.set(this.#keyOf(index), 1, TTL_SECONDS, undefined, true)) === true;
    } catch {
      this.#failures++;
      return false;
    }
  }

  /**
   * Returns true if every attempt to create an entry has failed, or if this run could not take any portion although the
   * cache contains no entry for the first portion.
   */
  async #isCacheDown(): Promise<boolean> {
    if (this.#failures >= MAX_FAILURES && this.#failures === this.#tried) return true;
    if (this.#taken.length > 0 || this.#tried < this.#share.portions) return false;
    const isKept = async (): Promise<boolean> =>
      (await this.#z.cache.get(this.#keyOf(0)).catch(() => 'unknown')) !== null;
    if (await isKept()) return false;
    // Another poll might just have returned the portion.
    await this.#takePortion(0);
    return !(await isKept());
  }

  /** Takes portions until there are enough requests. Returns the number of requests, at most `count`. */
  reserve(count: number): Promise<number> {
    // Concurrent calls run one after another, because a call would skip the portions that another call is trying to
    // take.
    const turn = this.#turn.then(() => this.#reserve(count));
    this.#turn = turn;
    return turn;
  }

  async #reserve(count: number): Promise<number> {
    const { portions, withoutCache } = this.#share;
    while (this.#hasCache && this.#left < count && this.#tried < portions) {
      const wanted = Math.min(Math.ceil((count - this.#left) / PORTION), portions - this.#tried);
      const indexes = Array.from({ length: wanted }, (_, offset) => this.#tried + offset);
      this.#tried += wanted;
      const areTaken = await Promise.all(indexes.map((index) => this.#takePortion(index)));
      const taken = indexes.filter((_, offset) => areTaken[offset]);
      this.#taken.push(...taken);
      this.#left += PORTION * taken.length;
      if (await this.#isCacheDown()) {
        this.#hasCache = false;
        this.#left = withoutCache;
      }
    }
    return Math.min(count, this.#left);
  }

  /**
   * Returns unused portions, so that other polls can use the requests. A poll that has too few requests for its list
   * also returns its portions.
   */
  async release(): Promise<void> {
    if (!this.#hasCache || this.#left < PORTION) return;
    const unused = this.#taken.splice(-Math.floor(this.#left / PORTION));
    this.#left -= PORTION * unused.length;
    await Promise.all(unused.map((index) => this.#z.cache.delete(this.#keyOf(index)).catch(() => false)));
  }

  /** Counts reserved requests as sent. */
  spendReserved(count: number): void {
    this.spent += count;
    this.#left -= count;
  }

  /**
   * Counts requests as sent. If necessary, takes further portions first.
   *
   * @throws {NoRequestsLeft} if too few requests are left in the minute
   */
  readonly spend = async (count = 1): Promise<void> => {
    // Another call of this poll might have spent the reserved requests.
    while (this.#left < count && (await this.reserve(count)) === count);
    if (this.#left < count) throw new NoRequestsLeft();
    this.spendReserved(count);
  };
}
