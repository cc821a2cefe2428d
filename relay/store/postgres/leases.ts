import type pg from 'pg';

import { toSubscription, type SubscriptionRow } from '../rows.ts';
import { RESERVATION_MS } from '../process-store.ts';
import type { ChannelPosition, Lease, Release } from '../lease.ts';
import type { Store } from '../store.ts';
import type { Subscription } from '../subscription.ts';
import type { Connections } from './connections.ts';
import type { HeldRow, Listener } from './listener.ts';
import { saveProgress } from './progress.ts';
import { SELECT_SUBSCRIPTIONS } from './subscriptions.ts';
import { changeUnlocked } from './unlocked.ts';

/** Leases on channels, and the progress that their holders report. */
export type Leases = Pick<Store, 'lease' | 'renew' | 'release' | 'progress'>;

/** Maximum time until the next lease attempt, in case the notification about a due channel was lost. */
const MAX_LOOK_MS = 1_000;

interface LeasedRow {
  id: string;
  channel: string;
  last_seq: number;
  revision: number;
  paced_at: number;
}

/** Common table expression that locks the channels of leases, given as `$1`. */
const held = (skipsLocked: boolean): string =>
  `WITH held AS (SELECT id, lease_id FROM channels WHERE lease_id = ANY ($1) ORDER BY channel
     FOR NO KEY UPDATE ${skipsLocked ? 'SKIP LOCKED' : ''})`;

/** Condition for channels that `$1` may lease. A channel with a lease id has an expired lease, not a reservation. */
const UNRESERVED = '(lease_id IS NOT NULL OR leased_by IS NULL OR leased_by = $1)';

interface ReleasedRow extends HeldRow {
  leaseId: string;
}

/** Creates the part of a PostgreSQL store that handles leases. */
export function createLeases(connections: Connections, listener: Listener): Leases {
  /** Reads the positions of leases that are still held, without waiting for locks. */
  async function positionsOf(leaseIds: readonly string[]): Promise<ChannelPosition[]> {
    if (leaseIds.length === 0) return [];
    return connections.query<ChannelPosition & pg.QueryResultRow>(
      'positions',
      'SELECT lease_id AS "leaseId", last_seq AS "lastSeq", revision FROM channels WHERE lease_id = ANY ($1)',
      [leaseIds],
      'relaxed',
    );
  }

  /**
   * Reads the subscriptions after their channels have been leased, so that all writes of the previous holders are
   * included.
   */
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
        `WITH due AS (SELECT id FROM channels
           WHERE due_at <= relay_now() AND (${UNRESERVED} OR due_at <= relay_now() - ${RESERVATION_MS})
           ORDER BY due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
         UPDATE channels c SET lease_id = gen_random_uuid(), leased_by = $1, due_at = relay_now() + $3 FROM due
         WHERE c.id = due.id RETURNING c.lease_id AS id, c.channel, c.last_seq, c.revision, c.paced_at`,
        [holder, limit, milliseconds],
      );
      const subscriptions = await subscriptionsByChannel(leased.map(({ channel }) => channel));
      const [next] = await connections.query<{ wait: number | null }>(
        'next-due',
        `SELECT min(due_at) - relay_now() AS wait FROM channels WHERE due_at IS NOT NULL AND ${UNRESERVED}`,
        [holder],
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

    renew: async (leaseIds, milliseconds) => {
      const { changed, locked } = await changeUnlocked<string, ChannelPosition>(leaseIds, {
        apply: (ids, skipsLocked) =>
          connections.tryQuery<ChannelPosition & pg.QueryResultRow>(
            skipsLocked ? 'renew-unlocked' : 'renew',
            `${held(skipsLocked)}
             UPDATE channels c SET due_at = relay_now() + $2 FROM held WHERE c.id = held.id
             RETURNING c.lease_id AS "leaseId", c.last_seq AS "lastSeq", c.revision`,
            [ids, milliseconds],
            'relaxed',
          ),
        skipped: async (renewed) => {
          const done = new Set(renewed.map(({ leaseId }) => leaseId));
          const ids = leaseIds.filter((id) => !done.has(id));
          return (await positionsOf(ids)).map(({ leaseId }) => leaseId);
        },
      });
      const positions = await positionsOf(locked);
      return [...changed, ...positions.map((position) => ({ ...position, isLocked: true }))];
    },

    release: async (releases) => {
      const { changed } = await changeUnlocked<Release, ReleasedRow>(releases, {
        apply: (given, skipsLocked) =>
          connections.tryQuery<ReleasedRow & pg.QueryResultRow>(
            skipsLocked ? 'release-unlocked' : 'release',
            `${held(skipsLocked)}, given AS (
               SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[])
                 AS g(lease_id, last_seq, revision, paced_at, due_in_ms, reserved_for))
             UPDATE channels c SET lease_id = NULL, paced_at = g.paced_at,
               leased_by = CASE WHEN c.last_seq > g.last_seq OR c.revision <> g.revision OR g.due_in_ms = 0
                 THEN g.reserved_for END,
               due_at = CASE WHEN c.last_seq > g.last_seq OR c.revision <> g.revision THEN relay_now()
                 ELSE relay_now() + g.due_in_ms END
             FROM held JOIN given g USING (lease_id) WHERE c.id = held.id
             RETURNING g.lease_id AS "leaseId", c.channel, c.leased_by AS holder`,
            [
              given.map(({ leaseId }) => leaseId),
              given.map(({ lastSeq }) => lastSeq),
              given.map(({ revision }) => revision),
              given.map(({ pacedAt }) => Math.round(pacedAt)),
              given.map(({ dueInMs }) => (dueInMs === null ? null : Math.max(0, Math.round(dueInMs)))),
              given.map(({ reservedFor }) => reservedFor ?? null),
            ],
            'relaxed',
          ),
        skipped: async (released) => {
          const done = new Set(released.map(({ leaseId }) => leaseId));
          const stillHeld = new Set((await positionsOf(releases.map(({ leaseId }) => leaseId))).map((p) => p.leaseId));
          return releases.filter(({ leaseId }) => !done.has(leaseId) && stillHeld.has(leaseId));
        },
      });
      // Notify the receivers, so that they lease the channels at once.
      const handedOver = changed.filter(({ holder }) => holder !== null);
      listener.notify(handedOver, 'deliveries');
    },

    progress: (progress) => saveProgress(connections, progress),
  };
}
