import { describe, expect, it } from '@jest/globals';

import { helpText, type HelpTextContents } from '../../src/hooks/webhook-url-text.ts';
import { createLinkSecret } from '../../wire/console-link.ts';
import type { JsonObject } from '../../wire/json.ts';
import { noticeAction } from '../../wire/notice.ts';

const NOW = Date.parse('2026-06-10T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ago = (duration: number): string => new Date(NOW - duration).toISOString();

const urlAt = (origin: string) => `${origin}/hooks/${'c'.repeat(49)}/${'0'.repeat(32)}`;
const linkAt = (origin: string) => `${origin}/console#${createLinkSecret()}`;
const URL_SHOWN = urlAt('https://relay.example.com');

/** The contents of a help text for a channel whose branch is unknown. */
const CHANNEL: HelpTextContents = {
  webhookUrl: URL_SHOWN,
  branchName: null,
  state: {},
  hasForeignSignature: false,
  hasOldKey: false,
  filter: { actions: [] },
  link: null,
};

/** Returns the paragraphs of the help text after the instructions, which contain the URL. */
function textOf(state: JsonObject, changes: Partial<HelpTextContents> = {}): string[] {
  const filter = { actions: ['B', 'A'] };
  const contents = { ...CHANNEL, state, filter, ...changes };
  return helpText(contents, NOW).split('\n\n').slice(3);
}
/** Returns the paragraphs about the status of the channel. */
const statusOf = (state: JsonObject, changes?: Partial<HelpTextContents>) => textOf(state, changes).slice(0, -3);

describe('the status of a channel', () => {
  it.each<[state: JsonObject, text: string]>([
    [{ last_event_at: ago(30_000) }, 'last webhook received less than a minute ago.'],
    [{ last_event_at: ago(MINUTE) }, 'last webhook received 1 minute ago.'],
    [{ last_event_at: ago(59.9 * MINUTE) }, 'last webhook received 59 minutes ago.'],
    [{ last_event_at: ago(HOUR) }, 'last webhook received 1 hour ago.'],
    [{ last_event_at: ago(3 * DAY) }, 'last webhook received 3 days ago.'],
    [{ last_event_at: ago(DAY), silent_at: null }, 'last webhook received 1 day ago.'],
    [
      { last_event_at: ago(DAY), silent_at: ago(HOUR) },
      'no webhook for 1 day, which is longer than usual. TutorCruncher may have switched the integration off: ' +
        'open **Settings > API** and check.',
    ],
    [{ last_event_at: null }, 'no webhook received yet.'],
    [{ last_event_at: 'yesterday' }, 'no webhook received yet.'],
    [{ last_event_at: 1 }, 'no webhook received yet.'],
  ])('for the state %j is: %s', (state, text) => {
    expect(statusOf(state)).toEqual([`Status: ${text}`]);
  });

  it('reports that TutorCruncher still uses the old URL, as long as the newest webhook arrived there', () => {
    const old = (works_until: string, last_event_at: unknown) =>
      statusOf({ last_event_at: ago(HOUR), old_webhook_url: { works_until, last_event_at } }).slice(1);
    expect(old(ago(-23.5 * HOUR), ago(HOUR))).toEqual([
      'TutorCruncher still uses the old URL, which stops working in 23 hours. Paste the URL above.',
    ]);
    for (const end of [ago(0), ago(MINUTE)]) {
      expect(old(end, ago(HOUR))).toEqual([
        'TutorCruncher still uses the old URL, which no longer works. Paste the URL above.',
      ]);
    }
    for (const other of [ago(2 * HOUR), null, 1]) expect(old(ago(-DAY), other)).toEqual([]);
    for (const value of [null, 'x']) expect(statusOf({ old_webhook_url: value })).toHaveLength(1);
  });

  it('reports that the newest webhook was signed with another key', () => {
    expect(statusOf({}, { hasForeignSignature: true })[1]).toMatch(
      /^The newest webhook was signed with another private key/,
    );
  });
});

it('reports that a Zap with the trigger still uses an old private key', () => {
  expect(statusOf({}, { hasOldKey: true })[1]).toMatch(/^A Zap with this trigger still uses .* Turn it off and on\.$/);
});

describe('the status of the Zaps with a trigger', () => {
  const zap = (changes: JsonObject = {}): JsonObject => ({ actions: ['A', 'B'], ...changes });

  it.each([
    [[zap()], 'The Zap with this trigger is on, and refuses such webhooks.'],
    [[zap(), zap()], '2 Zaps with this trigger are on, and refuse such webhooks.'],
    [[], 'No Zap with this trigger is on. If Zapier shows a Zap with this trigger as on, turn it off and on.'],
  ])('does not claim that Zaps received webhooks that were signed with another key (%#)', (subscriptions, expected) => {
    const text = textOf({ subscriptions }, { hasForeignSignature: true });
    expect(text).toContain(expected);
    expect(text.join()).not.toContain('received all events');
  });

  it.each([
    [[zap({ pending: 2 })], 'Zap with this trigger: 2 events are waiting.'],
    [[], /^No Zap with this trigger is on\./],
  ])('precedes the hints and the link (%#)', (subscriptions, expected) => {
    expect(textOf({ subscriptions }).at(-3)).toMatch(expected);
  });

  it('says that a Zap can be turned off and on while events are waiting for it', () => {
    const saysSo = (state: JsonObject) => textOf(state).join().includes('Turning a Zap off and on loses nothing');
    expect(saysSo({ subscriptions: [zap(), zap({ pending: 1 })] })).toBe(true);
    expect(saysSo({ subscriptions: [zap(), { actions: ['C'], pending: 1 }] })).toBe(false);
  });

  it('mentions the trigger for problems while no Zap uses it', () => {
    const actions = [noticeAction('failing')];
    const hasHint = (...[state, changes]: Parameters<typeof textOf>) =>
      textOf(state, changes).some((text) => text.includes('**Delivery Problem**'));
    expect(hasHint({ subscriptions: [zap()] })).toBe(true);
    expect(hasHint({ subscriptions: [zap(), zap({ actions })] })).toBe(false);
    expect(textOf({ subscriptions: [zap(), zap({ actions })] })).not.toContain('');
    expect(hasHint({ subscriptions: [zap()] }, { filter: { actions } })).toBe(false);
  });
});

describe('the help text of the field with the webhook URL', () => {
  it('contains the URL, the status and a link to the console', () => {
    const link = linkAt('https://relay.example.com');
    const text = helpText({ ...CHANNEL, link }, NOW);
    expect(text).toMatch(
      /^Copy this URL:\n\n`https:\/\/relay\.example\.com\/hooks\/c{49}\/0{32}`\n\nIn TutorCruncher, open /,
    );
    expect(text.split('\n\n').at(-1)).toBe(
      `[See what happened to each event](${link}). The link works for 24 hours, for everyone who has it. Only the 10 newest links work.`,
    );
  });

  it.each([
    ['Bristol Branch', 'in Bristol Branch and the integration'],
    ['A*b*_c_ [d](https://e.example)\n`f` <g>', 'in A b c d (https://e.example) f g and the integration'],
    [`${'x'.repeat(39)}\u{1F393}`, `in ${'x'.repeat(39)}\uFFFD… and the integration`],
    ['x'.repeat(40), `in ${'x'.repeat(40)} and the integration`],
    ['**', 'and the integration'],
    [null, 'and the integration'],
  ])('names the branch %j beside the URL', (branchName, words) => {
    expect(helpText({ ...CHANNEL, branchName }, NOW)).toContain(`open **Settings > API** ${words} whose`);
  });

  it('explains how to get a link if none could be created', () => {
    expect(textOf({}).at(-1)).toMatch(/could not be created\. To try again, click \*\*Refresh fields\*\*\.$/);
  });

  it('leaves out the hint only if there are more than 1,000 characters', () => {
    const textWith = (webhookUrl: string) => helpText({ ...CHANNEL, webhookUrl }, NOW);
    const longest = URL_SHOWN + 'x'.repeat(1000 - textWith(URL_SHOWN).length);
    expect(textWith(longest)).toHaveLength(1000);
    expect(textWith(longest)).toContain('**Delivery Problem**');
    expect(textWith(`${longest}x`)).not.toContain('**Delivery Problem**');
    expect(textWith(`${longest}x`)).toContain('could not be created');
    expect(textWith(`${longest}x`)).toContain('No Zap with this trigger is on.');
  });

  // If a text is too long, the link is omitted last, because the console describes the Zaps, too.
  it.each([
    { characters: 56, name: 0, hasLink: true },
    { characters: 30, name: 99, hasLink: true },
    { characters: 150, name: 1, hasLink: false },
  ])(
    'has 1,000 characters at most with every problem, $characters characters in the host and $name in the branch',
    (host) => {
      const last_event_at = ago(99 * DAY);
      const paused = { actions: ['A', 'B'], failing_since: last_event_at, paused_since: ago(DAY), pending: 99_999 };
      const state = {
        last_event_at,
        silent_at: ago(98 * DAY),
        old_webhook_url: { works_until: ago(-0.9 * DAY), last_event_at },
        subscriptions: Array(200).fill(paused),
      };
      const origin = `https://${'x'.repeat(host.characters)}`;
      const contents: HelpTextContents = {
        webhookUrl: urlAt(origin),
        branchName: 'x'.repeat(host.name),
        state,
        hasForeignSignature: true,
        hasOldKey: false,
        filter: { actions: ['A', 'B'] },
        link: linkAt(origin),
      };
      const text = helpText(contents, NOW);
      const withOldKey = helpText({ ...contents, hasOldKey: true }, NOW);
      for (const each of [text, withOldKey]) {
        expect(each.length).toBeLessThanOrEqual(1000);
        for (const problem of [urlAt(origin), 'longer than usual', 'the old URL', 'another private key'])
          expect(each).toContain(problem);
      }
      expect(withOldKey).toContain('an old private key');
      const shown = ['/console#', 'paused'].map((part) => text.includes(part));
      expect(shown).toEqual([host.hasLink, !host.hasLink]);
    },
  );
});
