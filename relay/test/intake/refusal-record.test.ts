import { beforeEach, expect, it } from '@jest/globals';

import { createRefusalRecord, type RefusalRecord } from '../../intake/refusal-record.ts';

const MINUTE = 60_000;
let now: number;
let stored: unknown[];
let refusals: RefusalRecord;
beforeEach(() => {
  now = 1_000_000;
  stored = [];
  const saveRefusal = (...refusal: unknown[]) => {
    stored.push(refusal);
    return Promise.reject(new Error('The database is down.'));
  };
  refusals = createRefusalRecord({ saveRefusal }, { now: () => now });
});

it('stores each reason of a channel once a minute, whether or not the store accepts it', () => {
  for (let second = 0; second < 90; second++, now += 1000) {
    refusals.save('rate_limited', 'first');
    refusals.save('too_large', 'first');
  }
  refusals.save('full', 'other');
  expect(stored).toEqual([
    ['first', 'rate_limited', 1_000_000],
    ['first', 'too_large', 1_000_000],
    ['first', 'rate_limited', 1_000_000 + MINUTE],
    ['first', 'too_large', 1_000_000 + MINUTE],
    ['other', 'full', 1_000_000 + 90_000],
  ]);
});

it('forgets what it has stored more than a minute ago', () => {
  for (let index = 0; index < 1_000; index++) refusals.save('full', `${index}`);
  now += MINUTE;
  refusals.save('full', 'another');
  now -= MINUTE;
  refusals.save('full', '0');
  expect(stored).toHaveLength(1_002);
});

it('remembers what it has stored less than a minute ago', () => {
  for (let index = 0; index < 1_000; index++) refusals.save('full', `${index}`);
  now += MINUTE - 1;
  refusals.save('full', 'another');
  refusals.save('full', '0');
  expect(stored).toHaveLength(1_001);
});

it('counts the webhooks at unknown URLs', () => {
  expect(refusals.unknown()).toBeNull();
  refusals.countUnknown('first');
  now += MINUTE;
  refusals.countUnknown('other');
  expect(refusals.unknown()).toEqual({ webhooks: 2, lastAt: now, lastChannel: 'other' });
  expect(now - refusals.startedAt).toBe(MINUTE);
});
