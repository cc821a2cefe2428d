/**
 * The origin that a store remembers. Apps derive the tokens and channels of their connections from the relay's origin,
 * so a store belongs to one origin.
 */

import { insertRows, raw, sql, type Database, type Reader } from '../database/database.ts';

/** The origin of a store, and the numbers of channels and of Zaps that are on, which depend on it. */
export interface OwnOrigin {
  readonly origin: string;
  readonly channels: number;
  readonly subscriptions: number;
}

/** Returns at most one row, in both databases. */
export const OWN_ORIGIN = `SELECT origin, (SELECT count(*) FROM channels WHERE deleted_at IS NULL) AS channels,
  (SELECT count(*) FROM subscriptions WHERE ended_at IS NULL) AS subscriptions FROM relay_origin`;

/** Returns the change that remembers an origin. */
const change = (origin: string, replace: readonly ['key'] | null = null) =>
  insertRows('relay_origin', [{ key: 1, origin }], replace);

async function ownOriginIn({ all }: Reader): Promise<OwnOrigin | null> {
  const [own] = await all<OwnOrigin>(sql`${raw(OWN_ORIGIN)}`);
  return own ?? null;
}

/** The methods of the store for its origin. */
export const createOrigin = (database: Database) => ({
  /** Returns the origin of the store; null if no relay has used the store yet. */
  ownOrigin: (): Promise<OwnOrigin | null> => ownOriginIn(database),

  /**
   * Remembers an origin if the store remembers none. Returns the origin of the store. Of two processes that start at
   * the same time, the second waits for the first.
   */
  rememberOrigin: (origin: string): Promise<OwnOrigin> =>
    database.transaction(async (transaction) => {
      await transaction.write([change(origin)]);
      const own = await ownOriginIn(transaction);
      if (!own) throw new Error('The database returned no origin.');
      return own;
    }),

  /** Replaces the origin of the store. */
  replaceOrigin: (origin: string): Promise<void> =>
    database.transaction(({ write }) => write([change(origin, ['key'])])),
});
