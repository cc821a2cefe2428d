import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type {
  AttemptSummary,
  ConsoleStore,
  EventIndex,
  ListedDelivery,
  ListedLetter,
  ListRange,
  NotableKind,
  ReadOrder,
  SeqRange,
  StoredEvent,
} from '../console-store.ts';
import type { Connection } from './connection.ts';
import { DELIVERY_JOINS } from './delivery-rows.ts';
import { countEvents } from './event-counts.ts';

/** Reads of events for the console. */
export type Events = Pick<
  ConsoleStore,
  'eventIndex' | 'eventsIn' | 'notableEvents' | 'eventFacts' | 'countEvents' | 'listedDeliveries'
>;

/** Selects sequence numbers of each kind for a subscription, in a range. */
const SELECT_NOTABLE: Readonly<Record<NotableKind, string>> = {
  dead: 'SELECT seq FROM dead_letters WHERE subscription_id = ? AND is_redriven = 0 AND seq > ? AND seq <= ?',
  redriven: 'SELECT seq FROM dead_letters WHERE subscription_id = ? AND is_redriven = 1 AND seq > ? AND seq <= ?',
  attempted: 'SELECT DISTINCT seq FROM attempts WHERE subscription_id = ? AND seq > ? AND seq <= ?',
};

const ORDER_BY: Readonly<Record<ReadOrder, string>> = {
  'newest first': 'ORDER BY seq DESC',
  'oldest first': 'ORDER BY seq',
};

const EVENT_COLUMNS = 'd.seq, d.received_at AS receivedAt, coalesce(d.actions, a.actions) AS actions';

interface EventRow extends Omit<StoredEvent, 'actions'> {
  readonly actions: string;
}

const withActions = <Row extends { readonly actions: string }>(
  row: Row,
): Omit<Row, 'actions'> & { readonly actions: DeliveryActions } => ({
  ...row,
  actions: JSON.parse(row.actions) as DeliveryActions,
});

/** Returns the first of the distinct sequence numbers, in the given order. */
const firstOf = (numbers: readonly number[], limit: number, order: ReadOrder): number[] =>
  [...new Set(numbers)].sort((one, other) => (order === 'newest first' ? other - one : one - other)).slice(0, limit);

/** Creates the part of a SQLite store that reads events for the console. */
export function createEvents(connection: Connection): Events {
  const sql = connection.sql.bind(connection);

  const idOf = (channel: string): number | null =>
    (sql('SELECT id FROM channels WHERE channel = ?').pluck().get(channel) as number | undefined) ?? null;

  /** Runs a function in a transaction with the id of a channel. Returns an empty list if the channel does not exist. */
  const inChannel = <T>(channel: string, read: (channelId: number) => T[]): Promise<T[]> =>
    connection.transact(() => {
      const channelId = idOf(channel);
      return channelId === null ? [] : read(channelId);
    });

  const subscriptionIds = (channel: string): string[] =>
    sql('SELECT id FROM subscriptions WHERE channel = ?').pluck().all(channel) as string[];

  function seqsIn(channelId: number, { listId, after, upTo }: ListRange, limit: number, order: ReadOrder): number[] {
    const statement =
      listId === null
        ? sql(
            `SELECT seq FROM deliveries WHERE channel_id = ? AND seq > ? AND seq <= ? AND list_id IS NOT NULL
             ${ORDER_BY[order]} LIMIT ?`,
          )
        : sql(
            `SELECT seq FROM deliveries WHERE list_id = (SELECT id FROM action_lists WHERE channel_id = ? AND id = ?)
               AND seq > ? AND seq <= ? ${ORDER_BY[order]} LIMIT ?`,
          );
    const list = listId === null ? [] : [listId];
    return statement.pluck().all(channelId, ...list, after, upTo, limit) as number[];
  }

  /** Returns the deliveries with these numbers that belong to the channel and have content, in the same order. */
  const eventsWith = (channelId: number, seqs: readonly number[]): StoredEvent[] =>
    seqs.flatMap((seq) => {
      const row = sql(
        `SELECT ${EVENT_COLUMNS} FROM deliveries d CROSS JOIN action_lists a ON a.id = d.list_id
         WHERE d.seq = ? AND d.channel_id = ?`,
      ).get(seq, channelId) as EventRow | undefined;
      return row ? [withActions(row)] : [];
    });

  function notableSeqs(
    kind: NotableKind,
    ids: readonly string[],
    { after, upTo }: SeqRange,
    limit: number,
    order: ReadOrder,
  ): number[] {
    const statement = sql(`${SELECT_NOTABLE[kind]} ${ORDER_BY[order]} LIMIT ?`).pluck();
    return firstOf(
      ids.flatMap((id) => statement.all(id, after, upTo, limit) as number[]),
      limit,
      order,
    );
  }

  return {
    eventIndex: (channel) =>
      connection.transact((): EventIndex | null => {
        const row = sql('SELECT id, contents_deleted_up_to AS expiredUpTo FROM channels WHERE channel = ?').get(
          channel,
        ) as { id: number; expiredUpTo: number } | undefined;
        if (!row) return null;
        const { id: channelId, expiredUpTo } = row;
        const lists = sql('SELECT id, actions FROM action_lists WHERE channel_id = ?').all(channelId) as {
          id: number;
          actions: string;
        }[];
        const hours = sql('SELECT hour, last_seq AS lastSeq FROM hourly_counts WHERE channel_id = ? ORDER BY hour').all(
          channelId,
        ) as { hour: number; lastSeq: number }[];
        return { expiredUpTo, lists: lists.map(withActions), hours };
      }),

    eventsIn: (channel, ranges, limit, order = 'newest first') =>
      inChannel(channel, (channelId) =>
        eventsWith(
          channelId,
          firstOf(
            ranges.flatMap((range) => seqsIn(channelId, range, limit, order)),
            limit,
            order,
          ),
        ),
      ),

    notableEvents: (channel, kind, subscriptionId, range, limit, order = 'newest first') =>
      inChannel(channel, (channelId) => {
        const ids = subscriptionIds(channel).filter((id) => subscriptionId === null || id === subscriptionId);
        return eventsWith(channelId, notableSeqs(kind, ids, range, limit, order));
      }),

    eventFacts: (channel, seqs) =>
      connection.transact(() => {
        const ids = new Set(subscriptionIds(channel));
        const letters = seqs.flatMap(
          (seq) =>
            sql(
              `SELECT subscription_id AS subscriptionId, seq, reason, is_redriven AS isRedriven, redriven_at AS redrivenAt,
                 is_sent_again AS isSentAgain
               FROM dead_letters WHERE seq = ?`,
            ).all(seq) as (Omit<ListedLetter, 'isRedriven' | 'isSentAgain'> & {
              isRedriven: number;
              isSentAgain: number;
            })[],
        );
        // With a single min() or max(), SQLite takes the other columns from the row that has this value.
        const attempts = seqs.flatMap(
          (seq) =>
            sql(
              `SELECT subscription_id AS subscriptionId, seq, failure AS lastFailure, ended_at AS lastEndedAt, max(number) AS number,
                 total(is_sent_again) > 0 AS isSentAgain
               FROM attempts WHERE seq = ? GROUP BY subscription_id`,
            ).all(seq) as (Omit<AttemptSummary, 'isSentAgain'> & { number: number; isSentAgain: number })[],
        );
        return {
          letters: letters
            .filter(({ subscriptionId }) => ids.has(subscriptionId))
            .map((row) => ({ ...row, isRedriven: row.isRedriven === 1, isSentAgain: row.isSentAgain === 1 })),
          attempts: attempts
            .filter(({ subscriptionId }) => ids.has(subscriptionId))
            .map(({ subscriptionId, seq, lastFailure, lastEndedAt, isSentAgain }) => ({
              subscriptionId,
              seq,
              lastFailure,
              lastEndedAt,
              isSentAgain: isSentAgain === 1,
            })),
        };
      }),

    countEvents: (channel, ranges, sinceHour) =>
      inChannel(channel, (channelId) => countEvents(connection, channelId, ranges, sinceHour)),

    listedDeliveries: (channel, seqs, maxBytes) =>
      inChannel(channel, (channelId) =>
        firstOf(seqs, seqs.length, 'newest first').flatMap((seq) => {
          const row = sql(
            `SELECT d.seq, c.channel, d.id, k.key_id AS keyId, d.received_at AS receivedAt,
               coalesce(d.actions, a.actions) AS actions, d.model, d.subject_id AS subjectId,
               d.event_time AS eventTime, k.wrapped AS wrappedKey, iif(length(d.sealed) <= ?, d.sealed, NULL) AS sealed
             FROM deliveries d ${DELIVERY_JOINS} WHERE d.seq = ? AND d.channel_id = ?`,
          ).get(maxBytes, seq, channelId) as (Omit<ListedDelivery, 'actions'> & { actions: string }) | undefined;
          return row ? [withActions(row)] : [];
        }),
      ),
  };
}
