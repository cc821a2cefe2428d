/**
 * The requests that the operator's commands send to a relay over its admin socket: `POST /<command>` with a JSON body.
 * The responses are also the commands' output with `--json`. Times are in ISO 8601 format. Channels appear as short
 * names, and targets as hosts and hashes, because webhook URLs and Zaps' URLs grant access.
 */

import type { DeliveryActions } from '../../wire/action-filter.ts';

/** Body of requests about one channel. */
export interface ChannelRequest {
  /** A channel, its beginning, its short name or its webhook URL. */
  readonly channel: string;
}

/** Body of requests about one subscription. */
export interface SubscriptionRequest {
  /** The id or its beginning. */
  readonly subscription: string;
}

/** Body of requests for a list of events. */
export interface ListRequest extends SubscriptionRequest {
  /** Maximum number of events in the response. */
  readonly limit: number;
}

/** A channel in the response to `channels`. */
export interface ChannelLine {
  readonly channel: string;
  readonly created_at: string;
  readonly last_event_at: string | null;
  readonly subscriptions: number;
  /** Number of subscriptions whose last attempt failed. */
  readonly failing: number;
  readonly paused: number;
  /** Number of waiting deliveries, counted once for each subscription. */
  readonly waiting: number;
  readonly oldest_waiting_at: string | null;
  readonly dead_letters: number;
  /** Number of deliveries that are kept only for comparison with later deliveries. */
  readonly remembered: number;
  readonly stored_bytes: number;
}

export interface ChannelsResponse {
  readonly channels: readonly ChannelLine[];
}

/** A subscription in the responses. */
export interface SubscriptionLine {
  readonly subscription: string;
  readonly channel: string;
  readonly target: string;
  /** The actions that it receives; null if it receives all actions except `all_except`. */
  readonly actions: readonly string[] | null;
  readonly all_except: readonly string[] | null;
  readonly created_at: string;
  readonly last_success_at: string | null;
  /** Number of consecutive failed attempts. */
  readonly failures: number;
  /** Time of the first of these failures; null unless the last attempt failed. */
  readonly failing_since: string | null;
  /** HTTP status or error code of the last failure; null unless the last attempt failed. */
  readonly last_failure: string | null;
  /** Time of the next retry; null unless the last attempt failed. */
  readonly next_attempt_at: string | null;
  readonly waiting: number;
  readonly oldest_waiting_at: string | null;
  readonly dead_letters: number;
  readonly paused_since: string | null;
  /** True while dead letters are marked for redelivery. */
  readonly is_redriving: boolean;
}

export interface SubscriptionsResponse {
  readonly subscriptions: readonly SubscriptionLine[];
}

/** An event that is waiting for a subscription. */
export interface WaitingEvent {
  readonly number: number;
  readonly received_at: string;
  /** Null if the actions are unknown. */
  readonly actions: DeliveryActions;
  readonly bytes: number;
  /** Number of consecutive failed attempts. Only the oldest event is attempted. */
  readonly attempts: number;
}

export interface WaitingResponse {
  readonly subscription: SubscriptionLine;
  readonly events: readonly WaitingEvent[];
}

/** An event that the relay has given up delivering to a subscription. */
export interface DeadEvent {
  readonly number: number;
  readonly received_at: string;
  readonly dead_at: string;
  readonly actions: DeliveryActions;
  readonly bytes: number;
  readonly reason: string;
  /** True if it is marked for redelivery. */
  readonly is_redriven: boolean;
}

export interface DeadResponse {
  readonly subscription: SubscriptionLine;
  readonly events: readonly DeadEvent[];
}

/** Response to `forget`: the channel that was deleted with all its data. */
export interface ForgetResponse {
  readonly channel: string;
}

/** Body of the request `backup`. */
export interface BackupRequest {
  /** An absolute path. */
  readonly file: string;
}

/** Response to `backup`. */
export interface BackupResponse {
  readonly file: string;
  readonly bytes: number;
}

/** A move from a SQLite file to a database: the numbers of rows, the source and the target. */
export interface MovePlan {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  readonly dead_letters: number;
  /** Absolute path of the file. */
  readonly file: string;
  /** Name, host and port of the database. */
  readonly database: string;
  readonly schema: string;
}

/** The output of `move`, which sends no request. */
export interface MoveResponse extends MovePlan {
  /** True if the file is marked as moved, which prevents relays from using it. */
  readonly is_marked: boolean;
  /** True if `RELAY_DATABASE_URL` is the URL of the database. */
  readonly is_configured: boolean;
}

/** The result of a repair of one subscription. */
export interface RepairResponse {
  readonly subscription: string;
  readonly channel: string;
  /** Number of events that the repair affects. */
  readonly events: number;
}

/** Response to `skip`. */
export interface SkipResponse {
  readonly subscription: string;
  readonly channel: string;
  /** The sequence number of the event. */
  readonly number: number;
  /**
   * `skipped`: the event is a dead letter. `delivered`: an attempt that was in progress succeeded. `requested`: the event
   * is skipped when the attempt in progress ends.
   */
  readonly result: 'skipped' | 'delivered' | 'requested';
}
