/** The relay that `npm start` runs. */

import { join } from 'node:path';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import type { ConsolePage } from '../relay/console-page.ts';
import { startRelay } from '../relay/relay.ts';

/** The parts of the demonstration that the relay depends on. */
interface LocalRelay {
  readonly origin: string;
  /** The origin of the stand-in for Zapier. */
  readonly zapOrigin: string;
  /** The folder of the relay's SQLite file. */
  readonly folder: string;
  readonly registrationSecret: string;
  readonly page: ConsolePage;
}

/** Starts the relay. */
export async function startLocalRelay(parts: LocalRelay): Promise<void> {
  const config = readConfig({
    RELAY_ORIGIN: parts.origin,
    RELAY_PORT: new URL(parts.origin).port,
    RELAY_SQLITE_PATH: join(parts.folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: parts.zapOrigin,
    RELAY_REGISTRATION_SECRET: parts.registrationSecret,
  });
  await startRelay(config, pino({ level: 'silent' }), { page: parts.page });
}
