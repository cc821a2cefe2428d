/** The `forget` command while no relay is running. It opens the store in this process. */

import { existsSync } from 'node:fs';

import { storeLocationFrom } from '../config.ts';
import { storeOptions } from '../retention.ts';
import { shortNameOf } from '../short-name.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { CommandFailed } from './client.ts';
import { findChannel } from './lookup.ts';

/** Arbitrary limits, which the deletion does not use. */
const UNUSED_LIMITS = { maxChannelMb: 1024, retentionHours: 0 };

/** @throws if the store cannot be opened; never creates a file */
function openExisting(environment: NodeJS.ProcessEnv): Promise<Store> {
  const location = storeLocationFrom(environment);
  if (location.databaseUrl === null && !existsSync(location.sqlitePath)) {
    throw new CommandFailed(
      `No relay is running, and there is no SQLite file at ${location.sqlitePath}. Set RELAY_SQLITE_PATH or ` +
        'RELAY_DATABASE_URL to the store of the relay.',
    );
  }
  return openStore(location, storeOptions(UNUSED_LIMITS));
}

/**
 * Deletes a channel and all its data.
 *
 * @param name - a name of the channel, as for {@link findChannel}
 * @throws {CommandFailed} if there is no such store
 * @throws {Problem} unless exactly one channel matches
 */
export async function forgetOffline(name = '', environment: NodeJS.ProcessEnv) {
  const store = await openExisting(environment);
  try {
    const channel = await findChannel(store, name);
    await store.deleteChannel(channel);
    return { channel: shortNameOf(channel) };
  } finally {
    await store.close();
  }
}
