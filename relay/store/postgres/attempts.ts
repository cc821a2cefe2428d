import type pg from 'pg';

import { KEPT_ATTEMPTS, type ConsoleStore, type StoredAttempt } from '../console-store.ts';
import type { Connections } from './connections.ts';

/** Creates the part of a PostgreSQL store that records attempts. */
export function createAttempts(connections: Connections): Pick<ConsoleStore, 'recordAttempts' | 'attemptsOf'> {
  return {
    recordAttempts: async (attempts) => {
      await connections.query(
        'record-attempts',
        'SELECT relay_record_attempts($1, $2, $3, $4, $5, $6, $7)',
        [
          attempts.map(({ subscriptionId }) => subscriptionId),
          attempts.map(({ seq }) => seq),
          attempts.map(({ endedAt }) => endedAt),
          attempts.map(({ failure }) => failure),
          attempts.map(({ durationMs }) => durationMs),
          attempts.map(({ isSentAgain }) => isSentAgain),
          KEPT_ATTEMPTS,
        ],
        'relaxed',
      );
    },

    attemptsOf: (channel, seq) =>
      connections.query<StoredAttempt & pg.QueryResultRow>(
        'attempts-of',
        `SELECT t.subscription_id AS "subscriptionId", t.seq, t.number, t.ended_at AS "endedAt", t.failure,
           t.duration_ms AS "durationMs", t.is_sent_again AS "isSentAgain"
         FROM channels c JOIN attempts t ON t.channel_id = c.id JOIN subscriptions s ON s.id = t.subscription_id
         WHERE c.channel = $1 AND t.seq = $2 ORDER BY t.subscription_id, t.number`,
        [channel, seq],
      ),
  };
}
