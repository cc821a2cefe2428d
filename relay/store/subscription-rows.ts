/** Reads of subscriptions. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import type { Reader, Value } from './database.ts';
import { SEND_STATES } from './send.ts';
import type { Subscription } from './subscription.ts';

/** A row of {@link selectSubscriptions}. */
type SubscriptionRow = Omit<Subscription, 'filter' | 'description' | 'isPending' | 'isRedriving'> & {
  /** JSON of an {@link ActionFilter}. */
  readonly filter: string;
  /** JSON of a {@link ZapDescription}. */
  readonly description: string | null;
  /** The state of the first waiting send of each kind; null if there is none. */
  readonly isPending: number | null;
  readonly isRedriving: number | null;
};

const waiting = (state: number): string =>
  `(SELECT w.state FROM sends w WHERE w.subscription = s.key AND w.state <= 1 AND w.state = ${state} LIMIT 1)`;

const COLUMNS = `s.key, s.id, c.channel, s.target_url AS "targetUrl", s.filter, s.description,
  s.created_at AS "createdAt", s.ended_at AS "endedAt", s.starts_after AS "startsAfter", s.last_success_at AS "lastSuccessAt", s.failures,
  s.failing_since AS "failingSince", s.last_failure AS "lastFailure", s.next_attempt_at AS "nextAttemptAt",
  s.refused_tries AS "refusedTries", s.refused_events AS "refusedEvents", s.outage_from AS "outageFrom",
  s.redrive_failures AS "redriveFailures", s.next_redrive_at AS "nextRedriveAt", s.paced_at AS "pacedAt",
  s.paused_at AS "pausedAt", s.resumed_at AS "resumedAt", s.skip_seq AS "skipSeq",
  ${waiting(SEND_STATES.pending)} AS "isPending", ${waiting(SEND_STATES.redriven)} AS "isRedriving"`;

const toSubscription = (row: SubscriptionRow): Subscription => ({
  ...row,
  filter: JSON.parse(row.filter) as ActionFilter,
  description: row.description === null ? null : (JSON.parse(row.description) as ZapDescription),
  isPending: row.isPending !== null,
  isRedriving: row.isRedriving !== null,
});

/**
 * Returns the subscriptions that meet a condition, oldest first.
 *
 * @param condition - a condition on the tables `s` (subscriptions) and `c` (their channels)
 */
export async function selectSubscriptions(
  reader: Reader,
  condition: string,
  values: readonly Value[],
): Promise<Subscription[]> {
  const rows = await reader.all<SubscriptionRow>(
    `SELECT ${COLUMNS} FROM subscriptions s JOIN channels c ON c.key = s.channel
     WHERE ${condition} ORDER BY s.created_at, s.key`,
    values,
  );
  return rows.map(toSubscription);
}
