/** The DNS lookup of target URLs. */

import type { LookupAddress, LookupOptions } from 'node:dns';

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

const [PRIVATE, PUBLIC, PUBLIC_6] = [
  { address: '10.0.0.1', family: 4 },
  { address: '93.184.216.34', family: 4 },
  { address: '2606:2800:220:1::1', family: 6 },
];

const lookup = jest.fn<(host: string, options: object) => Promise<LookupAddress[]>>();
jest.unstable_mockModule('node:dns/promises', () => ({ lookup }));
const { createPublicLookup } = await import('../../delivery/public-lookup.ts');

beforeEach(() => {
  lookup.mockReset();
  lookup.mockResolvedValue([PUBLIC]);
});

describe('a lookup', () => {
  const publicLookup = createPublicLookup(new Set(['private.test']));
  /** Looks up a host. Returns the arguments of the callback. */
  const look = (host: string, options: LookupOptions = { all: true }): Promise<unknown[]> =>
    new Promise((resolve) => {
      publicLookup(host, options, (...result: unknown[]) => {
        resolve(result);
      });
    });

  it.each([
    ['drops private addresses', 'public.test', { all: true }, [null, [PUBLIC, PUBLIC_6]]],
    ['returns the first public address', 'public.test', {}, [null, PUBLIC.address, 4]],
    ['keeps all addresses of a private host', 'private.test', { all: true }, [null, [PRIVATE, PUBLIC, PUBLIC_6]]],
    ['returns the first address of a private host', 'private.test', {}, [null, PRIVATE.address, 4]],
  ])('%s', async (_what, host, options, expected) => {
    lookup.mockResolvedValue([PRIVATE, PUBLIC, PUBLIC_6]);
    expect(await look(host, options)).toEqual(expected);
    expect(lookup.mock.calls).toEqual([[host, { ...options, all: true }]]);
  });

  it.each([
    ['has private addresses only', [PRIVATE], 'The host of the target URL has no public address.'],
    ['has no address', [], 'The host of the target URL has no public address.'],
    ['is unknown', new Error('ENOTFOUND'), 'ENOTFOUND'],
  ])('fails if the host %s', async (_what, found, message) => {
    if (Array.isArray(found)) lookup.mockResolvedValue(found);
    else lookup.mockRejectedValue(found);
    expect(await look('public.test')).toEqual([new Error(message), [], 0]);
  });

  it('is shared by calls with the same options until it ends', async () => {
    const wanted = [{}, {}, { family: 4 }, { family: 4 }, { hints: 1 }, { hints: 1 }, { family: 1 }];
    await Promise.all(wanted.map((options) => look('public.test', options)));
    expect(lookup.mock.calls.map(([, options]) => options)).toEqual(
      [{}, { family: 4 }, { hints: 1 }, { family: 1 }].map((options) => ({ ...options, all: true })),
    );
    await look('public.test');
    await look('other.test');
    expect(lookup).toHaveBeenCalledTimes(6);
  });
});
