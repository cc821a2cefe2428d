/**
 * Statements that read the tables of a SQLite store as rows for the tables of a PostgreSQL store. The columns that a
 * statement returns have the names of the columns in PostgreSQL. Omitted columns get their default values.
 *
 * Remaining rows of deleted channels and subscriptions are omitted. Sequence numbers and the ids of channels, action
 * lists and data keys do not change, so that references remain valid.
 */

/** A table to move. */
export interface MovedTable {
  readonly name: string;
  /** The statement that reads its rows from the SQLite file. */
  readonly select: string;
  /** Columns of type json. The SQLite file contains them as text. */
  readonly jsonColumns?: readonly string[];
  /** True if a sequence generates the ids. The sequence must continue after the greatest id. */
  readonly hasGeneratedIds?: boolean;
}

/** Joins that select dead letters or attempts whose subscription and content still exist. */
const OF_SUBSCRIPTION = 'JOIN subscriptions s ON s.id = r.subscription_id JOIN deliveries d ON d.seq = r.seq';

export const MOVED_TABLES: readonly MovedTable[] = [
  {
    name: 'channels',
    select: `SELECT id, channel, created_at, with_secret, seal_key, last_event_at, newest_seq, last_seq,
        contents_deleted_up_to, deliveries, remembered, stored_bytes, revision, paced_at
      FROM channels ORDER BY id`,
    hasGeneratedIds: true,
  },
  {
    // `dead_up_to` is omitted, so that searches for delivered contents start again at the oldest content.
    name: 'action_lists',
    select: 'SELECT id, channel_id, actions FROM action_lists ORDER BY id',
    hasGeneratedIds: true,
  },
  {
    name: 'data_keys',
    select: 'SELECT id, channel_id, key_id, wrapped FROM data_keys ORDER BY id',
    hasGeneratedIds: true,
  },
  {
    // Expired content that still exists belongs to a delivery that is, or was until recently, a dead letter.
    name: 'deliveries',
    select: `SELECT d.channel_id, d.seq, d.received_at, d.digest, d.list_id, d.data_key, d.ordinal, d.event_time, d.id,
        d.is_concern, d.model, d.subject_id, d.actions, d.burst_time, d.previous_seq, d.is_remembered,
        CASE d.ends_memory WHEN 1 THEN 0 WHEN 2 THEN 1 END AS memory_ended,
        iif(d.list_id IS NOT NULL AND d.is_remembered IS NULL AND d.seq <= c.contents_deleted_up_to, 1, NULL) AS is_overdue,
        d.sealed
      FROM deliveries d JOIN channels c ON c.id = d.channel_id ORDER BY d.seq`,
  },
  {
    // A trigger in PostgreSQL counts the dead letters.
    name: 'subscriptions',
    select: `SELECT s.id, c.id AS channel_id, s.target_url, s.filter, s.secret_hash, s.description, s.starts_after, s.cursor,
        s.failures, s.failing_since, s.last_failure, s.next_attempt_at, s.refused_tries, s.refused_events, s.outage_from,
        s.redrive_failures, s.next_redrive_at, s.redriven_up_to, s.created_at, s.last_success_at, s.paced_at, s.paused_at,
        s.resumed_at, s.skip_seq
      FROM subscriptions s JOIN channels c USING (channel) ORDER BY s.rowid`,
  },
  {
    name: 'dead_letters',
    select: `SELECT r.subscription_id, d.channel_id, r.seq, r.reason, r.dead_at, r.is_redriven, r.redriven_at,
        r.is_sent_again
      FROM dead_letters r ${OF_SUBSCRIPTION}`,
  },
  {
    name: 'hourly_counts',
    select: 'SELECT channel_id, hour, events, others, last_seq FROM hourly_counts',
  },
  { name: 'watermarks', select: 'SELECT channel_id, hour, seq, reached_at FROM watermarks' },
  {
    name: 'attempts',
    select: `SELECT r.subscription_id, d.channel_id, r.seq, r.ended_at, r.number, r.failure, r.duration_ms, r.is_sent_again
      FROM attempts r ${OF_SUBSCRIPTION}`,
  },
  {
    // PostgreSQL generates the ids, which order links that expire at the same time.
    name: 'console_links',
    select: 'SELECT token_hash, channel_id, expires_at, keys, verdict FROM console_links ORDER BY rowid',
    jsonColumns: ['keys', 'verdict'],
  },
];

/** Counts that must be the same in both stores, as statements for SQLite and for PostgreSQL. */
export const COMPARED_NUMBERS: readonly {
  readonly name: string;
  readonly sqlite: string;
  readonly postgres: string;
}[] = [
  ...MOVED_TABLES.map(({ name, select }) => ({
    name: `number of rows in ${name}`,
    sqlite: `SELECT count(*) FROM (${select})`,
    postgres: `SELECT count(*) FROM ${name}`,
  })),
  {
    name: 'number of bytes of sealed content',
    sqlite: 'SELECT coalesce(sum(length(d.sealed)), 0) FROM deliveries d JOIN channels c ON c.id = d.channel_id',
    postgres: 'SELECT coalesce(sum(octet_length(sealed)), 0)::bigint FROM deliveries',
  },
  {
    name: 'number of remembered deliveries',
    sqlite: 'SELECT count(*) FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.is_remembered = 1',
    postgres: 'SELECT count(*) FROM deliveries WHERE is_remembered',
  },
  {
    name: 'sum of all cursors',
    sqlite: 'SELECT coalesce(sum(cursor), 0) FROM subscriptions JOIN channels USING (channel)',
    postgres: 'SELECT coalesce(sum(cursor), 0)::bigint FROM subscriptions',
  },
];
