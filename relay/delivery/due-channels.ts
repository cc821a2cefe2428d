/**
 * The channels that have work to do and are not served by this process: the time at which the next channel is due, the
 * notifications of changes, and the claims on due channels.
 */

import { WakeUpSignal, type Clock } from '../clock.ts';
import type { OnChange } from '../store/database/database.ts';
import type { ClaimedChannel, ServedChannel } from '../store/outcomes/claims.ts';
import type { Store } from '../store/store.ts';
import type { Claimant } from './claimant.ts';

const MAX_CLAIMS_AT_ONCE = 50;
/**
 * Maximum pause between two checks for due channels, in milliseconds. Changes made by other processes trigger no
 * notification.
 */
const MAX_CLAIM_INTERVAL_MS = 5_000;
/** Pause in milliseconds after an attempt to claim channels that claimed none although a channel was due. */
const MIN_CLAIM_INTERVAL_MS = 20;

/** A claimed channel, with its subscriptions if they were read together with the claim. */
export type Claimed = ClaimedChannel & Partial<ServedChannel>;

/** The kind of a change to a channel. */
type ChannelChange = Parameters<OnChange>[1];

interface DueChannelsParts {
  readonly store: Pick<Store, 'claim' | 'dueInMs'>;
  readonly clock: Clock;
  readonly claimant: Pick<Claimant, 'id' | 'isAlive' | 'isFresh'>;
  /** Aborted when the dispatcher stops. No channel is claimed afterwards. */
  readonly stopped: AbortSignal;
  readonly isServed: (channel: string) => boolean;
  /** Renews the heartbeat. */
  readonly beat: () => Promise<void>;
  /** Serves a claimed channel. */
  readonly serve: (claimed: Claimed) => void;
}

/** Claims due channels. */
export class DueChannels {
  readonly #parts: DueChannelsParts;
  /** Channels without a service that have changed since the last attempt to claim channels, by kind of change. */
  readonly #changed = { deliveries: new Set<string>(), subscriptions: new Set<string>() };
  /** Notified when a channel might have become due. */
  readonly #wakeUp = new WakeUpSignal();
  /**
   * Time at which the next channel without a service is due, unless a channel changes; null if the store must be
   * queried.
   */
  #nextDueAt: number | null = null;

  constructor(parts: DueChannelsParts) {
    this.#parts = parts;
  }

  /** Records a change to a channel without a service. */
  recordChange(channel: string, change: ChannelChange): void {
    this.#changed[change].add(channel);
    if (change === 'subscriptions') this.#nextDueAt = null;
    this.#wakeUp.notify();
  }

  /** Returns true if a change was recorded since the last attempt to claim channels. */
  hasChanged(channel: string, change: ChannelChange): boolean {
    return this.#changed[change].has(channel);
  }

  /** Discards the known due time, so that the store is queried again when the next channel is due. */
  lookAgain(): void {
    this.#nextDueAt = null;
    this.#wakeUp.notify();
  }

  /** Ends a wait for the next due channel. */
  wake(): void {
    this.#wakeUp.notify();
  }

  /**
   * Sleeps until a channel might be due, and then claims due channels. An arriving delivery makes no other channel due,
   * so the known due time of the next channel remains valid.
   *
   * @throws if the store fails
   */
  async claimNext(): Promise<void> {
    const { store, clock, claimant, stopped, beat, serve } = this.#parts;
    // Take the signal before the request, so that a notification during the request skips the sleep below.
    const { signal } = this.#wakeUp;
    // The signal does not cover deliveries that arrived during the previous claim, so check the recorded changes as
    // well.
    const hasChanged = !this.#areServed([...this.#changed.deliveries]);
    if (this.#nextDueAt === null || hasChanged) {
      const now = clock.now();
      const dueAt = now + (await store.dueInMs(claimant.id, now));
      // The response might be older than a notification that arrived during the request.
      if (!signal.aborted) this.#nextDueAt = dueAt;
    }
    const dueInMs = (this.#nextDueAt ?? -Infinity) - clock.now();
    if (dueInMs > 0) {
      await clock.sleep(Math.min(MAX_CLAIM_INTERVAL_MS, dueInMs), signal);
      // After a notification, a process with a live heartbeat claims without querying the store again, because a
      // channel is probably due.
      if (!signal.aborted || stopped.aborted || !claimant.isAlive) {
        this.#nextDueAt = null;
        return;
      }
    }
    // A process without claims sends no heartbeats. The next regular heartbeat could come too late for the new claims,
    // so renew the heartbeat now.
    if (!claimant.isFresh) await beat();
    const { id } = claimant;
    const changed = [...this.#changed.deliveries];
    for (const channels of Object.values(this.#changed)) channels.clear();
    const claims = await store.claim(id, MAX_CLAIMS_AT_ONCE).catch((error: unknown) => {
      this.#nextDueAt = null;
      throw error;
    });
    for (const claimed of id === claimant.id ? claims : []) serve(claimed);
    // Other due channels might be locked, or more channels might be due than one request can claim.
    if (dueInMs <= 0 || !this.#areServed(changed)) this.#nextDueAt = null;
    // Another process might be claiming the channel that is due.
    if (claims.length === 0 && dueInMs <= 0) await clock.sleep(MIN_CLAIM_INTERVAL_MS, stopped);
  }

  #areServed(channels: readonly string[]): boolean {
    return channels.every((channel) => this.#parts.isServed(channel));
  }
}
