import type { OnChange, Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { settle } from './settlement.ts';
import { incrementRevision } from './subscriptions.ts';

/** Number of dead letters that one step deletes. */
const MAX_DEAD_LETTERS = 1000;

/** Creates the part of a SQLite store that ends subscriptions. */
export function createUnsubscribe(connection: Connection, notify: OnChange): Pick<Store, 'unsubscribe'> {
  const sql = connection.sql.bind(connection);

  /** Deletes dead letters of a subscription. Returns their number. */
  const deleteDeadLetters = (channel: string, id: string): number =>
    sql(
      `DELETE FROM dead_letters WHERE (subscription_id, seq) IN (SELECT l.subscription_id, l.seq FROM dead_letters l
         WHERE l.subscription_id = (SELECT id FROM subscriptions WHERE channel = ? AND id = ?) LIMIT ?)`,
    ).run(channel, id, MAX_DEAD_LETTERS).changes;

  /** Repeats a step of its own transaction until it returns false. Other calls have their turn between two steps. */
  async function inSteps(step: () => boolean): Promise<void> {
    while (await connection.transact(step, false)) await connection.pause();
  }

  return {
    unsubscribe: async (channel, id) => {
      await inSteps(() => deleteDeadLetters(channel, id) === MAX_DEAD_LETTERS);
      const isDeleted = await connection.transact(() => {
        deleteDeadLetters(channel, id);
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
