/** `move`: moves the store in this process, because no relay may be running. */

import { BadConfig, checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move } from '../store/move/move.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed } from './client.ts';
import type { MoveResponse } from './protocol.ts';

/**
 * Moves the SQLite file of a stopped relay into a PostgreSQL database.
 *
 * @param to - the URL of the database; default: `RELAY_DATABASE_URL`
 * @throws {CommandFailed} if nothing was moved
 */
export async function moveStore(to: string | undefined, environment: NodeJS.ProcessEnv): Promise<MoveResponse> {
  try {
    const { databaseUrl, sqlitePath: file } = storeLocationFrom(environment);
    const target = to === undefined ? databaseUrl : checkedDatabaseUrl('--to', to);
    if (target === null) {
      throw new CommandFailed('"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.');
    }
    const { channels, subscriptions, deliveries, deadLetters, isMarked, database } = await move(file, target);
    return {
      ...{ channels, subscriptions, deliveries, dead_letters: deadLetters, file, is_marked: isMarked },
      ...{ database, is_configured: target === databaseUrl },
    };
  } catch (error) {
    if (error instanceof BadConfig || error instanceof StoreUnavailable) throw new CommandFailed(error.message);
    throw error;
  }
}
