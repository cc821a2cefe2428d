/** A claimed channel: passes its pending sends to one worker per subscription. */

import { logWith, nameOf } from '../log.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { ClaimedChannel } from '../store/claims.ts';
import type { HeldClaim } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import type { Needed } from './content-cache.ts';
import { createSubscriptionWorker, type SubscriptionWorker } from './subscription-worker.ts';
import { TokenBucket } from './token-bucket.ts';
import type { DeliveryOptions } from './worker-options.ts';

const MAX_ARRIVALS = 1_000;
/** Time without new sends after which a channel is idle, unless a retry is due within the same time. */
const IDLE_MS = 2_000;

/** The newest position in a channel that a service has read from the store. */
export interface ServicePosition {
  /** Sequence number of a delivery of the channel. */
  readonly newestSeq: number;
  /** The newest delivery that arrived; null if none has arrived since the claim. */
  readonly newestArrival: Needed | null;
}

/**
 * Returns true if the database has stepped back since a position was read: it lacks the position, or has given the
 * sequence number to another delivery.
 *
 * @param current - the channel, read later
 * @param ids - the ids of deliveries by sequence number, read later
 */
export function hasSteppedBack(
  { newestSeq, newestArrival }: ServicePosition,
  current: Pick<ClaimedChannel, 'newestSeq'>,
  ids: ReadonlyMap<number, string>,
): boolean {
  if (current.newestSeq < newestSeq) return true;
  if (!newestArrival) return false;
  // A delivery that has been deleted has no id.
  const { seq, deliveryId } = newestArrival;
  return (ids.get(seq) ?? deliveryId) !== deliveryId;
}

/** The service of a claimed channel. */
export type ChannelService = ReturnType<typeof createChannelService>;

/**
 * Serves a channel from the time it is claimed until it is stopped. Loads the subscriptions, and starts their workers.
 *
 * @param process - the id under which the process holds the claim
 */
export function createChannelService(
  { channel, key, claim, ...claimed }: ClaimedChannel,
  process: string,
  options: DeliveryOptions,
) {
  const { store, clock } = options;
  const id: HeldClaim = { channel: key, claim, process };
  const log = logWith(options.log, { channel: shortNameOf(channel) });
  const channelBucket = new TokenBucket(options.pacePerChannel, clock);
  const workers = new Map<number, SubscriptionWorker>();
  const stopping = new AbortController();
  /** Sequence number up to which new sends have been read, and the delivery with this number; null before the first arrival. */
  let head = claimed.newestSeq;
  let newestArrival: Needed | null = null;
  let { newestSeq } = claimed;
  /** Revision of the subscriptions that were loaded; -1 if they were not. */
  let revision = -1;
  /** Time of the last arrival, or of the claim if there was none. */
  let activeAt = clock.now();
  let isFetching = false;
  let isFetchRequested = false;
  let reloading: Promise<void> = Promise.resolve();

  async function fetchOnce(): Promise<void> {
    const arrivals = await store.arrivals(key, head, MAX_ARRIVALS);
    if (arrivals.length > 0) activeAt = clock.now();
    for (const { subscription, ...arrival } of arrivals) {
      head = arrival.seq;
      newestArrival = arrival;
      workers.get(subscription)?.offer({ ...arrival, isSentAgain: false, isSetAside: false });
    }
    if (arrivals.length < MAX_ARRIVALS) return;
    // The read may have ended in the middle of a delivery's sends.
    for (const worker of workers.values()) worker.expectMore();
    isFetchRequested = true;
  }

  /** Reads new sends and offers them to the workers. Retries while the store fails. Calls may overlap. */
  async function fetchNew(): Promise<void> {
    isFetchRequested = true;
    if (isFetching) return;
    isFetching = true;
    // A call during the loop requests another pass.
    while (isFetchRequested && !stopping.signal.aborted) {
      isFetchRequested = false;
      try {
        await fetchOnce();
      } catch (error) {
        isFetchRequested = true;
        log.error({ error: nameOf(error) }, 'Reading new deliveries from the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, stopping.signal);
      }
    }
    isFetching = false;
  }

  function addWorker(subscription: Subscription): void {
    const fields = { subscription: subscription.id, ...zapNamesOf(subscription.description) };
    const workerOptions = { ...options, log: logWith(log, fields), claim: id, channelBucket };
    workers.set(subscription.key, createSubscriptionWorker(subscription, workerOptions));
  }

  /**
   * Starts workers for new subscriptions, stops the workers of ended subscriptions, and passes on requests and redriven
   * sends.
   */
  async function load(): Promise<void> {
    const headBefore = head;
    const subscriptions = await store.subscriptions(channel);
    if (stopping.signal.aborted) return;
    const keys = new Set(subscriptions.map((subscription) => subscription.key));
    for (const [subscription, worker] of workers) {
      if (keys.has(subscription)) continue;
      void worker.stop();
      workers.delete(subscription);
    }
    for (const subscription of subscriptions) {
      const worker = workers.get(subscription.key);
      if (worker) worker.update(subscription);
      // Sends that were read during the load had no worker to be offered to.
      else addWorker({ ...subscription, isPending: subscription.isPending || head > headBefore });
    }
  }

  /**
   * Loads the subscriptions. Reloads run one after another, so that an older result never replaces a newer one. If the store
   * fails, `reconcile` repeats the reload. @param current - the revision that the store had before the reload
   */
  function reloadSubscriptions(current = revision): Promise<void> {
    reloading = reloading.then(load).then(
      () => {
        revision = current;
      },
      (error: unknown) => {
        log.error({ error: nameOf(error) }, 'Loading subscriptions failed. Retrying in 1 s.');
      },
    );
    return reloading;
  }

  void reloadSubscriptions(claimed.revision);
  return {
    channel,
    id,
    fetchNew,
    reloadSubscriptions,
    isIdle: (): boolean => {
      const now = clock.now();
      const isDue = isFetching || [...workers.values()].some((worker) => worker.dueAt() <= now + IDLE_MS);
      return !isDue && now - activeAt >= IDLE_MS;
    },

    /** Returns the newest position that the service has read from the store. */
    position: (): ServicePosition => ({ newestSeq: Math.max(newestSeq, head), newestArrival }),

    /** Reconciles with the store after a missed notification. */
    reconcile: (current: ClaimedChannel): void => {
      if (current.newestSeq > newestSeq) void fetchNew();
      newestSeq = current.newestSeq;
      if (current.revision !== revision) void reloadSubscriptions(current.revision);
    },

    /** Stops all workers and waits for attempts in flight. Returns the name of the claim. */
    stop: async (): Promise<HeldClaim> => {
      stopping.abort();
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      return id;
    },
  };
}
