import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createReadiness, type Readiness } from '../../monitoring/readiness.ts';
import type { Ingested } from '../../store/deliveries/new-delivery.ts';

type Work = Parameters<Readiness['watch']>[0];

const never = (): Promise<never> => Promise.reject(new Error('This call is not watched.'));
const unused: Work = {
  ingest: never,
  heartbeat: never,
  dueInMs: never,
  claim: never,
  arrivals: never,
  deliveries: never,
  saveResults: never,
};
const failureWith = (code: string): Error => Object.assign(new Error('x'), { code });

let now: number;
let pings: number;
let failure: Error | null;
let readiness: Readiness;

beforeEach(() => {
  now = 1_000_000;
  pings = 0;
  failure = null;
  const ping = (): Promise<void> => {
    pings++;
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  readiness = createReadiness({ ping }, { now: () => now });
});

/** The store's calls that the work of a relay depends on, with sample arguments. */
const WORK = {
  ingest: (watched: Work) => watched.ingest([]),
  heartbeat: (watched: Work) => watched.heartbeat('', null),
  dueInMs: (watched: Work) => watched.dueInMs('', 0),
  claim: (watched: Work) => watched.claim('', 1),
  arrivals: (watched: Work) => watched.arrivals(1, 0, 1),
  deliveries: (watched: Work) => watched.deliveries(1, []),
  saveResults: (watched: Work) => watched.saveResults('', []),
};

/** Makes a call that returns a result or fails. */
async function call<Name extends keyof Work>(name: Name, result: Awaited<ReturnType<Work[Name]>> | Error) {
  const watched = readiness.watch({
    ...unused,
    [name]: () => (result instanceof Error ? Promise.reject(result) : Promise.resolve(result)),
  });
  await WORK[name](watched).catch(() => undefined);
}
const store = (result: Ingested | Error) => call('ingest', result instanceof Error ? result : [result]);

describe('Readiness', () => {
  it('asks the store at most once per second', async () => {
    await Promise.all([readiness.problem(), readiness.problem()]);
    now += 999;
    await readiness.problem();
    expect(pings).toBe(1);
    now += 1;
    await readiness.problem();
    expect(pings).toBe(2);
  });

  it.each([
    ['SQLITE_FULL', 'full'],
    ['ENOSPC', 'full'],
    ['53100', 'full'],
    ['SQLITE_IOERR', 'down'],
    ['ECONNREFUSED', 'down'],
  ])('reports a store that fails with %s as %s', async (code, problem) => {
    failure = failureWith(code);
    expect(await readiness.problem()).toBe(problem);
    failure = null;
    now += 1000;
    expect(await readiness.problem()).toBeNull();
  });

  it('stays unready until a delivery is stored, or for two minutes after one could not be stored', async () => {
    await store(failureWith('SQLITE_FULL'));
    await store('full');
    expect(await readiness.problem()).toBe('full');
    await store('stored');
    expect(await readiness.problem()).toBeNull();
    await store(failureWith('SQLITE_FULL'));
    now += 119_999;
    expect(await readiness.problem()).toBe('full');
    now += 1;
    expect(await readiness.problem()).toBeNull();
  });

  it('stays ready while the row of one channel is locked', async () => {
    await store(failureWith('55P03'));
    expect(await readiness.problem()).toBeNull();
  });

  it.each<[keyof Work, Awaited<ReturnType<Work[keyof Work]>>]>([
    ['heartbeat', 1],
    ['dueInMs', 1],
    ['claim', []],
    ['arrivals', []],
    ['deliveries', []],
    ['saveResults', []],
  ])('reports that deliveries fail, from a failed call of %s to the next successful call', async (name, result) => {
    // Another database session has locked a table, or the row of a channel. In both cases, the results of all channels
    // stay unsaved.
    await call(name, failureWith('55P03'));
    await store('stored');
    expect(await readiness.problem()).toBe('undelivered');
    await call(name, failureWith('SQLITE_FULL'));
    expect(await readiness.problem()).toBe('full');
    await call(name, result);
    expect(await readiness.problem()).toBeNull();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a call has failed', () => call('dueInMs', failureWith('ECONNRESET'))],
    ['the row of one channel was locked', () => store(failureWith('55P03'))],
    ['the database has stepped back', () => call('heartbeat', 'stepped back')],
    [
      'the check has failed',
      () => {
        failure = failureWith('ECONNREFUSED');
        return readiness.problem();
      },
    ],
  ])('reports the time since %s', async (_what, fail) => {
    expect(readiness.sinceFailureMs()).toBe(Infinity);
    await fail();
    now += 7;
    await store('stored');
    expect(readiness.sinceFailureMs()).toBe(7);
  });

  it('reports a store that does not respond', async () => {
    jest.useFakeTimers();
    try {
      const hanging = createReadiness({ ping: () => new Promise(() => undefined) });
      const problem = hanging.problem();
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await problem).toBe('down');
    } finally {
      jest.useRealTimers();
    }
  });
});
