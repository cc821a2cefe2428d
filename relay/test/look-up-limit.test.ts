import { beforeEach, expect, it } from '@jest/globals';

import { LookUpLimit } from '../http/look-up-limit.ts';

let now = 0;
let limit: LookUpLimit;
beforeEach(() => {
  now = 1_000;
  limit = new LookUpLimit(2, { now: () => now });
});

/** Returns the number of seconds until the next look-up is allowed; null if this look-up is allowed. */
function refused(address: string, tokenHash = 'unknown'): number | null {
  try {
    limit.take(address, tokenHash);
    return null;
  } catch (error) {
    return (error as { retryAfter: number }).retryAfter;
  }
}

it('allows each address a number of look-ups per minute', () => {
  expect([refused('a'), refused('a'), refused('b')]).toEqual([null, null, null]);
  now += 30_500;
  expect([refused('a'), refused('b')]).toEqual([30, null]);
  now += 29_500;
  expect(refused('a')).toBeNull();
});

it('exempts tokens that were valid until they expire or are found to be unknown', () => {
  limit.note('expiring', now + 70_000);
  limit.note('deleted', now + 700_000);
  limit.note('deleted', null);
  expect([refused('a'), refused('a')]).toEqual([null, null]);
  expect([refused('a', 'expiring'), refused('a', 'expiring'), refused('a', 'deleted')]).toEqual([null, null, 60]);
  now += 120_000;
  expect([refused('a'), refused('a'), refused('a', 'expiring')]).toEqual([null, null, 60]);
});

it('resets the counts if there are too many addresses', () => {
  expect([refused('a'), refused('a'), refused('a')]).toEqual([null, null, 60]);
  for (let index = 0; index < 10_000; index++) limit.take(`${index}`, 'unknown');
  expect(refused('a')).toBeNull();
});
