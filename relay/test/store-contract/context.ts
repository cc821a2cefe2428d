import { afterEach, beforeEach } from '@jest/globals';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import type { Lease, Release } from '../../store/lease.ts';
import type { Store, StoreOptions } from '../../store/store.ts';
import type { DeadLetter, Progress, Subscription } from '../../store/subscription.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { INITIAL_STATE } from '../sample-progress.ts';

/** Options of the stores under test, unless a test overrides them. */
export const CONTRACT_OPTIONS = { maxChannelBytes: 10_000, maxChannelDeliveries: 2000, duplicateMs: 72 * HOUR };
export const LIMITS = { sealKey: SEAL_KEY, maxChannels: 2, idleMs: DAY };
export const RETENTION = { bodyMs: 72 * HOUR, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY, memoryMs: 0 };
/** The time at which each test starts, on the caller's clock. */
export const T0 = 1_000_000_000;
export const HOLDER = '00000000-0000-4000-8000-000000000001';
export const OTHER_HOLDER = '00000000-0000-4000-8000-000000000002';

/** The store of the current test, with {@link CHANNEL} registered, and shorthands for its methods. */
export class StoreContext {
  #store: Store | null = null;
  readonly #open: (options: StoreOptions) => Promise<Store>;

  constructor(open: (options: StoreOptions) => Promise<Store>) {
    this.#open = open;
    beforeEach(() => this.open());
    afterEach(async () => {
      await this.store.close();
      this.#store = null;
    });
  }

  /** Replaces the store with a new one with other options. */
  async open(options: Partial<StoreOptions> = {}): Promise<void> {
    await this.#store?.close();
    this.#store = await this.#open({ ...CONTRACT_OPTIONS, ...options });
    await this.#store.registerChannel(CHANNEL, LIMITS, T0);
  }

  get store(): Store {
    if (!this.#store) throw new Error('The store is only open during a test.');
    return this.#store;
  }

  async subscribe(
    targetUrl = 'https://x/1',
    filter: ActionFilter = { actions: ['A'] },
    channel = CHANNEL,
  ): Promise<Subscription> {
    const subscription = await this.store.subscribe(channel, { targetUrl, filter }, 200, T0);
    if (subscription === 'full') throw new Error('The channel has too many subscriptions.');
    return subscription;
  }

  /** Leases the channels that are due. */
  async lease(milliseconds = HOUR, holder = HOLDER, limit = 10): Promise<Lease[]> {
    return (await this.store.lease({ holder, limit, milliseconds })).leases;
  }

  /** Leases {@link CHANNEL}, which must be due. */
  async hold(milliseconds?: number, holder?: string): Promise<Lease> {
    const lease = (await this.lease(milliseconds, holder)).find(({ channel }) => channel === CHANNEL);
    if (!lease) throw new Error('The channel is not due.');
    return lease;
  }
}

/** The release of a lease whose holder has processed everything. */
export const releaseOf = (lease: Lease, changes: Partial<Release> = {}): Release => ({
  ...lease,
  dueInMs: null,
  ...changes,
});

export const progressOf = (
  subscription: Subscription,
  { leaseId }: Lease,
  changes: Partial<Progress> = {},
): Progress => ({
  leaseId,
  subscriptionId: subscription.id,
  cursor: subscription.cursor,
  ...INITIAL_STATE,
  ...changes,
});

export const letterOf = (subscription: Subscription, seq: number, deadAt = T0): DeadLetter => ({
  subscriptionId: subscription.id,
  seq,
  reason: 'HTTP 500',
  deadAt,
});
