/** The relay that `npm start` runs. */

import { join } from 'node:path';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import type { ConsolePage } from '../relay/console-page.ts';
import { startRelay, type RunningRelay } from '../relay/relay.ts';
import { storeOptions } from '../relay/retention.ts';
import { openSqliteStore } from '../relay/store/sqlite/sqlite-store.ts';

/** Times of notices, so short that the tour can show them. */
export const NOTICE_TIMES = { intervalMs: 500, failingMs: 3_000 };

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

export interface LocalRelay {
  /** Starts the relay, which must not be running. */
  readonly start: () => Promise<RunningRelay>;
  /**
   * Starts the relay with its store's clock set back, as on a machine with a wrong clock.
   *
   * @param milliseconds - time by which the clock is set back
   */
  readonly startSetBack: (milliseconds: number) => Promise<RunningRelay>;
}

/** Returns functions that start the relay. */
export function createLocalRelay({
  origin,
  zapOrigin,
  folder,
  registrationSecret,
  page,
}: LocalRelayOptions): LocalRelay {
  const config = readConfig({
    RELAY_ORIGIN: origin,
    RELAY_PORT: new URL(origin).port,
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: registrationSecret,
  });
  const logger = pino({ level: 'silent' });
  return {
    start: () => startRelay(config, logger, { page, noticeTimes: NOTICE_TIMES }),
    startSetBack: (milliseconds) => {
      const store = openSqliteStore(config.sqlitePath, storeOptions(config), () => Date.now() - milliseconds);
      return startRelay(config, logger, { store, page });
    },
  };
}
