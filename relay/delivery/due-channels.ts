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
 * Maximum pause between two checks for due channels, in milliseconds. Changes made by other processes cause no
 * notification.
 */
const MAX_CLAIM_INTERVAL_MS = 5_000;
/** Pause in milliseconds after an attempt to claim channels that claimed no channel, although a channel was due. */
const MIN_CLAIM_INTERVAL_MS = 20;

/** A claim on a channel, with the state of the channel if the claim has read it. */
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
  /** Channels without a service that have changed since the last attempt to claim channels, by the kind of change. */
  readonly #changed = { deliveries: new Set<string>(), subscriptions: new Set<string>() };
  /** Notified when a channel may have become due. */
  readonly #wakeUp = new WakeUpSignal();
  /**
   * Time at which the next channel without a service is due, unless a channel changes; null if the store must be asked.
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

  /** Discards the known due time, so that the store is asked again when the next channel is due. */
  lookAgain(): void {
    this.#nextDueAt = null;
    this.#wakeUp.notify();
  }

  /** Ends a wait for the next due channel. */
  wake(): void {
    this.#wakeUp.notify();
  }

  /**
   * Sleeps until a channel may be due, then claims due channels. A delivery that arrives makes no other channel due, so
   * the store is not asked again when the next channel is due.
   *
   * @throws if the store fails
   */
  async claimNext(): Promise<void> {
    const { store, clock, claimant, stopped, beat, serve } = this.#parts;
    // Take the signal before the request, so that a notification during the request skips the sleep below.
    const { signal } = this.#wakeUp;
    // A delivery that arrives during a claim notifies before the signal is taken.
    const hasChanged = !this.#areServed([...this.#changed.deliveries]);
    if (this.#nextDueAt === null || hasChanged) {
      const now = clock.now();
      const dueAt = now + (await store.dueInMs(claimant.id, now));
      // The response may be older than a notification.
      if (!signal.aborted) this.#nextDueAt = dueAt;
    }
    const dueInMs = (this.#nextDueAt ?? -Infinity) - clock.now();
    if (dueInMs > 0) {
      await clock.sleep(Math.min(MAX_CLAIM_INTERVAL_MS, dueInMs), signal);
      // After a notification, a process with a live heartbeat claims without asking the store again, because a channel
      // is probably due.
      if (!signal.aborted || stopped.aborted || !claimant.isAlive) {
        this.#nextDueAt = null;
        return;
      }
    }
    // While there were no claims, there were no heartbeats. The next heartbeat follows after the interval, and must not
    // be too late.
    if (!claimant.isFresh) await beat();
    const { id } = claimant;
    const changed = [...this.#changed.deliveries];
    for (const channels of Object.values(this.#changed)) channels.clear();
    const claims = await store.claim(id, MAX_CLAIMS_AT_ONCE).catch((error: unknown) => {
      this.#nextDueAt = null;
      throw error;
    });
    for (const claimed of id === claimant.id ? claims : []) serve(claimed);
    // Other due channels may be locked, or more channels may be due than one claim takes.
    if (dueInMs <= 0 || !this.#areServed(changed)) this.#nextDueAt = null;
    // Another process may be claiming the channel that is due.
    if (claims.length === 0 && dueInMs <= 0) await clock.sleep(MIN_CLAIM_INTERVAL_MS, stopped);
  }

  #areServed(channels: readonly string[]): boolean {
    return channels.every((channel) => this.#parts.isServed(channel));
  }
}
