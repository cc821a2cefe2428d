import { describe, expect, it } from '@jest/globals';

import { freePort } from '../../harness/free-port.ts';
import { openStore, openWhenAvailable } from '../../store/open.ts';
import { StoreUnavailable, type Store } from '../../store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { TEST_OPTIONS } from '../support/store-context.ts';

describe('a store that is unavailable when the relay starts', () => {
  const NEVER = new AbortController().signal;
  const down = () => Promise.reject<Store>(new StoreUnavailable('The disk is full.', true));
  const messages: string[] = [];
  const log = { warn: (_fields: object, message: string) => messages.push(message) };

  it('is opened every two seconds, with one line per minute in the log', async () => {
    const clock = new FakeClock();
    const available = {} as Store;
    let attempts = 0;
    const opened = openWhenAvailable(() => (++attempts < 47 ? down() : Promise.resolve(available)), log, NEVER, clock);
    await clock.advance(92_000);
    expect([await opened, attempts]).toEqual([available, 47]);
    const line = 'The disk is full. The relay is waiting for its store and retries every 2 s.';
    expect(messages).toEqual([line, line]);
  });

  it('is not replaced by a SQLite file if it is a PostgreSQL database', async () => {
    const databaseUrl = `postgres://relay@127.0.0.1:${await freePort()}/relay`;
    const location = { databaseUrl, sqlitePath: '/dev/null/relay.sqlite' };
    await expect(openStore(location, TEST_OPTIONS)).rejects.toThrow('ECONNREFUSED');
  });
});
