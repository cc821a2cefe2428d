import { expect, it } from '@jest/globals';

import { describeDuration, describeFailure, describeZaps } from '../../src/hooks/zap-status.ts';

it.each([
  [0, 'less than a minute'],
  [59_999, 'less than a minute'],
  [60_000, '1 minute'],
  [3_599_999, '59 minutes'],
  [3_600_000, '1 hour'],
  [86_399_999, '23 hours'],
  [86_400_000, '1 day'],
  [200_000_000, '2 days'],
])('a duration of %d milliseconds is %s', (duration, text) => {
  expect(describeDuration(duration)).toBe(text);
});

it.each([
  ['HTTP 500', 'Zapier responded with 500'],
  ['HTTP 5000', 'Zapier could not be reached'],
  ['ATTEMPT_TIMEOUT', 'Zapier did not respond in time'],
  ['ETIMEDOUT', 'Zapier did not respond in time'],
  ['ECONNRESET', 'Zapier could not be reached'],
])('the failure %s means: %s', (failure, text) => {
  expect(describeFailure(failure)).toBe(text);
});

it.each<readonly [zap: object, counts: boolean]>([
  [{ actions: ['A', 'B'] }, true],
  [{ actions: ['B', 'A', 'A'] }, true],
  [{ actions: ['A'] }, false],
  [{ actions: ['A', 'B', 'C'] }, false],
  [{ all_except: ['A', 'B'] }, false],
  [{ actions: 'A\nB' }, false],
])('a Zap with %j has the trigger: %s', (zap, counts) => {
  const text = describeZaps({ subscriptions: [zap] }, { actions: ['A', 'B'] }, false, 0);
  expect(text).toBe(
    counts
      ? 'The Zap with this trigger is on and has received all events.'
      : 'No Zap with this trigger is on. If one looks on in Zapier, turn it off and on.',
  );
});
