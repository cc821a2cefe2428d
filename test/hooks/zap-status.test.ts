import { describe, expect, it } from '@jest/globals';

import { areWaiting, describeDuration, describeFailure, describeZaps } from '../../src/hooks/zap-status.ts';
import type { JsonObject } from '../../wire/json.ts';

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
      : 'No Zap with this trigger is on. If Zapier shows a Zap with this trigger as on, turn it off and on.',
  );
});

describe('the description of the Zaps with a trigger', () => {
  const NOW = Date.parse('2026-06-10T12:00:00Z');
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  const FILTER = { actions: ['B', 'A'] };
  const ago = (duration: number): string => new Date(NOW - duration).toISOString();
  const zap = (changes: JsonObject = {}): JsonObject => ({ actions: ['A', 'B'], ...changes });

  const FAILING = zap({ failing_since: ago(2.9 * HOUR), last_failure: 'HTTP 500', pending: 12, dead_letters: 3 });
  const failing = (last_failure: string | null) => zap({ failing_since: ago(HOUR), last_failure });
  const gone = (...counts: number[]) => ({
    gone_subscriptions: [...counts.map((dead_letters) => zap({ dead_letters })), { actions: ['C'], dead_letters: 9 }],
  });
  const ON = 'The Zap with this trigger is on and has received all events.';
  const OFF = 'No Zap with this trigger is on. If Zapier shows a Zap with this trigger as on, turn it off and on.';
  const OTHERS = [zap({ actions: ['A'] }), zap({ actions: ['A', 'B', 'C'] }), { all_except: ['A', 'B'] }];
  const MALFORMED = { pending: 'many', dead_letters: -1, failing_since: 1, paused_since: null };

  it.each<[what: string, state: JsonObject, text: string]>([
    ['no Zap', { subscriptions: [] }, OFF],
    ['other triggers', { subscriptions: OTHERS }, OFF],
    ['a malformed response', { subscriptions: 'x' }, OFF],
    ['malformed Zaps', { subscriptions: [null, 1, {}, { actions: 'A' }] }, OFF],
    ['malformed values', { subscriptions: [zap(MALFORMED)] }, ON],
    ['one Zap', { subscriptions: [zap()] }, ON],
    ['two Zaps', { subscriptions: [zap(), zap()] }, '2 Zaps with this trigger are on and have received all events.'],
    [
      'a failing Zap',
      { subscriptions: [FAILING] },
      'Zap with this trigger: failing for 2 hours (Zapier responded with 500), 12 events are waiting, 3 events were given up.',
    ],
    [
      'a Zap that does not respond',
      { subscriptions: [failing('ETIMEDOUT')] },
      'Zap with this trigger: failing for 1 hour (Zapier did not respond in time).',
    ],
    [
      'a Zap that cannot be reached',
      { subscriptions: [failing(null)] },
      'Zap with this trigger: failing for 1 hour (Zapier could not be reached).',
    ],
    [
      'a paused Zap',
      { subscriptions: [zap({ paused_since: ago(HOUR), pending: 2 })] },
      'Zap with this trigger: paused by the person who operates the relay, 2 events are waiting.',
    ],
    [
      'several Zaps, of which one is paused',
      { subscriptions: [zap(), zap({ paused_since: ago(HOUR), pending: 2 })] },
      '2 Zaps with this trigger: paused by the person who operates the relay, 2 events are waiting.',
    ],
    [
      'single events',
      { subscriptions: [zap({ pending: 1, dead_letters: 1 })] },
      'Zap with this trigger: 1 event is waiting, 1 event was given up.',
    ],
    [
      'several Zaps, of which two fail',
      { subscriptions: [zap(), FAILING, zap({ failing_since: ago(DAY), last_failure: 'HTTP 404', pending: 5 })] },
      '3 Zaps with this trigger: failing for 1 day (Zapier responded with 404), 17 events are waiting, 3 events were given up.',
    ],
    ['a Zap that is off', { ...gone(), subscriptions: [] }, OFF],
    [
      'an event that has not reached a Zap that is off',
      gone(1),
      `${OFF} A Zap with this trigger is off, and 1 event has not reached it: send it again in the console.`,
    ],
    [
      'events that have not reached Zaps that are off',
      { ...gone(2, 3), subscriptions: [zap()] },
      `${ON} A Zap with this trigger is off, and 5 events have not reached it: send them again in the console.`,
    ],
  ])('describes %s', (_what, state, text) => {
    expect(describeZaps(state, FILTER, false, NOW)).toBe(text);
  });

  it.each([
    [[zap()], 'The Zap with this trigger is on, and refuses such webhooks.'],
    [[zap(), zap()], '2 Zaps with this trigger are on, and refuse such webhooks.'],
    [[zap({ pending: 1 })], 'Zap with this trigger: 1 event is waiting.'],
    [[], OFF],
  ])('does not claim that Zaps received webhooks that were signed with another key (%#)', (subscriptions, expected) => {
    expect(describeZaps({ subscriptions }, FILTER, true, NOW)).toBe(expected);
  });

  it('is about the Zaps that receive all events except the same events', () => {
    const filter = { all_except: ['A'] };
    const textFor = (all_except: unknown) => describeZaps({ subscriptions: [{ all_except }] }, filter, false, NOW);
    expect([textFor(['A']), textFor(['B']), textFor(undefined), textFor('A')]).toEqual([ON, OFF, OFF, OFF]);
  });

  it.each([
    [[zap({ pending: 1 })], true],
    [[zap(), zap({ pending: 2 })], true],
    [[zap({ pending: 0 })], false],
    [[zap({ pending: 'many' })], false],
    [[{ actions: ['C'], pending: 1 }], false],
    ['x', false],
  ])('says whether events are waiting (%#)', (subscriptions, areEventsWaiting) => {
    expect(areWaiting({ subscriptions }, FILTER)).toBe(areEventsWaiting);
  });
});
