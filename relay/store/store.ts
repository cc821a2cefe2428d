/**
 * What the relay needs to remember, in words. A store is used by one or more dispatchers and by the HTTP side at once;
 * every method is a transaction of its own: when its promise resolves, what it did survives a power cut.
 *
 * Times are milliseconds since 1970.
 */

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

/** A delivery that is kept. Sequence numbers grow with the order of commits, so that a cursor can't skip one. */
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
}

/** What a dispatcher learnt about a subscription. */
export interface Progress {
  readonly subscriptionId: string;
  readonly cursor: number;
  readonly failures: number;
  readonly nextAttemptAt: number;
  readonly lastSuccessAt: number | null;
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
  /** Deliveries of the last 24 hours, with events and without. */
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
}

export interface ChannelLimits {
  readonly maxChannels: number;
  /** A channel without event or subscription for so long gives its place up when places run out. */
  readonly idleMs: number;
}

export interface RetentionLimits {
  /** Bodies go so long after the last cursor passed them. */
  readonly bodyMs: number;
  /** The same bytes are known for so long. */
  readonly duplicateMs: number;
  readonly deadLetterMs: number;
}

export interface Store {
  /** Gives a channel a place; one that has it keeps it. `full` when there is none. */
  registerChannel(channel: string, limits: ChannelLimits, now: number): Promise<'registered' | 'full'>;
  hasChannel(channel: string): Promise<boolean>;
  /** Forgets a channel: its deliveries, subscriptions, dead letters. */
  deleteChannel(channel: string): Promise<boolean>;
  channelState(channel: string, now: number): Promise<ChannelState | null>;

  /** Stores deliveries, all in one transaction; answers in their order. */
  ingest(deliveries: readonly NewDelivery[]): Promise<Ingested[]>;
  /** The newest deliveries with events that are still kept, the newest first; of one action, if one is named. */
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
  /** All of a channel, or of all channels. */
  subscriptions(channel?: string): Promise<Subscription[]>;
  unsubscribe(channel: string, id: string): Promise<boolean>;

  /** Writes progress down. A cursor never moves back. */
  progress(progress: readonly Progress[]): Promise<void>;
  /** Gives deliveries up for a subscription and moves its cursor past them. */
  bury(deadLetters: readonly DeadLetter[], progress: Progress): Promise<void>;
  /** Marks the dead letters of a subscription to be sent again; says how many. */
  redrive(subscriptionId: string): Promise<number>;
  /** Dead letters that are to be sent again, in order. */
  redriven(subscriptionId: string, limit: number): Promise<Delivery[]>;
  /** A dead letter that was sent again: gone if it arrived, else dead as before. */
  settleRedriven(subscriptionId: string, seq: number, isDelivered: boolean): Promise<void>;

  /** Deletes what has been kept long enough. Says how many bodies and rows went. */
  retain(limits: RetentionLimits, now: number): Promise<number>;
  totals(): Promise<Totals>;
  close(): Promise<void>;
}

/** Whether a subscription wants a delivery. */
export function wants(filter: ActionFilter, actions: readonly string[]): boolean {
  return 'actions' in filter
    ? actions.some((action) => filter.actions.includes(action))
    : actions.some((action) => !filter.all_except.includes(action));
}
