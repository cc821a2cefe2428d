/** The channels whose webhooks a process has recently refused, for metrics and the log. */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';

/**
 * Time for which a channel is remembered after its last refused webhook. A quiet branch sends a webhook to an unknown
 * URL every few minutes. A channel at a limit is busy: the relay stores some of its webhooks and refuses others in
 * between.
 */
const REMEMBER_MS: Readonly<Record<Trouble, number>> = {
  unknown: 30 * 60_000,
  full: 5 * 60_000,
  rate_limited: 5 * 60_000,
};
/** Minimum time between two log lines about a channel. */
const LOG_INTERVAL_MS = 60_000;
/** Maximum number of channels. The limit is necessary because a stranger can invent any number of channels. */
const MAX_CHANNELS = 100;

/** The reasons why webhooks of a channel are refused. */
export const TROUBLES = ['unknown', 'full', 'rate_limited'] as const;
export type Trouble = (typeof TROUBLES)[number];

const MESSAGES: Readonly<Record<Trouble, string>> = {
  unknown:
    'Webhooks are refused because their URL is not the webhook URL of a registered channel. Check that the relay uses the ' +
    'right database, and paste the URL that the trigger shows in Zapier into TutorCruncher again.',
  full: 'The webhooks of a channel are refused because too many of its deliveries are waiting. Its Zaps do not accept them.',
  rate_limited: 'The webhooks of a channel are refused because it receives more than RELAY_MAX_EVENTS_PER_MINUTE.',
};

interface Entry {
  readonly name: string;
  webhooks: number;
  lastAt: number;
  loggedAt: number;
}

/** The channels in trouble of a process. */
export type ChannelTroubles = ReturnType<typeof createChannelTroubles>;

/** Remembers a limited number of channels for each kind of trouble. */
export function createChannelTroubles(clock: Pick<Clock, 'now'>, log: Pick<Log, 'warn'>) {
  /** The entries of each kind by the short names of their channels. */
  const all: Record<Trouble, Map<string, Entry>> = { unknown: new Map(), full: new Map(), rate_limited: new Map() };

  return {
    /** Records that a webhook of a channel was refused. Logs a channel at most once a minute. */
    note: (trouble: Trouble, channel: string): void => {
      const now = clock.now();
      const name = shortNameOf(channel);
      const entries = all[trouble];
      let entry = entries.get(name);
      if (!entry || now - entry.lastAt > REMEMBER_MS[trouble]) {
        entry = { name, webhooks: 0, lastAt: now, loggedAt: -Infinity };
        // Evict the oldest of the channels with the fewest webhooks, so that a flood of new channels evicts only new
        // channels.
        const least =
          entries.size < MAX_CHANNELS ? undefined : [...entries.values()].sort((a, b) => a.webhooks - b.webhooks)[0];
        if (least) entries.delete(least.name);
        entries.set(name, entry);
      }
      entry.webhooks++;
      entry.lastAt = now;
      if (now - entry.loggedAt < LOG_INTERVAL_MS) return;
      entry.loggedAt = now;
      log.warn({ channel: name, webhooks: entry.webhooks }, MESSAGES[trouble]);
    },

    /** Records that a webhook of a channel was stored, so its URL is known. It may still be at a limit. */
    clear: (channel: string): void => {
      // The entry stays, so that a channel with an old URL in one of two integrations is not logged more often.
      const entry = all.unknown.get(shortNameOf(channel));
      if (entry) entry.webhooks = 0;
    },

    /**
     * Returns the channels in trouble, the most refused webhooks first. For `unknown`, a stored webhook restarts the
     * count.
     */
    channels: (trouble: Trouble) => {
      const now = clock.now();
      const entries = all[trouble];
      for (const [name, { lastAt }] of entries) if (now - lastAt > REMEMBER_MS[trouble]) entries.delete(name);
      return [...entries.values()]
        .map(({ name, webhooks }) => ({ name, webhooks }))
        .filter(({ webhooks }) => webhooks > 0)
        .sort((one, other) => other.webhooks - one.webhooks);
    },
  };
}
