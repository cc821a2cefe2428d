/**
 * What the relay needs to remember, in words. A store is used by one or more dispatchers and by the HTTP side at once;
 * every method keeps what it says together. When its promise resolves, what it did survives a power cut, but for
 * progress, and for leases that were renewed or given back: they only say what needn't be done again.
 *
 * A channel is served by one dispatcher at a time, which has a lease on it: it alone sends to the channel's
 * subscriptions, so that order and pace hold however many processes there are. A lease ends by itself when its holder
 * does not renew it; what a former holder still says of the channel is ignored.
 *
 * Times are milliseconds since 1970.
 */

import { createHash } from 'node:crypto';

/** Which deliveries a subscription wants: those with one of these actions, or with one that is none of these. */
export type ActionFilter = { readonly actions: readonly string[] } | { readonly all_except: readonly string[] };

/** A POST of TutorCruncher's, as it came. */
export interface NewDelivery {
  readonly channel: string;
  readonly body: Buffer;
  readonly signature: string;
  readonly contentType: string;
  /** The actions of its events; none for a body that holds no events. */
  readonly actions: readonly string[];
  readonly receivedAt: number;
}

/**
 * What became of a delivery: stored; known already (the same bytes and signature within the time for that); dropped, as
 * nobody registered its channel; or refused, as its channel holds too much.
 */
export type Ingested = 'stored' | 'duplicate' | 'unregistered' | 'full';

/** A delivery that is kept. Sequence numbers of a channel grow with its commits, so that a cursor can't skip one. */
export interface Delivery {
  readonly seq: number;
  /** The same on every attempt. */
  readonly id: string;
  readonly body: Buffer;
  readonly signature: string;
  readonly contentType: string;
  readonly actions: readonly string[];
  readonly receivedAt: number;
}

export interface Subscription {
  readonly id: string;
  readonly channel: string;
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Everything up to this sequence number is done: delivered, not wanted, or dead. */
  readonly cursor: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** No attempt before this time. */
  readonly nextAttemptAt: number;
  readonly createdAt: number;
  readonly lastSuccessAt: number | null;
  /** How far its pace is used up; see `Pace`. */
  readonly pacedAt: number;
  /** Some of its dead letters are to be sent again. */
  readonly isRedriving: boolean;
}

/** What a dispatcher learnt about a subscription. */
export interface Progress {
  /** The lease it holds on the channel. */
  readonly leaseId: string;
  readonly subscriptionId: string;
  readonly cursor: number;
  readonly failures: number;
  readonly nextAttemptAt: number;
  readonly lastSuccessAt: number | null;
  readonly pacedAt: number;
}

/** What the holder of a lease is to know of its channel. */
export interface ChannelPosition {
  readonly leaseId: string;
  /** The number of the newest delivery. */
  readonly lastSeq: number;
  /** Grows with every change of the channel's subscriptions, and with every redrive. */
  readonly revision: number;
}

/** The right to serve a channel, until it expires. */
export interface Lease extends ChannelPosition {
  readonly channel: string;
  /** How far the channel's pace is used up. */
  readonly pacedAt: number;
  readonly subscriptions: readonly Subscription[];
}

/** A request for leases. */
export interface LeaseRequest {
  /** The dispatcher; others that take something in for a channel of its can tell it. */
  readonly holder: string;
  readonly limit: number;
  readonly milliseconds: number;
  /** The dispatcher's time; a store that several machines share goes by a clock of its own. */
  readonly now: number;
}

/** What a lease ends with. */
export interface Release {
  readonly leaseId: string;
  /** What the holder has seen; when there is more, the channel is due at once. */
  readonly lastSeq: number;
  readonly revision: number;
  readonly pacedAt: number;
  /** When there is something to do again, as far as the holder knows; null when nothing. */
  readonly dueAt: number | null;
}

/** A delivery that was given up for a subscription. */
export interface DeadLetter {
  readonly subscriptionId: string;
  readonly seq: number;
  /** Why, without anything of the delivery. */
  readonly reason: string;
  readonly deadAt: number;
}

export interface SubscriptionState extends Subscription {
  /** Wanted deliveries that wait. */
  readonly pending: number;
  /** When the oldest of them came; null when none waits. */
  readonly oldestPendingAt: number | null;
  readonly deadLetters: number;
}

export interface ChannelState {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  /** Deliveries of the last 24 hours, in full hours and the running one; with events and without. */
  readonly events24h: number;
  readonly others24h: number;
  readonly storedBytes: number;
  readonly subscriptions: readonly SubscriptionState[];
}

export interface Totals {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly deadLetters: number;
  readonly storedBytes: number;
  /** Channels that have had something to do for a second or more, and that nobody serves. */
  readonly overdueChannels: number;
}

export interface ChannelLimits {
  readonly maxChannels: number;
  /** A channel without event or subscription for so long gives its place up when places run out. */
  readonly idleMs: number;
}

export interface RetentionLimits {
  /** Bodies go so long after the last cursor passed them, or up to an hour later. */
  readonly bodyMs: number;
  /** The same bytes are known for so long. */
  readonly duplicateMs: number;
  readonly deadLetterMs: number;
}

/** Hears that a channel has new deliveries, or that its subscriptions changed. */
export type OnChange = (channel: string, what: 'deliveries' | 'subscriptions') => void;

export interface Store {
  /** Gives a channel a place; one that has it keeps it. `full` when there is none. */
  registerChannel(channel: string, limits: ChannelLimits, now: number): Promise<'registered' | 'full'>;
  hasChannel(channel: string): Promise<boolean>;
  /** Forgets a channel: its deliveries, subscriptions, dead letters. */
  deleteChannel(channel: string): Promise<boolean>;
  channelState(channel: string, now: number): Promise<ChannelState | null>;

  /** Stores deliveries, all in one transaction; answers in their order. */
  ingest(deliveries: readonly NewDelivery[]): Promise<Ingested[]>;
  /** The newest deliveries with events, the newest first; of one action, if one is named. Looks at {@link LATEST_OF}. */
  latest(channel: string, action: string | null, limit: number): Promise<Delivery[]>;
  /** Deliveries after a sequence number, with their bodies, in order; fewer than the limit where bodies are large. */
  deliveriesAfter(channel: string, seq: number, limit: number): Promise<Delivery[]>;

  /**
   * Subscribes from now on: what came before is not sent. The same target and filter again is the same subscription.
   * `full` when the channel has too many.
   */
  subscribe(
    channel: string,
    subscription: { readonly targetUrl: string; readonly filter: ActionFilter },
    maxSubscriptions: number,
    now: number,
  ): Promise<Subscription | 'full'>;
  subscription(channel: string, id: string): Promise<Subscription | null>;
  /** All of a channel. */
  subscriptions(channel: string): Promise<Subscription[]>;
  unsubscribe(channel: string, id: string): Promise<boolean>;

  /** Leases channels that are due and that nobody holds; `lookAgainAt` is when there may be more, null for never. */
  lease(request: LeaseRequest): Promise<{ readonly leases: Lease[]; readonly lookAgainAt: number | null }>;
  /** Makes leases last from now on; answers for those that are still held. */
  renew(leaseIds: readonly string[], milliseconds: number, now: number): Promise<ChannelPosition[]>;
  release(releases: readonly Release[]): Promise<void>;
  /** Calls back when something comes for a channel that this holder holds, or that nobody does. Once a store. */
  listen(holder: string, onChange: OnChange): Promise<void>;

  /** Writes progress down. A cursor never moves back. */
  progress(progress: readonly Progress[]): Promise<void>;
  /** Gives deliveries up for a subscription and moves its cursor past them. False when the lease is no longer held. */
  bury(deadLetters: readonly DeadLetter[], progress: Progress): Promise<boolean>;
  /** Marks the dead letters of a subscription to be sent again; says how many. */
  redrive(channel: string, subscriptionId: string): Promise<number>;
  /** Dead letters that are to be sent again, in order. */
  redriven(subscriptionId: string, limit: number): Promise<Delivery[]>;
  /** A dead letter that was sent again: gone if it arrived, else, if the lease is still held, dead as before. */
  settleRedriven(leaseId: string, subscriptionId: string, seq: number, isDelivered: boolean): Promise<void>;

  /** Deletes what has been kept long enough, not more than {@link RETAIN_BATCH} deliveries. Says how many it was. */
  retain(limits: RetentionLimits, now: number): Promise<number>;
  totals(now: number): Promise<Totals>;
  /** @throws when the store does not answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Events that are older than so many deliveries are not looked for, so that a rare one costs no more than others. */
export const LATEST_OF = 10_000;

/** More at once would keep others waiting. */
export const RETAIN_BATCH = 1000;

/** Deliveries are counted, and their passing is noted, by the hour. */
export const HOUR_MS = 60 * 60 * 1000;

/** Bodies have up to 10 MB each, and every subscription reads a batch of them. */
export const MAX_BATCH_BYTES = 1024 * 1024;

/** What a store can be told to be stricter about. */
export interface StoreOptions {
  /** Bytes of bodies that one channel may hold. */
  readonly maxChannelBytes: number;
  /** The same bytes are known for so long. */
  readonly duplicateMs: number;
}

/** A store can't be used: the message says why, for the one who deploys. */
export class StoreUnavailable extends Error {}

/** The signature belongs to it: bytes with a forged one must not pass for the genuine ones that come later. */
export const digestOf = ({ body, signature }: NewDelivery): Buffer =>
  createHash('sha256').update(signature).update('\n').update(body).digest();

/** A filter as text; the same wishes in another order are the same filter. */
export function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}

/** Deliveries that wait and have the same actions. */
export interface Waiting {
  /** As JSON. */
  readonly actions: string;
  readonly count: number;
  readonly oldestAt: number;
}

/** What of it waits for a subscription. */
export function pendingOf(
  filter: ActionFilter,
  waiting: readonly Waiting[],
): Pick<SubscriptionState, 'pending' | 'oldestPendingAt'> {
  const wanted = waiting.filter(({ actions }) => wants(filter, JSON.parse(actions) as string[]));
  return {
    pending: wanted.reduce((sum, { count }) => sum + count, 0),
    oldestPendingAt: wanted.length > 0 ? Math.min(...wanted.map(({ oldestAt }) => oldestAt)) : null,
  };
}

/** Whether a subscription wants a delivery. */
export function wants(filter: ActionFilter, actions: readonly string[]): boolean {
  return 'actions' in filter
    ? actions.some((action) => filter.actions.includes(action))
    : actions.some((action) => !filter.all_except.includes(action));
}
