import { describe, expect, it } from '@jest/globals';

import { createStoreClock } from '../store-clock.ts';
import { HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from './support/fake-clock.ts';

const logged: string[] = [];
const log = {
  info: () => undefined,
  warn: (fields: object, message: string) => logged.push(`${JSON.stringify(fields)} ${message}`),
  error: () => undefined,
};

/** A store and a process with separate clocks. A request for the store's time takes `requestMs`. */
async function setUp(requestMs = 0) {
  const machine = new FakeClock(5_000);
  const setup = { machine, storeTime: () => machine.now() + HOUR, requestMs };
  const store = {
    now: async () => {
      if (setup.requestMs > 0) await machine.advance(setup.requestMs / 2);
      const time = setup.storeTime();
      if (setup.requestMs > 0) await machine.advance(setup.requestMs / 2);
      return time;
    },
  };
  return { setup, clock: await createStoreClock(store, machine, machine.now) };
}

describe('StoreClock', () => {
  it('shows the time of the store and advances with the monotonic clock', async () => {
    const { setup, clock } = await setUp();
    expect(clock.now()).toBe(HOUR + 5_000);
    await setup.machine.advance(30.4);
    expect(clock.now()).toBe(HOUR + 5_030);
  });

  it('accounts for the duration of requests, even if the first request is slow', async () => {
    const { setup, clock } = await setUp(4 * SECOND);
    expect(clock.now()).toBe(setup.storeTime());
  });

  it('follows the store when the clock of the store is set', async () => {
    const { setup, clock } = await setUp();
    setup.storeTime = () => setup.machine.now() + 3 * HOUR;
    const stop = new AbortController();
    const keeping = clock.keepSynchronized(log, stop.signal);
    await setup.machine.advance(9 * SECOND);
    expect(clock.now()).toBe(setup.machine.now() + HOUR);
    await setup.machine.advance(SECOND);
    expect(clock.now()).toBe(setup.machine.now() + 3 * HOUR);
    stop.abort();
    await keeping;
  });

  it('ignores responses that took more than a second', async () => {
    const { setup, clock } = await setUp();
    setup.storeTime = () => setup.machine.now() + 3 * HOUR;
    setup.requestMs = 1002;
    await clock.synchronize();
    expect(clock.now()).toBe(setup.machine.now() + HOUR);
    setup.requestMs = 1000;
    await clock.synchronize();
    expect(clock.now()).toBe(setup.machine.now() + 3 * HOUR);
  });

  it('keeps its time while the store fails', async () => {
    const { setup, clock } = await setUp();
    setup.storeTime = () => {
      throw new Error('secret');
    };
    const stop = new AbortController();
    const keeping = clock.keepSynchronized(log, stop.signal);
    await setup.machine.advance(10 * SECOND);
    expect(clock.now()).toBe(setup.machine.now() + HOUR);
    expect(logged).toEqual(['{"error":"Error"} The time of the store could not be read. Retrying in 10 s.']);
    stop.abort();
    await keeping;
  });
});
