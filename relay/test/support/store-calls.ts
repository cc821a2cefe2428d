import { beforeEach } from '@jest/globals';

import type { DispatcherBed } from './dispatcher-bed.ts';

const METHODS = ['claim', 'claimed', 'dueInMs', 'giveBack', 'heartbeat'] as const;

/**
 * Records the calls that a dispatcher makes to claim channels, to keep them and to give them back, in each test of a
 * file.
 */
export class StoreCalls {
  /** The times at which the dispatcher called each method of the store. */
  times: Record<(typeof METHODS)[number], number[]> = this.#none();
  readonly #bed: DispatcherBed;

  constructor(bed: DispatcherBed) {
    this.#bed = bed;
    beforeEach(() => {
      this.times = this.#none();
      const { store } = bed;
      for (const method of METHODS) {
        const original = store[method].bind(store) as (...args: unknown[]) => unknown;
        const counted = (...args: unknown[]) => {
          this.times[method].push(bed.clock.now());
          return original(...args);
        };
        Object.assign(store, { [method]: counted });
      }
    });
  }

  /** Returns the number of calls of each method during a number of milliseconds. */
  async during(milliseconds: number): Promise<Record<string, number>> {
    this.times = this.#none();
    await this.#bed.clock.advance(milliseconds);
    return Object.fromEntries(METHODS.map((method) => [method, this.times[method].length]));
  }

  #none(): Record<(typeof METHODS)[number], number[]> {
    return { claim: [], claimed: [], dueInMs: [], giveBack: [], heartbeat: [] };
  }
}
