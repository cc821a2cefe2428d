/** A store that stops responding while the relay starts. */

import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readConfig } from '../config.ts';
import { freePort } from '../harness/free-port.ts';
import { ORIGIN, REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';
import { startRelay } from '../relay.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';

const refuse = () => Promise.reject(Object.assign(new Error('refused by 10.0.0.1'), { code: 'ECONNREFUSED' }));

describe('startRelay', () => {
  it('fails temporarily if the store does not tell the time, and closes everything that it has opened', async () => {
    const config = readConfig({
      RELAY_ORIGIN: ORIGIN,
      RELAY_PORT: String(await freePort()),
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_ADMIN_SOCKET: 'off',
    });
    const logger = pino({ level: 'silent' });
    const store = openSqliteStore(':memory:', CONTRACT_OPTIONS);
    const failing: Store = { ...store, now: refuse };
    const error = await startRelay(config, logger, { store: failing }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ isTemporary: true });
    expect(String(error)).toContain('(ECONNREFUSED)');
    expect(String(error)).not.toContain('10.0.0.1');
    expect(store.database.open).toBe(false);

    const relay = await startRelay(config, logger, { store: openSqliteStore(':memory:', CONTRACT_OPTIONS) });
    expect((await fetch(`http://127.0.0.1:${relay.port}/readyz`)).status).toBe(200);
    await relay.stop();
  });
});
