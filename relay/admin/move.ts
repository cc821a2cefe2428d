/** `move`: moves the store in this process, because no relay may be running. */

import { BadConfig, checkedDatabaseUrl, storeLocationFrom } from '../config.ts';
import { move } from '../store/move/move.ts';
import { StoreUnavailable } from '../store/store.ts';
import { CommandFailed } from './client.ts';
import type { MoveResponse } from './protocol.ts';

/**
 * Moves the SQLite file of a stopped relay into a PostgreSQL database.
 *
 * @param to - the URL of the database
 * @throws {CommandFailed} if nothing was moved
 */
export async function moveStore(to: string, environment: NodeJS.ProcessEnv): Promise<MoveResponse> {
  try {
    const { sqlitePath: file } = storeLocationFrom(environment);
    const { channels, subscriptions, deliveries, deadLetters, isMarked } = await move(
      file,
      checkedDatabaseUrl('--to', to),
    );
    return { channels, subscriptions, deliveries, dead_letters: deadLetters, file, is_marked: isMarked };
  } catch (error) {
    if (error instanceof BadConfig || error instanceof StoreUnavailable) throw new CommandFailed(error.message);
    throw error;
  }
}
