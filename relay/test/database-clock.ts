/** The clock of a relay's database. */

import { execute } from '../harness/postgres-cluster.ts';

/**
 * Sets the clock of a relay's database forward, in the schema of a connection string.
 *
 * @param milliseconds - difference from the current time
 */
export const setDatabaseClock = (url: string, milliseconds: number): Promise<unknown> =>
  execute(
    url,
    `CREATE OR REPLACE FUNCTION relay_now() RETURNS bigint LANGUAGE sql STABLE AS
      $$ SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint + ${milliseconds} $$`,
  );
