import type pg from 'pg';

import type { ConsoleLink, ConsoleStore, StoredDataKey } from '../console-store.ts';
import type { Connections } from './connections.ts';
import { deleteUnlocked } from './delete-unlocked.ts';

/** Links to the console, and the data keys that they contain. */
export type Links = Pick<ConsoleStore, 'dataKeys' | 'addLink' | 'link'>;

/** Deletes links that have expired, with the data keys that are wrapped for them. */
export const DELETE_EXPIRED_LINKS = deleteUnlocked('console_links', 'WHERE t.expires_at <= relay_now()');

/** Creates the part of a PostgreSQL store that handles links to the console. */
export function createLinks(connections: Connections): Links {
  return {
    dataKeys: (channel, limit) =>
      connections.query<StoredDataKey & pg.QueryResultRow>(
        'data-keys',
        `SELECT k.key_id AS "keyId", k.wrapped AS "wrappedKey" FROM channels c JOIN data_keys k ON k.channel_id = c.id
         WHERE c.channel = $1 ORDER BY k.id DESC LIMIT $2`,
        [channel, limit],
      ),

    addLink: async (channel, { tokenHash, keys, verdict }, milliseconds, maxLinks) => {
      const [row] = await connections.query<{ expiresAt: number | null }>(
        'add-link',
        'SELECT relay_add_link($1, $2, $3, $4, $5, $6) AS "expiresAt"',
        [channel, tokenHash, milliseconds, JSON.stringify(keys), JSON.stringify(verdict), maxLinks],
      );
      return row?.expiresAt ?? null;
    },

    link: async (tokenHash) => {
      const [row] = await connections.query<Omit<ConsoleLink, 'tokenHash'> & pg.QueryResultRow>(
        'link',
        `SELECT c.channel, l.expires_at AS "expiresAt", l.keys, l.verdict
         FROM console_links l JOIN channels c ON c.id = l.channel_id
         WHERE l.token_hash = $1 AND l.expires_at > relay_now()`,
        [tokenHash],
      );
      return row ? { ...row, tokenHash } : null;
    },
  };
}
