import type { LinkRequest } from '../../../wire/link-api.ts';
import { sql, type Database } from '../database/database.ts';
import { lockChannel } from '../rows/locks.ts';

/** A console link that the connector created. The hash of its access token identifies the link. */
export type NewConsoleLink = Omit<LinkRequest, 'access_token_hash'> & { readonly tokenHash: string };

/** A stored link. The link grants access to the console of its channel until `expiresAt`, on the store's clock. */
export interface ConsoleLink extends Required<NewConsoleLink> {
  readonly channel: string;
  readonly expiresAt: number;
}

/** Creates the part of a store that keeps links to the console and reads the data keys for these links. */
export function createLinks(database: Database) {
  return {
    /** Returns the newest data keys of a channel, wrapped for its seal key, newest first. */
    dataKeys: (channel: string, limit: number) =>
      database.all<{ readonly keyId: string; readonly wrappedKey: Buffer }>(sql`
        SELECT k.key_id, k.wrapped AS wrapped_key FROM data_keys k JOIN channels c ON c.key = k.channel
        WHERE c.channel = ${channel} ORDER BY k.created_at DESC, k.key_id LIMIT ${limit}`),

    /**
     * Adds a link, and deletes the oldest links beyond `maxLinks`. Returns the expiry of the new link; null if the
     * channel does not exist.
     */
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
        const changed = await run(sql`
          INSERT INTO console_links (token_hash, channel, expires_at, keys, verdict, verdicts)
          VALUES (${tokenHash}, ${key}, ${expiresAt}, ${JSON.stringify(keys)}, ${JSON.stringify(verdict)},
            ${JSON.stringify(verdicts)})
          ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at, keys = excluded.keys,
            verdict = excluded.verdict, verdicts = excluded.verdicts
            WHERE console_links.channel = excluded.channel`);
        if (changed === 0) return null;
        const others = sql`channel = ${key} AND token_hash <> ${tokenHash}`;
        await run(sql`
          DELETE FROM console_links WHERE ${others} AND token_hash NOT IN (
            SELECT token_hash FROM console_links WHERE ${others} ORDER BY expires_at DESC LIMIT ${maxLinks - 1})`);
        return expiresAt;
      });
    },

    /** Returns the hashes of the access tokens of all links that have not expired. */
    linkHashes: async (): Promise<string[]> => {
      const now = await database.now();
      const rows = await database.all<{ tokenHash: string }>(
        sql`SELECT token_hash FROM console_links WHERE expires_at > ${now}`,
      );
      return rows.map(({ tokenHash }) => tokenHash);
    },

    /** Returns the link whose access token has the given hash; null if no such link exists or the link has expired. */
    link: async (tokenHash: string): Promise<ConsoleLink | null> => {
      const now = await database.now();
      const [row] = await database.all<ConsoleLink>(sql`
        SELECT l.token_hash, c.channel, l.expires_at, l.keys, l.verdict, l.verdicts
        FROM console_links l JOIN channels c ON c.key = l.channel
        WHERE l.token_hash = ${tokenHash} AND l.expires_at > ${now} AND c.deleted_at IS NULL`);
      return row ?? null;
    },
  };
}
