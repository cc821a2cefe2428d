/**
 * The relay's origin, which the store records. Apps derive the tokens and channels of their connections from the
 * relay's origin, so a store belongs to one origin.
 */

import { insertRows, raw, sql, type Database, type Reader } from '../database/database.ts';

/**
 * The origin of a store, with the number of channels and the number of Zaps that are on. A new origin would cut off
 * these channels and Zaps.
 */
export interface OwnOrigin {
  readonly origin: string;
  readonly channels: number;
  readonly subscriptions: number;
}

/** The query for {@link OwnOrigin}, which returns at most one row. Both databases accept this SQL. */
export const OWN_ORIGIN = `SELECT origin, (SELECT count(*) FROM channels WHERE deleted_at IS NULL) AS channels,
  (SELECT count(*) FROM subscriptions WHERE ended_at IS NULL) AS subscriptions FROM relay_origin`;

/** Returns the change that writes an origin. */
const change = (origin: string, replace: readonly ['key'] | null = null) =>
  insertRows('relay_origin', [{ key: 1, origin }], replace);

async function ownOriginIn({ all }: Reader): Promise<OwnOrigin | null> {
  const [own] = await all<OwnOrigin>(sql`${raw(OWN_ORIGIN)}`);
  return own ?? null;
}

/** Creates the part of a store that reads and writes its origin. */
export const createOrigin = (database: Database) => ({
  /** Returns the origin of the store; null if no relay has used the store yet. */
  ownOrigin: (): Promise<OwnOrigin | null> => ownOriginIn(database),

  /**
   * Writes an origin if the store has none yet. Returns the store's origin. If two processes start at the same time,
   * the second waits for the first.
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
