/**
 * A send is an event on its way to one Zap. A send exists for each event and each subscription that selects the event.
 */

import { raw, sql, type Sql } from '../database/database.ts';

/**
 * The state of a send, as stored. Sends in a state up to `redriven` wait for an attempt.
 *
 * - `set_aside`: the send fails although the target accepts later sends, and is retried separately;
 * - `pending`: the send waits for its turn among new events;
 * - `redriven`: the send was given up or delivered, and waits to be delivered again;
 * - `delivered`: the target has accepted the send;
 * - `dead`: the send was given up, and is a dead letter.
 */
export const SEND_STATES = { set_aside: -1, pending: 0, redriven: 1, delivered: 2, dead: 3 } as const;
export type SendState = keyof typeof SEND_STATES;

/**
 * Conditions on the table `w` (sends). `IS_DEAD` uses the index of dead letters, and the other conditions use the index
 * of waiting sends.
 */
export const IS_WAITING = sql`w.state <= ${raw(SEND_STATES.redriven)}`;
export const IS_PENDING = sql`${IS_WAITING} AND w.state = ${raw(SEND_STATES.pending)}`;
export const IS_SET_ASIDE = sql`${IS_WAITING} AND w.state = ${raw(SEND_STATES.set_aside)}`;
export const IS_REDRIVEN = sql`${IS_WAITING} AND w.state = ${raw(SEND_STATES.redriven)}`;
/** The condition for sends that are attempted separately, between pending sends. */
export const IS_SEPARATE = sql`${IS_WAITING} AND w.state IN (${raw(SEND_STATES.set_aside)}, ${raw(SEND_STATES.redriven)})`;
export const IS_DEAD = sql`w.state = ${raw(SEND_STATES.dead)}`;
export const IS_DELIVERED = sql`w.state = ${raw(SEND_STATES.delivered)}`;

/**
 * The conditions {@link IS_WAITING} and {@link IS_DEAD}, for the sends of one delivery. The `+ 0` makes PostgreSQL look
 * up the sends by their delivery. Otherwise, PostgreSQL would use the indexes of waiting sends and of dead letters,
 * because the planner assumes that these indexes are small even after they have grown.
 */
export const IS_WAITING_BY_DELIVERY = sql`w.state + 0 <= ${raw(SEND_STATES.redriven)}`;
export const IS_DEAD_BY_DELIVERY = sql`w.state + 0 = ${raw(SEND_STATES.dead)}`;

/**
 * Returns a condition on the table `s` (subscriptions). A subscription meets this condition if one of its sends meets
 * `condition`, which is on the table `w` (sends) and must use an index. `EXISTS` would be slow here, because PostgreSQL
 * builds a hash table of all sends in the database that meet `condition` if its planner expects few such sends.
 */
export const hasOwnSend = (condition: Sql): Sql =>
  sql`(SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${condition} LIMIT 1) IS NOT NULL`;

/**
 * Returns a condition on the table `d` (deliveries). A delivery meets this condition if one of its sends meets
 * `condition`, which is on the table `w` (sends).
 */
export const hasSend = (condition: Sql): Sql =>
  sql`EXISTS (SELECT 1 FROM sends w WHERE w.seq = d.seq AND ${condition})`;

/** The identity of a claim. */
export interface ClaimId {
  /** Key of the channel. */
  readonly channel: number;
  /** Number of the claim, which increases with each claim of the channel. */
  readonly claim: number;
}

/** The identity of a claim, with the id of the process that holds the claim. */
export type HeldClaim = ClaimId & { readonly process: string };

/**
 * The part of a subscription's state that the results of sends change. The time of an event that never happened is
 * null.
 */
export interface SubscriptionState {
  /** Number of consecutive failed attempts. */
  readonly failures: number;
  /** Time of the first of the consecutive failed attempts. */
  readonly failingSince: number | null;
  /** Reason for the last failure, without any content of the delivery. */
  readonly lastFailure: string | null;
  readonly nextAttemptAt: number;
  /** Time since which every attempt of the first pending delivery has failed as if the delivery were the cause. */
  readonly suspectSince: number | null;
  /** Number of attempts of the first pending delivery that the target has refused. */
  readonly refusedTries: number;
  /** Number of different deliveries that the target has refused since its last success. */
  readonly refusedEvents: number;
  /**
   * Sequence number of the first dead letter that the target may be responsible for; null if there is no such dead
   * letter. The number is also set for a single refused event, because only the next events show whether the event or
   * the target is at fault. If the target accepts a later event before the target counts as at fault, the number is
   * cleared, and the refused event stays a dead letter.
   */
  readonly outageFrom: number | null;
  readonly redriveFailures: number;
  readonly nextRedriveAt: number;
  readonly lastSuccessAt: number | null;
}

/** A send that waits for an attempt. */
export interface WaitingSend {
  readonly seq: number;
  /**
   * Random id of the delivery. If the database is set back to an older state, another delivery can get the same
   * sequence number.
   */
  readonly deliveryId: string;
  /** Number of the delivery in its channel. */
  readonly number: number;
  readonly receivedAt: number;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
  readonly isSetAside: boolean;
}

/** A pending send of a subscription, with the key of the subscription. */
export type Arrival = Omit<WaitingSend, 'isSentAgain' | 'isSetAside'> & { readonly subscription: number };

/**
 * The new state of a send after a result.
 *
 * - `waiting`: the attempt failed, and the send keeps its state: `pending`, `set_aside` or `redriven`;
 * - `set_aside`: the pending send is set aside;
 * - `delivered` and `dead`: the send no longer waits.
 */
export type ResultState = 'waiting' | 'set_aside' | 'delivered' | 'dead';

/**
 * The result of an attempt, or the decision to give up a send without an attempt. A result has no effect if its
 * sequence number or subscription key now belongs to a delivery or a subscription with a different id.
 */
export interface SendResult {
  readonly seq: number;
  readonly deliveryId: string;
  readonly subscription: number;
  readonly subscriptionId: string;
  readonly state: ResultState;
  /** Reason for the failure, without any content of the delivery; null for a success. */
  readonly failure: string | null;
  /** The beginning of the target's response to a failed attempt, sealed. Missing if no response is kept. */
  readonly response?: Uint8Array;
  readonly endedAt: number;
  readonly durationMs: number | null;
  /**
   * True if the attempt is recorded even if it succeeds. This applies to an attempt after a failure, and to an event
   * that was sent again from the console.
   */
  readonly isRecorded: boolean;
  readonly isSentAgain: boolean;
}

/** The state of a subscription after its results, with the key and the id of the subscription. */
export interface ReportedState extends SubscriptionState {
  readonly subscription: number;
  readonly subscriptionId: string;
  /** Sequence number of the delivery that was skipped at the operator's request; null if no delivery was skipped. */
  readonly skippedSeq: number | null;
}

/** The results of a channel, as reported by its claimant. */
export interface ChannelResults extends ClaimId {
  readonly sends: readonly SendResult[];
  readonly states: readonly ReportedState[];
}
