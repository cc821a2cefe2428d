import { randomUUID } from 'node:crypto';

import type { ChannelPosition, Lease } from '../lease.ts';
import { MAX_SCHEDULE_MS, type Store } from '../store.ts';
import type { Progress } from '../subscription.ts';
import type { Connection } from './connection.ts';
import { settle } from './settlement.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** Leases on channels, and the progress that their holders report. */
export type Leases = Pick<Store, 'lease' | 'renew' | 'release' | 'progress'>;

interface DueRow {
  channel: string;
  last_seq: number;
  revision: number;
  paced_at: number;
}

/**
 * Saves the progress of one subscription, and settles the deliveries that no subscription is waiting for any longer, in
 * the caller's transaction. Ignores a lease that is no longer held.
 */
export function saveProgress(connection: Connection, progress: Progress): void {
  const { leaseId, subscriptionId, cursor, failures, nextAttemptAt, lastSuccessAt, pacedAt } = progress;
  const { refusedTries, refusedEvents, outageFrom, redriveFailures, nextRedriveAt, redrivenUpTo } = progress;
  const { failingSince, lastFailure } = progress;
  const before = connection
    .sql(
      `SELECT channel, cursor FROM subscriptions
       WHERE id = ? AND channel = (SELECT channel FROM channels WHERE lease_id = ?)`,
    )
    .get(subscriptionId, leaseId) as { channel: string; cursor: number } | undefined;
  if (!before) return;
  connection
    .sql(
      `UPDATE subscriptions SET cursor = max(cursor, ?), failures = ?, next_attempt_at = ?,
         refused_tries = ?, refused_events = ?, outage_from = ?, redrive_failures = ?, next_redrive_at = ?,
         redriven_up_to = ?, failing_since = ?, last_failure = ?, last_success_at = coalesce(?, last_success_at), paced_at = ?
       WHERE id = ?`,
    )
    .run(
      cursor,
      failures,
      Math.round(nextAttemptAt),
      refusedTries,
      refusedEvents,
      outageFrom,
      redriveFailures,
      Math.round(nextRedriveAt),
      redrivenUpTo,
      failingSince,
      lastFailure,
      lastSuccessAt,
      Math.round(pacedAt),
      subscriptionId,
    );
  if (cursor > before.cursor) {
    settle(connection, before.channel, { after: before.cursor, upTo: cursor });
  }
}

/**
 * Ends all leases. Called when the file is opened. This process has locked the file, so all processes that held leases
 * have ended.
 */
export function endAllLeases(connection: Connection): void {
  connection.sql('UPDATE channels SET lease_id = NULL, due_at = ? WHERE lease_id IS NOT NULL').run(connection.now());
}

/** Creates the part of a SQLite store that handles leases. Its transactions need not be durable. */
export function createLeases(connection: Connection): Leases {
  const sql = connection.sql.bind(connection);

  return {
    lease: ({ limit, milliseconds }) =>
      connection.transact(() => {
        const now = connection.now();
        const due = sql(
          `SELECT channel, last_seq, revision, paced_at FROM channels WHERE due_at <= ? OR due_at > ?
           ORDER BY due_at LIMIT ?`,
        ).all(now, now + Math.max(MAX_SCHEDULE_MS, milliseconds), limit) as DueRow[];
        const leases = due.map((row): Lease => {
          const leaseId = randomUUID();
          sql('UPDATE channels SET lease_id = ?, due_at = ? WHERE channel = ?').run(
            leaseId,
            now + milliseconds,
            row.channel,
          );
          return {
            leaseId,
            channel: row.channel,
            lastSeq: row.last_seq,
            revision: row.revision,
            pacedAt: row.paced_at,
            subscriptions: subscriptionsOf(connection, row.channel),
          };
        });
        const { lookAgainInMs } = sql(
          'SELECT min(due_at) - ? AS lookAgainInMs FROM channels WHERE due_at IS NOT NULL',
        ).get(now) as { lookAgainInMs: number | null };
        return { leases, lookAgainInMs: lookAgainInMs === null ? null : Math.min(lookAgainInMs, MAX_SCHEDULE_MS) };
      }, false),

    renew: (leaseIds, milliseconds) =>
      connection.transact(
        () =>
          leaseIds.flatMap((leaseId) => {
            const row = sql(
              'UPDATE channels SET due_at = ? WHERE lease_id = ? RETURNING last_seq AS lastSeq, revision',
            ).get(connection.now() + milliseconds, leaseId) as Omit<ChannelPosition, 'leaseId'> | undefined;
            return row ? [{ leaseId, ...row }] : [];
          }),
        false,
      ),

    release: (releases) =>
      connection.transact(() => {
        const now = connection.now();
        for (const { leaseId, lastSeq, revision, pacedAt, dueInMs } of releases) {
          sql(
            `UPDATE channels SET lease_id = NULL, paced_at = ?,
               due_at = iif(last_seq > ? OR revision <> ?, ?, ?) WHERE lease_id = ?`,
          ).run(
            Math.round(pacedAt),
            lastSeq,
            revision,
            now,
            dueInMs === null ? null : now + Math.max(0, Math.round(dueInMs)),
            leaseId,
          );
        }
      }, false),

    progress: (progress) =>
      connection.transact(() => {
        for (const entry of progress) saveProgress(connection, entry);
        return [];
      }, false),
  };
}
