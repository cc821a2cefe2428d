import { beforeEach, describe, expect, it } from '@jest/globals';

import { createReadiness, type Readiness } from '../readiness.ts';
import type { Ingested } from '../store/new-delivery.ts';

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

const store = (result: Ingested | Error): Promise<unknown> =>
  readiness
    .watch({ ingest: () => (result instanceof Error ? Promise.reject(result) : Promise.resolve([result])) })([])
    .catch(() => undefined);

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

  it('stays unready for two minutes after a delivery could not be stored', async () => {
    await store(failureWith('SQLITE_FULL'));
    expect(await readiness.problem()).toBe('full');
    now += 119_999;
    expect(await readiness.problem()).toBe('full');
    now += 1;
    expect(await readiness.problem()).toBeNull();
  });

  it('is ready again once a delivery is stored', async () => {
    await store(failureWith('SQLITE_FULL'));
    await store('full');
    expect(await readiness.problem()).toBe('full');
    await store('stored');
    expect(await readiness.problem()).toBeNull();
  });

  it('stays ready while the row of one channel is locked', async () => {
    await store(failureWith('55P03'));
    expect(await readiness.problem()).toBeNull();
  });

  it('reports a store that does not respond', async () => {
    const hanging = createReadiness({ ping: () => new Promise(() => undefined) });
    expect(await hanging.problem()).toBe('down');
  });
});
