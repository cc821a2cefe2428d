/** The relay that `npm start` runs. */

import { join } from 'node:path';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import type { ConsolePage } from '../relay/console-page.ts';
import { startRelay, type RunningRelay } from '../relay/relay.ts';
import { storeOptions } from '../relay/retention.ts';
import { openSqliteStore } from '../relay/store/sqlite/sqlite-store.ts';

export interface LocalRelayOptions {
  /** Origin of the relay, with a free port. */
  readonly origin: string;
  /** Origin of the stand-in for Zapier. */
  readonly zapOrigin: string;
  /** The folder of the relay's store. */
  readonly folder: string;
  /** The secret that registering a channel requires. */
  readonly registrationSecret: string;
  /** The page of the console. */
  readonly page: ConsolePage;
}

/**
 * Starts the relay, which must not be running.
 *
 * @param setBackMs - milliseconds by which its store's clock is set back, as on a machine with a wrong clock
 */
export type StartRelay = (setBackMs?: number) => Promise<RunningRelay>;

/** Returns the function that starts the relay. */
export function createLocalRelay({
  origin,
  zapOrigin,
  folder,
  registrationSecret,
  page,
}: LocalRelayOptions): StartRelay {
  const config = readConfig({
    RELAY_ORIGIN: origin,
    RELAY_PORT: new URL(origin).port,
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: registrationSecret,
  });
  const logger = pino({ level: 'silent' });
  return (setBackMs) => {
    if (setBackMs === undefined) return startRelay(config, logger, { page });
    const store = openSqliteStore(config.sqlitePath, storeOptions(config), () => Date.now() - setBackMs);
    return startRelay(config, logger, { store, page });
  };
}
