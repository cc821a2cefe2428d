/** The claimant: the id under which a process holds its claims, and the heartbeat that keeps the claims alive. */

import { randomUUID } from 'node:crypto';

import type { Clock } from '../clock.ts';
import { HEARTBEAT_MS, type HeartbeatFailure } from '../store/outcomes/claims.ts';
import type { Store } from '../store/store.ts';

/** Interval of heartbeats, in milliseconds. */
export const BEAT_INTERVAL_MS = 1_000;

/** Holds the id under which a process claims channels, and renews its heartbeat. */
export class Claimant {
  readonly #store: Pick<Store, 'heartbeat'>;
  readonly #clock: Pick<Clock, 'now'>;
  #id: string = randomUUID();
  /** Time of the newest heartbeat under the current id, on the store's clock; null before the first heartbeat. */
  #beatAt: number | null = null;
  /** Time until which no other process can claim the channels of this process. */
  #aliveUntil = -Infinity;

  constructor(store: Pick<Store, 'heartbeat'>, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  get id(): string {
    return this.#id;
  }

  /** True while no other process can have claimed the channels of this process. */
  get isAlive(): boolean {
    return this.#clock.now() < this.#aliveUntil;
  }

  /** True if the heartbeat outlasts the interval until the next heartbeat. */
  get isFresh(): boolean {
    return this.#clock.now() <= this.#aliveUntil - HEARTBEAT_MS + BEAT_INTERVAL_MS;
  }

  /** Continues under a new id, which has no claims and no heartbeat. */
  renewId(): void {
    this.#id = randomUUID();
    this.#beatAt = null;
  }

  /**
   * Renews the heartbeat. If the heartbeat cannot be renewed, all claims have ended. Returns the reason; null if the
   * heartbeat was renewed.
   *
   * @throws if the store fails
   */
  async beat(): Promise<HeartbeatFailure | null> {
    const id = this.#id;
    const now = this.#clock.now();
    const beat = await this.#store.heartbeat(id, this.#beatAt);
    if (id !== this.#id) return null;
    if (typeof beat !== 'number') return beat;
    this.#beatAt = beat;
    // The lifetime of the heartbeat starts with the request, because the response can be delayed.
    this.#aliveUntil = now + HEARTBEAT_MS;
    return null;
  }
}
