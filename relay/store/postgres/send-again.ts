import { SENT_AGAIN, type ConsoleStore } from '../console-store.ts';
import type { Connections } from './connections.ts';
import type { HeldRow, Listener } from './listener.ts';
import { isSubscriptionId } from './subscriptions.ts';

/** Creates the part of a PostgreSQL store that sends deliveries again. */
export function createSendAgain(connections: Connections, listener: Listener): Pick<ConsoleStore, 'sendAgain'> {
  return {
    sendAgain: async (channel, repetitions, maxMarked, now) => {
      const known = repetitions.filter(({ subscriptionId }) => isSubscriptionId(subscriptionId));
      const [row] = await connections.query<HeldRow & { marked: number | null; waiting: number }>(
        'send-again',
        'SELECT marked, waiting, holder, $1 AS channel FROM relay_send_again($1, $2, $3, $4, $5, $6)',
        [
          channel,
          known.map(({ subscriptionId }) => subscriptionId),
          known.map(({ seq }) => seq),
          SENT_AGAIN,
          maxMarked,
          now,
        ],
        'slow',
      );
      if (!row) return { marked: 0, waiting: 0 };
      if (row.marked === null) return 'busy';
      if (row.marked > 0) listener.notify([row], 'subscriptions');
      return { marked: row.marked, waiting: row.waiting };
    },
  };
}
