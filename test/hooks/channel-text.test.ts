import { describe, expect, it } from '@jest/globals';

import { channelText, describeChannel, type ChannelStatus } from '../../src/hooks/channel-text.ts';
import { createLinkSecret } from '../../wire/console-link.ts';
import type { JsonObject } from '../../wire/json.ts';
import { noticeAction } from '../../wire/notice.ts';

const NOW = Date.parse('2026-06-10T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ago = (duration: number): string => new Date(NOW - duration).toISOString();

const zap = (changes: JsonObject = {}): JsonObject => ({
  id: '1',
  actions: ['A', 'B'],
  created_at: ago(5 * DAY),
  failing_since: null,
  last_failure: null,
  pending: 0,
  dead_letters: 0,
  ...changes,
});
const FAILING = zap({ failing_since: ago(2.9 * HOUR), last_failure: 'HTTP 500', pending: 12, dead_letters: 3 });

function describeState(state: JsonObject, hasForeignSignature = false): string[] {
  const { channel, zaps } = describeChannel(state, hasForeignSignature, { actions: ['B', 'A'] }, NOW);
  return [...channel, ...zaps];
}
const describeZaps = (...subscriptions: unknown[]): string | undefined => describeState({ subscriptions }).at(-1);

describe('the status of a channel', () => {
  it.each([
    [30_000, 'less than a minute'],
    [MINUTE, '1 minute'],
    [59.9 * MINUTE, '59 minutes'],
    [HOUR, '1 hour'],
    [3 * DAY, '3 days'],
  ])('shows when the last webhook arrived: %d ms ago', (duration, text) => {
    expect(describeState({ last_event_at: ago(duration) })[0]).toBe(`Status: last webhook received ${text} ago.`);
  });

  it('reports that webhooks have stopped arriving, by the rule that also the console and the notices use', () => {
    const describe = (silence: number) =>
      describeState({ created_at: ago(14 * DAY), last_event_at: ago(silence), longest_pause_seconds: 36_000 })[0];
    expect(describe(DAY)).toBe('Status: last webhook received 1 day ago.');
    expect(describe(DAY + MINUTE)).toMatch(
      /^Status: no webhook for 1 day, which is much longer than usual\. TutorCruncher may have switched the integration off: /,
    );
  });

  it.each([[null], [undefined], ['yesterday'], [1]])(
    'reports that no webhook has arrived if the time is %p',
    (value) => {
      expect(describeState({ last_event_at: value })[0]).toBe('Status: no webhook received yet.');
    },
  );

  it('reports that TutorCruncher still uses the old URL, as long as the newest webhook arrived there', () => {
    const old = (works_until: string, last_event_at: unknown) =>
      describeState({ last_event_at: ago(HOUR), old_webhook_url: { works_until, last_event_at } });
    expect(old(ago(-23.5 * HOUR), ago(HOUR))[1]).toBe(
      'TutorCruncher still uses the old URL, which stops working in 23 hours. Paste the one above.',
    );
    expect(old(ago(MINUTE), ago(HOUR))[1]).toBe(
      'TutorCruncher still uses the old URL, which no longer works. Paste the one above.',
    );
    for (const other of [ago(2 * HOUR), null, 1]) expect(old(ago(-DAY), other)).toHaveLength(2);
    for (const value of [null, undefined, 'x']) expect(describeState({ old_webhook_url: value })).toHaveLength(2);
  });

  it('reports that the newest webhook was signed with another key', () => {
    expect(describeState({}, true)[1]).toMatch(/^The newest webhook was signed with another private key/);
    expect(describeState({})).toHaveLength(2);
  });
});

describe('the status of the Zaps with a trigger', () => {
  it('reports that no Zap is on', () => {
    const others = [
      zap({ actions: ['A'] }),
      zap({ actions: ['A', 'B', 'C'] }),
      zap({ actions: null, all_except: ['A', 'B'] }),
    ];
    for (const subscriptions of [[], others]) {
      expect(describeZaps(...subscriptions)).toBe('No Zap with this trigger is on.');
    }
  });

  it('reports that all is well', () => {
    expect(describeZaps(zap())).toBe('The Zap with this trigger is on and has received all events.');
    expect(describeZaps(zap(), zap())).toBe('2 Zaps with this trigger are on and have received all events.');
  });

  it('shows for how long and why a Zap has failed, how many events are waiting, and how many were given up', () => {
    expect(describeZaps(FAILING)).toBe(
      'Zap with this trigger: failing for 2 hours (Zapier responded with 500), 12 events are waiting, 3 events were given up.',
    );
    expect(describeZaps(zap({ paused_since: ago(HOUR), pending: 2 }))).toBe(
      'Zap with this trigger: paused by the person who operates the relay, 2 events are waiting.',
    );
    expect(describeZaps(zap({ pending: 1, dead_letters: 1 }))).toBe(
      'Zap with this trigger: 1 event is waiting, 1 event was given up.',
    );
  });

  it('says that events have not reached a Zap that is off', () => {
    const gone = (...dead: number[]) =>
      describeState({
        subscriptions: [],
        gone_subscriptions: [
          ...dead.map((dead_letters) => ({ actions: ['A', 'B'], dead_letters })),
          { actions: ['C'], dead_letters: 9 },
        ],
      }).at(-1);
    expect(gone()).toBe('No Zap with this trigger is on.');
    expect(gone(1)).toBe(
      'No Zap with this trigger is on. A Zap with this trigger is off, and 1 event has not reached it: send it again in the console.',
    );
    expect(gone(2, 3)).toMatch(/ 5 events have not reached it: /);
  });

  it.each([
    ['HTTP 429', 'Zapier responded with 429'],
    ['ETIMEDOUT', 'Zapier did not respond in time'],
    ['ECONNREFUSED', 'Zapier could not be reached'],
    [null, 'Zapier could not be reached'],
  ])('describes the reason %j in words', (last_failure, text) => {
    expect(describeZaps(zap({ failing_since: ago(HOUR), last_failure }))).toBe(
      `Zap with this trigger: failing for 1 hour (${text}).`,
    );
  });

  it('describes several Zaps as one, with the longest failure', () => {
    const longer = zap({ failing_since: ago(DAY), last_failure: 'HTTP 404' });
    expect(describeZaps(zap(), zap({ pending: 5 }), FAILING, longer)).toBe(
      '4 Zaps with this trigger: failing for 1 day (Zapier responded with 404), 17 events are waiting, 3 events were given up.',
    );
  });

  it('accepts a malformed response from a relay', () => {
    for (const subscriptions of [null, 'x', [null, 1, {}, { actions: 'A' }]]) {
      expect(describeState({ subscriptions }).at(-1)).toBe('No Zap with this trigger is on.');
    }
    expect(describeZaps({ actions: ['A', 'B'], pending: 'many', dead_letters: -1, failing_since: 'x' })).toMatch(
      /all events/,
    );
  });

  it('mentions the trigger for problems while no Zap uses it', () => {
    const hintFor = (actions: string[], ...subscriptions: JsonObject[]) =>
      describeChannel({ subscriptions }, false, { actions }, NOW).hint;
    const notices = [noticeAction('failing')];
    expect(hintFor(['A'], zap())).toEqual([expect.stringContaining('**Delivery Problem**')]);
    expect(hintFor(['A'], zap(), zap({ actions: notices }))).toEqual([]);
    expect(hintFor(notices, zap())).toEqual([]);
  });
});

/** The longest help text that Zapier accepts. */
const MAX_HELP_TEXT = 1000;

const ORIGIN = 'https://relay.example.com';
const NOTHING: ChannelStatus = {
  channel: ['Status: no webhook received yet.'],
  zaps: ['No Zap with this trigger is on.'],
  hint: [],
};

const urlAt = (origin: string) => `${origin}/hooks/${'c'.repeat(49)}/${'0'.repeat(32)}`;
const linkAt = (origin: string) => `${origin}/console#${createLinkSecret()}`;

/** Returns the status of a channel with every possible problem. */
function worstStatus(): ChannelStatus {
  const [last_event_at, counts] = [ago(99 * DAY), { pending: 99_999, dead_letters: 99_999 }];
  const worst = zap({ failing_since: last_event_at, last_failure: 'ECONNREFUSED', paused_since: ago(DAY), ...counts });
  const state = {
    ...{ created_at: ago(200 * DAY), last_event_at },
    old_webhook_url: { works_until: ago(-0.9 * DAY), last_event_at },
    subscriptions: Array.from({ length: 200 }, () => worst),
  };
  return describeChannel(state, true, { actions: ['A', 'B'] }, NOW);
}

describe('the help text of the field with the webhook URL', () => {
  it('contains the URL, the status and a link to the console', () => {
    const link = linkAt(ORIGIN);
    const text = channelText(urlAt(ORIGIN), NOTHING, link);
    expect(text).toMatch(
      /^Copy this URL:\n\n`https:\/\/relay\.example\.com\/hooks\/c{49}\/0{32}`\n\nIn TutorCruncher, open /,
    );
    expect(text.split('\n\n').slice(-3)).toEqual([
      'Status: no webhook received yet.',
      'No Zap with this trigger is on.',
      `[See what happened to each event](${link}). The link works for 24 hours, for everyone who has it. Only the 10 newest links work.`,
    ]);
  });

  it('explains how to get a link if none could be created', () => {
    expect(channelText(urlAt(ORIGIN), NOTHING, null)).toMatch(
      /could not be created\. To try again, click \*\*Refresh fields\*\*\.$/,
    );
  });

  it('has at most 1,000 characters if everything is wrong, including the link, which also shows the Zaps', () => {
    const status = worstStatus();
    const origin = `https://${'x'.repeat(56)}`;
    const link = linkAt(origin);
    const text = channelText(urlAt(origin), status, link);
    expect(text.length).toBeLessThanOrEqual(MAX_HELP_TEXT);
    expect(text).toContain(link);
    for (const paragraph of status.channel) expect(text).toContain(paragraph);
    expect(text).not.toContain('paused');
  });

  it('omits the link rather than the URL if the name of the relay is very long', () => {
    const status = worstStatus();
    const origin = `https://${'x'.repeat(150)}`;
    const text = channelText(urlAt(origin), status, linkAt(origin));
    expect(text.length).toBeLessThanOrEqual(MAX_HELP_TEXT);
    expect(text).toContain(urlAt(origin));
    expect(text).not.toContain('/console#');
  });
});
