/** The state and the problems of a channel as text in the console. */

import { describe, expect, it } from '@jest/globals';

import { healthOf } from '../../console/health.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../console/times.ts';
import { zapNames } from '../../console/zap-names.ts';
import type { EndedZap, OverviewResponse } from '../../wire/console-api.ts';
import { NOW, zapWith } from './sample-zap.ts';

function healthWith(changes: Partial<OverviewResponse> = {}) {
  const overview: OverviewResponse = {
    now: NOW,
    webhook_url: 'https://relay.example.com/hooks/channel',
    created_at: NOW - 30 * DAY_MS,
    last_webhook_at: NOW - 3 * MINUTE_MS,
    silent_at: null,
    foreign_signature: null,
    zaps: [zapWith({})],
    ended_zaps: [],
    hours: [],
    ...changes,
  };
  return healthOf(overview, zapNames(overview));
}
const titlesOf = (changes: Partial<OverviewResponse>): string[] =>
  healthWith(changes).problems.map(({ title }) => title);

describe('a channel without problems', () => {
  it('is healthy, and is described in words', () => {
    const health = healthWith();
    expect(health).toMatchObject({ level: 'well', headline: 'All is well', problems: [] });
    const facts = ['last webhook from TutorCruncher 3 minutes ago', '1 Zap on', 'nothing waiting'];
    expect(health.facts).toEqual([...facts, 'no Zap with Delivery Problem']);
    const notices = zapWith({ description: { trigger: 'Delivery Problem', options: [], zap_id: null } });
    expect(healthWith({ zaps: [notices] }).facts).toEqual(facts);
  });

  it('is healthy if no signature has been checked, and if a Zap has no description', () => {
    expect(healthWith({ zaps: [zapWith({ description: null })] })).toMatchObject({ level: 'well', problems: [] });
  });

  it('shows how many events are waiting, and for how long if they have waited for a long time', () => {
    const waiting = (oldest: number) =>
      healthWith({ zaps: [zapWith({ pending: 2, oldest_pending_at: oldest }), zapWith({ id: 'b' })] }).facts;
    expect(waiting(NOW - MINUTE_MS)).toContain('2 events waiting');
    expect(waiting(NOW - 2 * MINUTE_MS)).toContain('2 events waiting');
    expect(waiting(NOW - 4 * MINUTE_MS)).toContain('2 events waiting for up to 4 minutes');
  });

  it('is new before the first webhook', () => {
    const health = { level: 'new', headline: 'No webhook has arrived yet', facts: ['no Zap on'] };
    expect(healthWith({ last_webhook_at: null, zaps: [] })).toMatchObject(health);
  });
});

describe('a problem', () => {
  it('is a silence that the relay calls unusual', () => {
    const since = { last_webhook_at: NOW - 8 * DAY_MS };
    expect(titlesOf(since)).toEqual([]);
    expect(titlesOf({ ...since, silent_at: NOW - DAY_MS })).toEqual([
      'No webhook for 8 days, which is longer than usual',
    ]);
  });

  it.each([
    {
      changes: { failing_since: NOW - 2 * HOUR_MS, next_attempt_at: NOW + 4 * MINUTE_MS, pending: 3 },
      title: 'Lesson Completed has been failing for 2 hours',
      advice: /^Zapier does not accept its events\. The next attempt is due in 4 minutes \(\d\d:\d\d\)\. .* them when/,
      events: { zap: 'zap' },
    },
    {
      changes: { failing_since: NOW - MINUTE_MS, gives_up_refused: true, last_failure_text: 'No', pending: 2 },
      title: 'Lesson Completed has been failing for 1 minute',
      advice:
        /^No\. The relay tries an event that Zapier refuses three times, .* 2 events waiting\. Open the first event/,
      events: { zap: 'zap' },
    },
    {
      changes: { failing_since: NOW - MINUTE_MS, pending: 1 },
      title: 'Lesson Completed has been failing for 1 minute',
      advice: /^Zapier does not accept its events\. Nothing is lost: the relay keeps 1 event, and delivers it when/,
      events: { zap: 'zap' },
    },
    {
      changes: { dead_letters: 2 },
      title: '2 events did not reach Lesson Completed',
      advice: /^Zapier refused them, or did not accept them for a day, .* Open the events to see why/,
      events: { zap: 'zap', outcome: 'given_up' },
    },
    {
      changes: { dead_letters: 1 },
      title: '1 event did not reach Lesson Completed',
      advice: /^Zapier refused it, .* Open the event to see why, and press Send again\.$/,
      events: { zap: 'zap', outcome: 'given_up' },
    },
    {
      changes: { paused_since: NOW - DAY_MS, pending: 1 },
      title: 'Lesson Completed has been paused for 1 day',
      advice: /1 event waiting/,
      events: { zap: 'zap', outcome: 'waiting' },
    },
    {
      changes: { paused_since: NOW, pending: 2, failing_since: NOW },
      title: 'Lesson Completed has been paused for less than a minute',
      advice: /2 events waiting/,
      events: { zap: 'zap', outcome: null },
    },
  ])('is that $title', ({ changes, title, advice, events }) => {
    const { level, headline, problems } = healthWith({ zaps: [zapWith(changes)] });
    expect(problems[0]).toMatchObject({ title, advice: expect.stringMatching(advice), events });
    expect([level, headline]).toEqual(['trouble', problems.length === 1 ? title : '2 things need attention']);
  });

  it('has no events if the paused Zap has none', () => {
    const { problems } = healthWith({ zaps: [zapWith({ paused_since: NOW })] });
    expect(problems.map(({ events }) => events)).toEqual([undefined]);
  });

  it('is not an event that is being sent again', () => {
    expect(titlesOf({ zaps: [zapWith({ dead_letters: 2, is_sending_again: true })] })).toEqual([]);
  });

  const ENDED: EndedZap = {
    id: 'old',
    description: null,
    created_at: 0,
    ended_at: NOW,
    is_gone: false,
    dead_letters: 3,
    has_successor: false,
  };

  it('is a Zap that has ended with 410, while events have not reached it', () => {
    const ended = { ...ENDED, is_gone: true };
    expect(healthWith({ ended_zaps: [ended] }).problems).toMatchObject([
      { title: expect.stringMatching(/^3 events did not reach A Zap, off since /), events: { zap: 'old' } },
    ]);
    expect(titlesOf({ ended_zaps: [{ ...ended, dead_letters: 0 }] })).toEqual([]);
  });

  it('is a Zap that was turned off while events were waiting, but only once another Zap takes its place', () => {
    expect(titlesOf({ ended_zaps: [ENDED] })).toEqual([]);
    const { problems } = healthWith({ ended_zaps: [{ ...ENDED, has_successor: true }] });
    expect(problems).toMatchObject([{ events: { zap: 'old', outcome: 'given_up' } }]);
    expect(problems[0]?.advice).toBe(
      'The Zap was turned off just now, while the events were waiting for it. To send the events to the Zap that takes ' +
        'its place, show them and press Send all again. They are kept for 14 days.',
    );
  });

  it('is counted if there are several', () => {
    const { headline, level, problems } = healthWith({
      zaps: [],
      last_webhook_at: 0,
      silent_at: 1,
      foreign_signature: 'all',
    });
    expect([level, headline]).toEqual(['trouble', '3 things need attention']);
    expect(problems.map(({ title }) => title)).toEqual([
      'The newest webhooks were signed with another private key',
      expect.stringMatching(/^No webhook for /),
      'No Zap is on',
    ]);
  });
});
