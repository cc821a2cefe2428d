import type { OnChange, Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { settle } from './settlement.ts';
import { incrementRevision } from './subscriptions.ts';

/** Number of rows that one step deletes. */
const MAX_ROWS = 1000;

/** Creates the part of a SQLite store that ends subscriptions. */
export function createUnsubscribe(connection: Connection, notify: OnChange): Pick<Store, 'unsubscribe'> {
  const sql = connection.sql.bind(connection);

  /** Deletes dead letters and attempts of a subscription. Returns their number. */
  function deleteRows(channel: string, id: string): number {
    const ofSubscription = 'subscription_id = (SELECT id FROM subscriptions WHERE channel = ? AND id = ?) LIMIT ?';
    const { changes } = sql(
      `DELETE FROM dead_letters WHERE (subscription_id, seq) IN (
         SELECT subscription_id, seq FROM dead_letters WHERE ${ofSubscription})`,
    ).run(channel, id, MAX_ROWS);
    if (changes === MAX_ROWS) return changes;
    return sql(
      `DELETE FROM attempts WHERE (subscription_id, seq, ended_at) IN (
         SELECT subscription_id, seq, ended_at FROM attempts WHERE ${ofSubscription})`,
    ).run(channel, id, MAX_ROWS).changes;
  }

  /**
   * Repeats a step, each time in its own transaction, until the step returns false. Other calls are served between two
   * steps.
   */
  async function inSteps(step: () => boolean): Promise<void> {
    while (await connection.transact(step, false)) await connection.pause();
  }

  return {
    unsubscribe: async (channel, id) => {
      await inSteps(() => deleteRows(channel, id) === MAX_ROWS);
      const isDeleted = await connection.transact(() => {
        deleteRows(channel, id);
        const { changes } = sql('DELETE FROM subscriptions WHERE channel = ? AND id = ?').run(channel, id);
        if (changes > 0) incrementRevision(connection, channel);
        return changes > 0;
      });
      notify(channel, 'subscriptions');
      await inSteps(() => settle(connection, channel) > 0);
      return isDeleted;
    },
  };
}
