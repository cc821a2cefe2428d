import { KEPT_ATTEMPTS, type ConsoleStore, type StoredAttempt } from '../console-store.ts';
import type { Connection } from './connection.ts';

/** A {@link StoredAttempt} as the database returns it: SQLite has no boolean type. */
interface AttemptRow extends Omit<StoredAttempt, 'isSentAgain'> {
  readonly isSentAgain: number;
}

/** Creates the part of a SQLite store that records attempts. */
export function createAttempts(connection: Connection): Pick<ConsoleStore, 'recordAttempts' | 'attemptsOf'> {
  const sql = connection.sql.bind(connection);

  return {
    recordAttempts: (attempts) =>
      connection.transact(() => {
        for (const { isSentAgain, ...attempt } of attempts) {
          const { changes } = sql(
            `INSERT INTO attempts (subscription_id, seq, ended_at, number, failure, duration_ms, is_sent_again)
             SELECT s.id, d.seq, @endedAt, coalesce(l.number, 0) + 1, @failure, @durationMs, @isSentAgain
             FROM subscriptions s CROSS JOIN channels c ON c.channel = s.channel
               CROSS JOIN deliveries d ON d.seq = @seq AND d.channel_id = c.id AND d.list_id IS NOT NULL
               LEFT JOIN (SELECT max(number) AS number FROM attempts WHERE subscription_id = @subscriptionId AND seq = @seq) l
             WHERE s.id = @subscriptionId AND (@failure IS NOT NULL OR @isSentAgain = 1 OR l.number IS NOT NULL)
             ON CONFLICT DO NOTHING`,
          ).run({ ...attempt, isSentAgain: Number(isSentAgain) });
          if (changes === 0) continue;
          sql(
            `DELETE FROM attempts WHERE subscription_id = @id AND seq = @seq AND number <=
               (SELECT max(number) FROM attempts WHERE subscription_id = @id AND seq = @seq) - ${KEPT_ATTEMPTS}`,
          ).run({ id: attempt.subscriptionId, seq: attempt.seq });
        }
      }, false),

    attemptsOf: (channel, seq) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT t.subscription_id AS subscriptionId, t.seq, t.number, t.ended_at AS endedAt, t.failure,
             t.duration_ms AS durationMs, t.is_sent_again AS isSentAgain
           FROM attempts t JOIN subscriptions s ON s.id = t.subscription_id
           WHERE t.seq = ? AND s.channel = ? ORDER BY t.subscription_id, t.number`,
        ).all(seq, channel) as AttemptRow[];
        return rows.map((row) => ({ ...row, isSentAgain: row.isSentAgain === 1 }));
      }),
  };
}
