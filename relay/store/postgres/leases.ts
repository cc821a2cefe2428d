import type pg from 'pg';

import { toSubscription, type SubscriptionRow } from '../rows.ts';
import type { ChannelPosition, Lease, Store, Subscription } from '../store.ts';
import type { Connections } from './connections.ts';
import { SELECT_SUBSCRIPTIONS } from './subscriptions.ts';

/** Leases on channels, and the progress that their holders report. */
export type Leases = Pick<Store, 'lease' | 'renew' | 'release' | 'progress'>;

/** Upper bound on the time until the next lease attempt, for due channels of which a notification was lost. */
const MAX_LOOK_MS = 1_000;

interface LeasedRow {
  id: string;
  channel: string;
  last_seq: number;
  revision: number;
  paced_at: number;
}

/** Creates the part of a PostgreSQL store that handles leases. */
export function createLeases(connections: Connections): Leases {
  /** Reads the subscriptions of channels that are leased already, so that writes of a former holder are included. */
  async function subscriptionsByChannel(channels: readonly string[]): Promise<Map<string, Subscription[]>> {
    const subscriptions = new Map<string, Subscription[]>(channels.map((channel) => [channel, []]));
    if (channels.length === 0) return subscriptions;
    const rows = await connections.query<SubscriptionRow>(
      'leased',
      `${SELECT_SUBSCRIPTIONS} WHERE c.channel = ANY ($1)`,
      [channels],
    );
    for (const row of rows) subscriptions.get(row.channel)?.push(toSubscription(row));
    return subscriptions;
  }

  return {
    lease: async ({ holder, limit, milliseconds }) => {
      const leased = await connections.query<LeasedRow & pg.QueryResultRow>(
        'lease',
        `WITH due AS (SELECT id FROM channels WHERE due_at <= relay_now() ORDER BY due_at LIMIT $2
           FOR NO KEY UPDATE SKIP LOCKED)
         UPDATE channels c SET lease_id = gen_random_uuid(), leased_by = $1, due_at = relay_now() + $3 FROM due
         WHERE c.id = due.id RETURNING c.lease_id AS id, c.channel, c.last_seq, c.revision, c.paced_at`,
        [holder, limit, milliseconds],
      );
      const subscriptions = await subscriptionsByChannel(leased.map(({ channel }) => channel));
      const [next] = await connections.query<{ wait: number | null }>(
        'next-due',
        'SELECT min(due_at) - relay_now() AS wait FROM channels WHERE due_at IS NOT NULL',
        [],
        'relaxed',
      );
      const leases = leased.map(({ id, channel, last_seq, revision, paced_at }): Lease => ({
        leaseId: id,
        channel,
        lastSeq: last_seq,
        revision,
        pacedAt: paced_at,
        subscriptions: subscriptions.get(channel) ?? [],
      }));
      return { leases, lookAgainInMs: Math.min(MAX_LOOK_MS, next?.wait ?? MAX_LOOK_MS) };
    },

    renew: (leaseIds, milliseconds) =>
      connections.query<ChannelPosition & pg.QueryResultRow>(
        'renew',
        `WITH held AS (SELECT id FROM channels WHERE lease_id = ANY ($1) ORDER BY channel FOR NO KEY UPDATE)
         UPDATE channels c SET due_at = relay_now() + $2 FROM held WHERE c.id = held.id
         RETURNING c.lease_id AS "leaseId", c.last_seq AS "lastSeq", c.revision`,
        [leaseIds, milliseconds],
        'relaxed',
      ),

    release: async (releases) => {
      await connections.query(
        'release',
        `WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
             AS g(lease_id, last_seq, revision, paced_at, due_in_ms)),
           held AS (SELECT id, lease_id FROM channels WHERE lease_id = ANY ($1) ORDER BY channel FOR NO KEY UPDATE)
         UPDATE channels c SET lease_id = NULL, leased_by = NULL, paced_at = g.paced_at,
           due_at = CASE WHEN c.last_seq > g.last_seq OR c.revision <> g.revision THEN relay_now()
             ELSE relay_now() + g.due_in_ms END
         FROM held JOIN given g USING (lease_id) WHERE c.id = held.id`,
        [
          releases.map(({ leaseId }) => leaseId),
          releases.map(({ lastSeq }) => lastSeq),
          releases.map(({ revision }) => revision),
          releases.map(({ pacedAt }) => Math.round(pacedAt)),
          releases.map(({ dueInMs }) => (dueInMs === null ? null : Math.max(0, Math.round(dueInMs)))),
        ],
        'relaxed',
      );
    },

    progress: async (progress) => {
      await connections.query(
        'progress',
        `UPDATE subscriptions s SET cursor = greatest(s.cursor, g.cursor), failures = g.failures,
           next_attempt_at = g.next_attempt_at, last_success_at = coalesce(g.last_success_at, s.last_success_at),
           paced_at = g.paced_at, refused_tries = g.refused_tries, refused_events = g.refused_events,
           outage_from = g.outage_from, redrive_failures = g.redrive_failures, next_redrive_at = g.next_redrive_at,
           redriven_up_to = g.redriven_up_to
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
               $8::integer[], $9::integer[], $10::bigint[], $11::integer[], $12::bigint[], $13::bigint[])
             AS g(lease_id, id, cursor, failures, next_attempt_at, last_success_at, paced_at, refused_tries,
               refused_events, outage_from, redrive_failures, next_redrive_at, redriven_up_to)
           JOIN channels c ON c.lease_id = g.lease_id
         WHERE s.id = g.id AND s.channel_id = c.id`,
        [
          progress.map(({ leaseId }) => leaseId),
          progress.map(({ subscriptionId }) => subscriptionId),
          progress.map(({ cursor }) => cursor),
          progress.map(({ failures }) => failures),
          progress.map(({ nextAttemptAt }) => Math.round(nextAttemptAt)),
          progress.map(({ lastSuccessAt }) => lastSuccessAt),
          progress.map(({ pacedAt }) => Math.round(pacedAt)),
          progress.map(({ refusedTries }) => refusedTries),
          progress.map(({ refusedEvents }) => refusedEvents),
          progress.map(({ outageFrom }) => outageFrom),
          progress.map(({ redriveFailures }) => redriveFailures),
          progress.map(({ nextRedriveAt }) => Math.round(nextRedriveAt)),
          progress.map(({ redrivenUpTo }) => redrivenUpTo),
        ],
        'relaxed',
      );
    },
  };
}
