/**
 * Relays whose store runs in the thread of a test. The two worker threads of a SQLite store would each compile all
 * sources of the store, which takes a third of a second of CPU time per start. `sqlite-thread.test.ts` and the relays
 * in separate processes test the threads.
 */

import type { Logger } from 'pino';

import type { Config } from '../config.ts';
import { storeOptions } from '../periodic-retention.ts';
import { startRelay, type RelayOptions, type RunningRelay } from '../relay.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';

/** Starts a relay as {@link startRelay} does, but opens its SQLite file in this thread. */
export async function startRelayInThisThread(
  config: Config,
  logger: Logger,
  options: RelayOptions = {},
): Promise<RunningRelay> {
  if (config.databaseUrl !== null) return startRelay(config, logger, options);
  const store = options.store ?? openSqliteStore(config.sqlitePath, storeOptions(config));
  return startRelay(config, logger, { ...options, store });
}
