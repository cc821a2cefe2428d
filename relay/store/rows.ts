/** Rows that both stores read, and their conversion to the types of the store interface. */

import type { ActionFilter, DeliveryActions } from '../../wire/action-filter.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import type { Delivery, PreviousDelivery } from './delivery.ts';
import type { Subscription } from './subscription.ts';

/** A {@link PreviousDelivery} as the database returns it. */
export interface PreviousRow extends Omit<PreviousDelivery, 'actions'> {
  /** JSON array, or `null` if the actions are unknown. */
  readonly actions: string;
}

/** A {@link Delivery} as the database returns it, without its previous delivery. */
export interface DeliveryRow extends PreviousRow {
  readonly seq: number;
  /** Present only for dead letters. 0 or 1 in SQLite. */
  readonly isSentAgain?: boolean | number;
}

export interface SubscriptionRow {
  readonly id: string;
  readonly channel: string;
  readonly target_url: string;
  /** JSON of an {@link ActionFilter}. */
  readonly filter: string;
  /** JSON of a {@link ZapDescription}. */
  readonly description: string | null;
  readonly starts_after: number;
  readonly cursor: number;
  readonly failures: number;
  readonly failing_since: number | null;
  readonly last_failure: string | null;
  readonly next_attempt_at: number;
  readonly refused_tries: number;
  readonly refused_events: number;
  readonly outage_from: number | null;
  readonly redrive_failures: number;
  readonly next_redrive_at: number;
  readonly redriven_up_to: number;
  readonly created_at: number;
  readonly last_success_at: number | null;
  readonly paced_at: number;
  /** 0 or 1 in SQLite, which has no boolean type. */
  readonly is_redriving: boolean | number;
  readonly paused_at: number | null;
  readonly resumed_at: number | null;
  readonly skip_seq: number | null;
}

const toPrevious = (row: PreviousRow): PreviousDelivery => ({
  channel: row.channel,
  id: row.id,
  keyId: row.keyId,
  receivedAt: row.receivedAt,
  actions: JSON.parse(row.actions) as DeliveryActions,
  model: row.model,
  subjectId: row.subjectId,
  eventTime: row.eventTime,
  wrappedKey: row.wrappedKey,
  sealed: row.sealed,
});

export const toDelivery = (row: DeliveryRow, previous: PreviousRow | null): Delivery => ({
  seq: row.seq,
  ...toPrevious(row),
  previous: previous && toPrevious(previous),
  ...(Boolean(row.isSentAgain) && { isSentAgain: true }),
});

export const toSubscription = (row: SubscriptionRow): Subscription => ({
  id: row.id,
  channel: row.channel,
  targetUrl: row.target_url,
  filter: JSON.parse(row.filter) as ActionFilter,
  description: row.description === null ? null : (JSON.parse(row.description) as ZapDescription),
  startsAfter: row.starts_after,
  cursor: row.cursor,
  failures: row.failures,
  failingSince: row.failing_since,
  lastFailure: row.last_failure,
  nextAttemptAt: row.next_attempt_at,
  refusedTries: row.refused_tries,
  refusedEvents: row.refused_events,
  outageFrom: row.outage_from,
  redriveFailures: row.redrive_failures,
  nextRedriveAt: row.next_redrive_at,
  redrivenUpTo: row.redriven_up_to,
  createdAt: row.created_at,
  lastSuccessAt: row.last_success_at,
  pacedAt: row.paced_at,
  isRedriving: Boolean(row.is_redriving),
  pausedAt: row.paused_at,
  resumedAt: row.resumed_at,
  skipSeq: row.skip_seq,
});
