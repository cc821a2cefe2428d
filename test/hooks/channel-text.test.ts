import { describe, expect, it } from '@jest/globals';

import { describeChannel, type ChannelStatus } from '../../src/hooks/channel-status.ts';
import { channelText } from '../../src/hooks/channel-text.ts';
import { createLinkSecret } from '../../wire/console-link.ts';

const DAY = 24 * 60 * 60 * 1000;
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
  const now = Date.now();
  const ago = (days: number) => new Date(now - days * DAY).toISOString();
  const zap = {
    ...{ actions: ['A'], failing_since: ago(99), last_failure: 'ECONNREFUSED' },
    ...{ pending: 99_999, dead_letters: 99_999, paused_since: ago(1) },
  };
  const old_webhook_url = { works_until: ago(-0.9), last_event_at: ago(99) };
  const state = {
    created_at: ago(200),
    last_event_at: ago(99),
    old_webhook_url,
    subscriptions: Array.from({ length: 200 }, () => zap),
  };
  return describeChannel(state, true, { actions: ['A'] });
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
