/** The channels whose webhooks a process has recently dropped or refused, for metrics and the log. */

import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { shortNameOf } from './short-name.ts';

/** Time for which a channel is remembered after its last webhook. A quiet branch sends a webhook every few minutes. */
const REMEMBER_MS = 30 * 60_000;
/** Minimum time between two log lines about a channel. */
const LOG_INTERVAL_MS = 60_000;
/** Maximum number of channels. The limit is necessary because a stranger can invent any number of channels. */
const MAX_CHANNELS = 100;

/**
 * The reason why webhooks of a channel are dropped or refused:
 * - `unknown`: their URL is not the webhook URL of a registered channel;
 * - `full`: it has reached a limit on stored deliveries;
 * - `rate_limited`: it receives more webhooks per minute than allowed.
 */
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
  webhooks: number;
  lastAt: number;
  loggedAt: number;
}

/** The channels in trouble of a process. */
export type ChannelTroubles = ReturnType<typeof createChannelTroubles>;

/**
 * Removes the channel with the fewest webhooks or, if several have as few, the oldest of them. A flood of new channels
 * therefore evicts only channels of the flood.
 */
function evict(entries: Map<string, Entry>): void {
  let [leastName, least] = ['', Infinity];
  for (const [name, { webhooks }] of entries) if (webhooks < least) [leastName, least] = [name, webhooks];
  entries.delete(leastName);
}

/**
 * Remembers a limited number of channels for each kind of trouble.
 *
 * @param onRefused - called like the log, if webhooks of a registered channel are refused because of a limit
 */
export function createChannelTroubles(
  clock: Pick<Clock, 'now'>,
  log: Pick<Log, 'warn'>,
  onRefused: (channel: string) => void = () => undefined,
) {
  const all: Readonly<Record<Trouble, Map<string, Entry>>> = {
    unknown: new Map(),
    full: new Map(),
    rate_limited: new Map(),
  };
  return {
    /** Records that a webhook of a channel was dropped or refused. Logs a channel at most once a minute. */
    note: (trouble: Trouble, channel: string): void => {
      const now = clock.now();
      const name = shortNameOf(channel);
      const entries = all[trouble];
      let entry = entries.get(name);
      if (!entry || now - entry.lastAt > REMEMBER_MS) {
        entry = { webhooks: 0, lastAt: now, loggedAt: -Infinity };
        if (entries.size >= MAX_CHANNELS) evict(entries);
        entries.set(name, entry);
      }
      entry.webhooks++;
      entry.lastAt = now;
      if (now - entry.loggedAt < LOG_INTERVAL_MS) return;
      entry.loggedAt = now;
      log.warn({ channel: name, webhooks: entry.webhooks }, MESSAGES[trouble]);
      if (trouble !== 'unknown') onRefused(channel);
    },

    /** Records that a webhook of a channel was stored, which clears all of the channel's troubles. */
    clear: (channel: string): void => {
      for (const trouble of TROUBLES) {
        // The entry stays, so that a channel of which some webhooks are stored is not logged more often.
        const entry = all[trouble].get(shortNameOf(channel));
        if (entry) entry.webhooks = 0;
      }
    },

    /**
     * Returns the short names of the channels with a kind of trouble, with the number of their webhooks that were dropped
     * or refused since the last one that was stored. The largest number comes first.
     */
    channels: (trouble: Trouble) => {
      const now = clock.now();
      const entries = all[trouble];
      for (const [name, { lastAt }] of entries) if (now - lastAt > REMEMBER_MS) entries.delete(name);
      return [...entries]
        .map(([name, { webhooks }]) => ({ name, webhooks }))
        .filter(({ webhooks }) => webhooks > 0)
        .sort((one, other) => other.webhooks - one.webhooks);
    },
  };
}
