import type { Progress } from '../subscription.ts';
import { arrayLiteral } from './array-literal.ts';
import { firstUnsettled, settle } from './settlement.ts';
import type { Connections } from './connections.ts';
import { changeUnlocked } from './unlocked.ts';

/** Common table expression with the given progress. Each parameter is an array with one value per subscription. */
const GIVEN = `WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::integer[], $9::integer[], $10::bigint[], $11::integer[], $12::bigint[], $13::bigint[],
        $14::bigint[], $15::text[])
      AS g(lease_id, id, cursor, failures, next_attempt_at, last_success_at, paced_at, refused_tries, refused_events,
        outage_from, redrive_failures, next_redrive_at, redriven_up_to, failing_since, last_failure))`;

/** Common table expression that skips subscriptions that another session has locked. */
const UNLOCKED = `, unlocked AS (SELECT id FROM subscriptions WHERE id = ANY ($2) FOR NO KEY UPDATE SKIP LOCKED)`;

const UPDATE = `UPDATE subscriptions s SET cursor = greatest(s.cursor, g.cursor), failures = g.failures,
    next_attempt_at = g.next_attempt_at, last_success_at = coalesce(g.last_success_at, s.last_success_at),
    paced_at = g.paced_at, refused_tries = g.refused_tries, refused_events = g.refused_events,
    outage_from = g.outage_from, redrive_failures = g.redrive_failures, next_redrive_at = g.next_redrive_at,
    redriven_up_to = g.redriven_up_to, failing_since = g.failing_since, last_failure = g.last_failure
  FROM given g JOIN channels c ON c.lease_id = g.lease_id`;

const RETURNING = `RETURNING g.lease_id AS "leaseId", s.id AS "subscriptionId", c.channel, g.cursor,
  ${firstUnsettled('c.id', 's.id', 'g.cursor')} AS "firstUnsettled"`;

const IS_HELD = 's.id = g.id AND s.channel_id = c.id';
/**
 * Saves progress. Returns only the rows to settle, because reading a row of each subscription takes processor time.
 */
const SAVE = `${GIVEN}, saved AS (${UPDATE} WHERE ${IS_HELD} ${RETURNING})
  SELECT * FROM saved WHERE "firstUnsettled" IS NOT NULL`;
/** Saves the progress of subscriptions that are not locked, and returns the row of each. */
const SAVE_UNLOCKED = `${GIVEN}${UNLOCKED} ${UPDATE} JOIN unlocked u ON u.id = g.id WHERE ${IS_HELD} ${RETURNING}`;

function valuesOf(progress: readonly Progress[]): unknown[] {
  const column = (valueOf: (entry: Progress) => number | string | null) => arrayLiteral(progress.map(valueOf));
  return [
    column(({ leaseId }) => leaseId),
    column(({ subscriptionId }) => subscriptionId),
    column(({ cursor }) => cursor),
    column(({ failures }) => failures),
    column(({ nextAttemptAt }) => Math.round(nextAttemptAt)),
    column(({ lastSuccessAt }) => lastSuccessAt),
    column(({ pacedAt }) => Math.round(pacedAt)),
    column(({ refusedTries }) => refusedTries),
    column(({ refusedEvents }) => refusedEvents),
    column(({ outageFrom }) => outageFrom),
    column(({ redriveFailures }) => redriveFailures),
    column(({ nextRedriveAt }) => Math.round(nextRedriveAt)),
    column(({ redrivenUpTo }) => redrivenUpTo),
    column(({ failingSince }) => failingSince),
    progress.map(({ lastFailure }) => lastFailure),
  ];
}

const keyOf = ({ leaseId, subscriptionId }: Pick<Progress, 'leaseId' | 'subscriptionId'>): string =>
  `${leaseId} ${subscriptionId}`;

/** A subscription, and the lease that its progress belongs to. */
interface ProgressRow {
  leaseId: string;
  subscriptionId: string;
}

interface SavedRow extends ProgressRow {
  channel: string;
  cursor: number;
  /** The first unsettled delivery that the cursor has passed; null if there is none. */
  firstUnsettled: number | null;
}

/**
 * Saves progress, and settles the deliveries that no subscription is waiting for any longer.
 *
 * @returns the progress of subscriptions that another session has locked
 */
export async function saveProgress(
  connections: Connections,
  progress: readonly Progress[],
): Promise<readonly Progress[]> {
  const { changed, locked } = await changeUnlocked<Progress, SavedRow>(progress, {
    apply: (given, skipsLocked) =>
      connections.tryQuery<SavedRow>(
        skipsLocked ? 'progress-unlocked' : 'progress',
        skipsLocked ? SAVE_UNLOCKED : SAVE,
        valuesOf(given),
        'relaxed',
      ),
    skipped: async (saved) => {
      const done = new Set(saved.map(keyOf));
      const rows = await connections.query<ProgressRow>(
        'held-subscriptions',
        `SELECT c.lease_id AS "leaseId", s.id AS "subscriptionId"
         FROM channels c JOIN subscriptions s ON s.channel_id = c.id WHERE c.lease_id = ANY ($1) AND s.id = ANY ($2)`,
        [progress.map(({ leaseId }) => leaseId), progress.map(({ subscriptionId }) => subscriptionId)],
        'relaxed',
      );
      const held = new Set(rows.map(keyOf));
      return progress.filter((entry) => held.has(keyOf(entry)) && !done.has(keyOf(entry)));
    },
  });
  for (const { channel, cursor, firstUnsettled } of changed) {
    if (firstUnsettled === null) continue;
    await settle(connections, channel, { after: firstUnsettled - 1, upTo: cursor });
  }
  return locked;
}
