import { SENT_AGAIN, type ConsoleStore, type Repetition } from '../console-store.ts';
import type { OnChange } from '../store.ts';
import type { Connection } from './connection.ts';
import { incrementRevision } from './subscriptions.ts';

/** Creates the part of a SQLite store that sends deliveries again. */
export function createSendAgain(connection: Connection, notify: OnChange): Pick<ConsoleStore, 'sendAgain'> {
  const sql = connection.sql.bind(connection);

  /** Marks a delivery. Returns null if the delivery or the subscription does not exist. */
  function mark(channel: string, { subscriptionId, seq }: Repetition, now: number): 'marked' | 'waiting' | null {
    const row = sql(
      `SELECT s.cursor >= d.seq AND coalesce(l.is_redriven, 0) = 0 AS hasPassed
       FROM channels c CROSS JOIN subscriptions s ON s.channel = c.channel AND s.id = ?
         CROSS JOIN deliveries d ON d.seq = ? AND d.channel_id = c.id AND d.list_id IS NOT NULL
         LEFT JOIN dead_letters l ON l.subscription_id = s.id AND l.seq = d.seq
       WHERE c.channel = ? AND (d.seq > c.contents_deleted_up_to OR EXISTS (SELECT 1 FROM dead_letters r WHERE r.seq = d.seq))`,
    ).get(subscriptionId, seq, channel) as { hasPassed: number } | undefined;
    if (!row) return null;
    if (row.hasPassed === 0) return 'waiting';
    sql(
      `INSERT INTO dead_letters (subscription_id, seq, reason, dead_at, is_redriven, redriven_at, is_sent_again)
       VALUES (@subscriptionId, @seq, @reason, @now, 1, @now, 1)
       ON CONFLICT DO UPDATE SET is_redriven = 1, redriven_at = @now, is_sent_again = 1`,
    ).run({ subscriptionId, seq, reason: SENT_AGAIN, now });
    return 'marked';
  }

  return {
    sendAgain: async (channel, repetitions, maxMarked, now) => {
      const result = await connection.transact(() => {
        const { count } = sql(
          `SELECT count(*) AS count FROM subscriptions s CROSS JOIN dead_letters l ON l.subscription_id = s.id
           WHERE s.channel = ? AND l.is_redriven = 1 AND l.is_sent_again = 1`,
        ).get(channel) as { count: number };
        if (count + repetitions.length > maxMarked) return 'busy';
        const results = repetitions.map((repetition) => mark(channel, repetition, now));
        const marked = results.filter((each) => each === 'marked').length;
        if (marked > 0) {
          incrementRevision(connection, channel);
          sql('UPDATE channels SET due_at = ? WHERE channel = ? AND lease_id IS NULL').run(connection.now(), channel);
        }
        return { marked, waiting: results.filter((each) => each === 'waiting').length };
      });
      if (result !== 'busy' && result.marked > 0) notify(channel, 'subscriptions');
      return result;
    },
  };
}
