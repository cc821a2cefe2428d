/** The console's answer to "Is all well?". */

import { describe, expect, it } from '@jest/globals';

import { healthOf } from '../../console/health.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../console/times.ts';
import { zapNames } from '../../console/zap-words.ts';
import type { OverviewResponse } from '../../wire/console-api.ts';
import type { Verdict } from '../../wire/link-api.ts';
import { zapWith } from './sample-zaps.ts';

const NOW = Date.UTC(2026, 5, 10, 12);

const overview = (changes: Partial<OverviewResponse> = {}): OverviewResponse => ({
  now: NOW,
  webhook_url: 'https://relay.example.com/hooks/channel',
  created_at: NOW - 30 * DAY_MS,
  last_webhook_at: NOW - 3 * MINUTE_MS,
  longest_pause_ms: 20 * HOUR_MS,
  zaps: [zapWith({})],
  ended_zaps: [],
  hours: [],
  ...changes,
});

const healthWith = (changes: Partial<OverviewResponse> = {}, of: Verdict | null = null) =>
  healthOf(overview(changes), zapNames(overview(changes)), of);
const verdict = (is_valid: boolean): Verdict => ({ delivery_id: 'delivery', received_at: NOW, is_valid });
const titlesOf = (changes: Partial<OverviewResponse>, of: Verdict | null = null): string[] =>
  healthWith(changes, of).problems.map(({ title }) => title);

describe('a channel without problems', () => {
  it('is healthy, and is described in words', () => {
    const health = healthWith({}, verdict(true));
    expect(health).toMatchObject({ level: 'well', headline: 'All is well', problems: [] });
    const facts = ['last webhook from TutorCruncher 3 minutes ago', '1 Zap on', 'nothing waiting'];
    expect(health.facts).toEqual([...facts, 'no Zap with Delivery Problem']);
    const notices = zapWith({ description: { trigger: 'Delivery Problem', options: [], zap_id: null } });
    expect(healthWith({ zaps: [notices] }).facts).toEqual(facts);
  });

  it('shows how many events are waiting, and for how long if they have waited for a long time', () => {
    const waiting = (oldest: number) =>
      healthWith({ zaps: [zapWith({ pending: 2, oldest_pending_at: oldest }), zapWith({ id: 'b' })] }).facts;
    expect(waiting(NOW - MINUTE_MS)).toContain('2 events waiting');
    expect(waiting(NOW - 4 * MINUTE_MS)).toContain('2 events waiting for up to 4 minutes');
  });

  it('is new before the first webhook', () => {
    expect(healthWith({ last_webhook_at: null, zaps: [] })).toMatchObject({
      level: 'new',
      headline: 'No webhook has arrived yet',
      facts: ['no Zap on'],
    });
  });
});

describe('a problem', () => {
  it('is a silence of more than twice the longest pause, and at least of a day', () => {
    const silent = (hours: number, pause: number | null) =>
      titlesOf({ last_webhook_at: NOW - hours * HOUR_MS, longest_pause_ms: pause === null ? null : pause * HOUR_MS });
    expect(silent(41, 20)).toEqual(['No webhook for 1 day, which is much longer than usual']);
    expect([silent(40, 20), silent(24, 1)]).toEqual([[], []]);
    expect(silent(6 * 24, null)).toEqual([]);
    expect(silent(8 * 24, null)).toHaveLength(1);
    expect(titlesOf({ created_at: NOW - 2 * DAY_MS, last_webhook_at: NOW - 41 * HOUR_MS })).toEqual([]);
  });

  it('is a foreign signature of the newest webhook', () => {
    expect(titlesOf({}, verdict(false))).toEqual(['The newest webhook was signed with another private key']);
  });

  it('is a Zap that fails, with the response and the next attempt', () => {
    const zap = zapWith({
      ...{ failures: 7, failing_since: NOW - 2 * HOUR_MS, last_failure_text: 'Zapier had an internal problem (500)' },
      ...{ next_attempt_at: NOW + 4 * MINUTE_MS, pending: 3, oldest_pending_at: NOW - 2 * HOUR_MS },
    });
    const { headline, problems } = healthWith({ zaps: [zap] });
    expect(headline).toBe('Lesson Completed has been failing for 2 hours');
    expect(problems[0]?.advice).toMatch(
      /^Zapier had an internal problem \(500\)\. The next attempt is due in 4 minutes \(\d\d:\d\d\)\. Nothing is lost: the relay keeps 3 events, and delivers them/,
    );
    expect(problems[0]?.events).toMatchObject({ zap: 'zap' });
  });

  it('is an event that was given up, unless it is being sent again', () => {
    const given_up = zapWith({ dead_letters: 2 });
    expect(titlesOf({ zaps: [given_up] })).toEqual(['2 events did not reach Lesson Completed']);
    expect(titlesOf({ zaps: [{ ...given_up, is_sending_again: true }] })).toEqual([]);
  });

  it('is a Zap that has ended with 410, while events have not reached it', () => {
    const ended = { id: 'old', description: null, created_at: 0, ended_at: NOW, is_gone: true, dead_letters: 3 };
    const { problems } = healthWith({ zaps: [zapWith({})], ended_zaps: [ended] });
    expect(problems).toMatchObject([
      { title: expect.stringMatching(/^3 events did not reach A Zap, off since /), events: { zap: 'old' } },
    ]);
    for (const change of [{ is_gone: false }, { dead_letters: 0 }])
      expect(titlesOf({ zaps: [zapWith({})], ended_zaps: [{ ...ended, ...change }] })).toEqual([]);
  });

  it.each([
    [1, /^Zapier refused it, .* Open the event to see why, and press Send again\.$/],
    [2, /^Zapier refused them, .* Open the events to see why, and press Send again\.$/],
  ])('names %d events that were given up', (dead_letters, advice) => {
    const { problems } = healthWith({ zaps: [zapWith({ dead_letters })] });
    expect(problems[0]?.advice).toMatch(advice);
  });

  it('is a Zap that the operator has paused', () => {
    const { problems } = healthWith({ zaps: [zapWith({ paused_since: NOW - DAY_MS, pending: 1 })] });
    expect(problems[0]).toMatchObject({
      title: 'Lesson Completed has been paused for 1 day',
      events: { zap: 'zap', outcome: 'waiting' },
    });
    const failing = zapWith({ paused_since: NOW, pending: 2, failing_since: NOW, failures: 1 });
    const [paused] = healthWith({ zaps: [failing] }).problems;
    expect(paused).toMatchObject({ events: { zap: 'zap', outcome: null } });
    expect(problems[0]?.advice).toContain('1 event waiting');
  });

  it('is reported if no Zap is on', () => {
    expect(titlesOf({ zaps: [] })).toEqual(['No Zap is on']);
  });

  it('is counted if there are several', () => {
    const { headline, level } = healthWith({ zaps: [] }, verdict(false));
    expect([level, headline]).toEqual(['trouble', '2 things need attention']);
    const [first = '', second = '', third = ''] = titlesOf({ zaps: [], last_webhook_at: 0 }, verdict(false));
    expect([first, second, third].map((title) => title.split(' ', 3).join(' '))).toEqual([
      'The newest webhook',
      'No webhook for',
      'No Zap is',
    ]);
  });
});
