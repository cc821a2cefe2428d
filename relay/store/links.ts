import type { LinkRequest } from '../../wire/link-api.ts';
import type { Database } from './database.ts';
import { lockChannel } from './locks.ts';

/** A link that a connector created, with the hash of its access token, which identifies it. */
export type NewConsoleLink = Omit<LinkRequest, 'access_token_hash'> & { readonly tokenHash: string };

/** A link that grants access until a time on the store's clock. */
export interface ConsoleLink extends Required<NewConsoleLink> {
  readonly channel: string;
  readonly expiresAt: number;
}

/** Links to the console, and the data keys that they contain. */
export function createLinks(database: Database) {
  return {
    /** Returns the newest data keys of a channel, wrapped for its seal key, newest first. */
    dataKeys: (channel: string, limit: number) =>
      database.all<{ readonly keyId: string; readonly wrappedKey: Buffer }>(
        `SELECT k.key_id, k.wrapped AS wrapped_key FROM data_keys k JOIN channels c ON c.key = k.channel
         WHERE c.channel = $1 ORDER BY k.created_at DESC, k.key_id LIMIT $2`,
        [channel, limit],
      ),

    /** Adds a link, and deletes the oldest beyond `maxLinks`. Returns its expiry; null if the channel does not exist. */
    addLink: async (
      channel: string,
      { tokenHash, keys, verdict, verdicts = [] }: NewConsoleLink,
      milliseconds: number,
      maxLinks: number,
    ): Promise<number | null> => {
      const expiresAt = (await database.now()) + milliseconds;
      return database.transaction(async (transaction) => {
        const key = await lockChannel(transaction, channel);
        if (key === null) return null;
        const { run } = transaction;
        const changed = await run(
          `INSERT INTO console_links (token_hash, channel, expires_at, keys, verdict, verdicts)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at, keys = excluded.keys,
             verdict = excluded.verdict, verdicts = excluded.verdicts
             WHERE console_links.channel = excluded.channel`,
          [tokenHash, key, expiresAt, ...[keys, verdict, verdicts].map((value) => JSON.stringify(value))],
        );
        if (changed === 0) return null;
        await run(
          `DELETE FROM console_links WHERE channel = $1 AND token_hash <> $2 AND token_hash NOT IN (
             SELECT token_hash FROM console_links WHERE channel = $1 AND token_hash <> $2
             ORDER BY expires_at DESC LIMIT $3)`,
          [key, tokenHash, maxLinks - 1],
        );
        return expiresAt;
      });
    },

    /** Returns the hashes of the access tokens of all links that have not expired. */
    linkHashes: async (): Promise<string[]> => {
      const text = 'SELECT token_hash FROM console_links WHERE expires_at > $1';
      const rows = await database.all<{ tokenHash: string }>(text, [await database.now()]);
      return rows.map(({ tokenHash }) => tokenHash);
    },

    /** Returns a link that has not expired; null if there is none. */
    link: async (tokenHash: string): Promise<ConsoleLink | null> => {
      const [row] = await database.all<Omit<ConsoleLink, 'tokenHash'>>(
        `SELECT c.channel, l.expires_at, l.keys, l.verdict, l.verdicts
         FROM console_links l JOIN channels c ON c.key = l.channel
         WHERE l.token_hash = $1 AND l.expires_at > $2 AND c.deleted_at IS NULL`,
        [tokenHash, await database.now()],
      );
      return row ? { tokenHash, ...row } : null;
    },
  };
}
