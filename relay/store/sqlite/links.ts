import type { Verdict, WrappedDataKey } from '../../../wire/console-api.ts';
import type { ConsoleLink, ConsoleStore } from '../console-store.ts';
import type { Connection } from './connection.ts';

/** Links to the console, and the data keys that they contain. */
export type Links = Pick<ConsoleStore, 'dataKeys' | 'addLink' | 'link'>;

interface LinkRow {
  readonly channel: string;
  readonly expiresAt: number;
  /** JSON of the data keys. */
  readonly keys: string;
  /** JSON of the verdict. */
  readonly verdict: string;
}

/** Creates the part of a SQLite store that handles links to the console. */
export function createLinks(connection: Connection): Links {
  const sql = connection.sql.bind(connection);

  return {
    dataKeys: (channel, limit) =>
      connection.transact(
        () =>
          sql(
            `SELECT key_id AS keyId, wrapped AS wrappedKey FROM data_keys
             WHERE channel_id = (SELECT id FROM channels WHERE channel = ?) ORDER BY id DESC LIMIT ?`,
          ).all(channel, limit) as Awaited<ReturnType<ConsoleStore['dataKeys']>>,
      ),

    addLink: (channel, { tokenHash, keys, verdict }, milliseconds, maxLinks) =>
      connection.transact(() => {
        const channelId = sql('SELECT id FROM channels WHERE channel = ?').pluck().get(channel) as number | undefined;
        if (channelId === undefined) return null;
        const expiresAt = connection.now() + milliseconds;
        const { changes } = sql(
          `INSERT INTO console_links (token_hash, channel_id, expires_at, keys, verdict) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (token_hash) DO UPDATE
             SET expires_at = excluded.expires_at, keys = excluded.keys, verdict = excluded.verdict
             WHERE channel_id = excluded.channel_id`,
        ).run(tokenHash, channelId, expiresAt, JSON.stringify(keys), JSON.stringify(verdict));
        if (changes === 0) return null;
        sql(
          `DELETE FROM console_links WHERE channel_id = @channelId AND token_hash <> @tokenHash AND token_hash NOT IN (
             SELECT token_hash FROM console_links WHERE channel_id = @channelId AND token_hash <> @tokenHash
             ORDER BY expires_at DESC, rowid DESC LIMIT @others)`,
        ).run({ channelId, tokenHash, others: maxLinks - 1 });
        return expiresAt;
      }),

    link: (tokenHash) =>
      connection.transact((): ConsoleLink | null => {
        const row = sql(
          `SELECT c.channel, l.expires_at AS expiresAt, l.keys, l.verdict
           FROM console_links l JOIN channels c ON c.id = l.channel_id WHERE l.token_hash = ? AND l.expires_at > ?`,
        ).get(tokenHash, connection.now()) as LinkRow | undefined;
        if (!row) return null;
        return {
          tokenHash,
          channel: row.channel,
          expiresAt: row.expiresAt,
          keys: JSON.parse(row.keys) as WrappedDataKey[],
          verdict: JSON.parse(row.verdict) as Verdict | null,
        };
      }),
  };
}

/** Deletes links that have expired, with the data keys that are wrapped for them. */
export const deleteExpiredLinks = (connection: Connection): void => {
  connection.sql('DELETE FROM console_links WHERE expires_at <= ?').run(connection.now());
};
