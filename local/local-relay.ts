/** The relay that `npm start` runs. */

import { join } from 'node:path';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import type { ConsolePage } from '../relay/console-page.ts';
import { startRelay, type RunningRelay } from '../relay/relay.ts';
import { storeOptions } from '../relay/periodic-retention.ts';
import { openSqliteStore } from '../relay/store/sqlite/open-file.ts';

/** Times of notices, so short that the tour can show them. */
export const NOTICE_TIMES = { intervalMs: 500, failingMs: 3_000 };

/**
 * Starts the relay, which must not be running.
 * @param setBackMs - milliseconds by which its store's clock is set back, as on a machine with a wrong clock
 */
export type StartRelay = (setBackMs?: number) => Promise<RunningRelay>;

/** Returns the function that starts the relay. */
export function createLocalRelay(
  origin: string,
  zapOrigin: string,
  folder: string,
  registrationSecret: string,
  page: ConsolePage,
): StartRelay {
  const config = readConfig({
    RELAY_ORIGIN: origin,
    RELAY_PORT: new URL(origin).port,
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: registrationSecret,
  });
  const logger = pino({ level: 'silent' });
  return (setBackMs) => {
    if (setBackMs === undefined) return startRelay(config, logger, { page, noticeTimes: NOTICE_TIMES });
    const store = openSqliteStore(config.sqlitePath, storeOptions(config), () => Date.now() - setBackMs);
    return startRelay(config, logger, { store, page });
  };
}
