/** The channels whose webhooks a process has recently refused, for metrics and the log. */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';

/**
 * Time that a channel is remembered after its last refused webhook, in milliseconds. A quiet branch with an unknown URL
 * sends a webhook only every few minutes. A channel that exceeds a limit is busy, so a shorter time is enough, although
 * the relay still stores some of the channel's webhooks.
 */
const REMEMBER_MS: Readonly<Record<Trouble, number>> = {
  unknown: 30 * 60_000,
  full: 5 * 60_000,
  rate_limited: 5 * 60_000,
};
/** Minimum time between two log lines about a channel, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;
/**
 * Maximum number of remembered channels for each reason. The maximum is necessary because a stranger can invent any
 * number of channels.
 */
const MAX_CHANNELS = 100;
/** Maximum number of channels that are logged for each address of an unknown sender. */
const MAX_LOGGED_OF_STRANGER = 3;
/** Maximum number of remembered addresses of known senders. */
const MAX_SENDERS = 1_000;

/** The reasons for refusing the webhooks of a channel. */
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
  /** Address of the sender; null for a registered channel, which a sender cannot invent. */
  readonly address: string | null;
  webhooks: number;
  lastAt: number;
  loggedAt: number;
}

/** A process's record of the channels whose webhooks are refused. */
export type ChannelTroubles = ReturnType<typeof createChannelTroubles>;

/**
 * Sorts entries by importance: first registered channels, then channels in webhooks from the addresses of known
 * senders, then all other channels. Among the other channels, the addresses take turns, so that one stranger cannot
 * hide channels of other senders. Otherwise, channels with more or newer webhooks come first.
 */
function byImportance(entries: Iterable<Entry>, senders: ReadonlySet<string>): Entry[] {
  const sorted = [...entries].reverse().sort((one, other) => other.webhooks - one.webhooks);
  const turns = new Map<string, number>();
  const ranked = sorted.map((entry) => {
    const { address } = entry;
    if (address === null) return { entry, rank: -2 };
    if (senders.has(address)) return { entry, rank: -1 };
    const turn = turns.get(address) ?? 0;
    turns.set(address, turn + 1);
    return { entry, rank: turn };
  });
  return ranked.sort((one, other) => one.rank - other.rank).map(({ entry }) => entry);
}

/** Remembers a limited number of channels for each reason. */
export function createChannelTroubles(clock: Pick<Clock, 'now'>, log: Pick<Log, 'warn'>) {
  /** The entries for each reason, keyed by the channels' short names. */
  const all: Record<Trouble, Map<string, Entry>> = { unknown: new Map(), full: new Map(), rate_limited: new Map() };
  /**
   * The addresses of known senders, whose webhooks were stored, with the newest address last. These addresses include
   * TutorCruncher's.
   */
  const senders = new Set<string>();

  function isLogged({ address }: Entry, entries: ReadonlyMap<string, Entry>): boolean {
    if (address === null || senders.has(address)) return true;
    return [...entries.values()].filter((other) => other.address === address).length <= MAX_LOGGED_OF_STRANGER;
  }

  return {
    /**
     * Records that a webhook of a channel was refused. Logs a channel at most once a minute.
     *
     * @param address - address of the sender; null if the channel is registered
     */
    count: (trouble: Trouble, channel: string, address: string | null): void => {
      const now = clock.now();
      const name = shortNameOf(channel);
      const entries = all[trouble];
      const known = entries.get(name);
      const isNew = !known || now - known.lastAt > REMEMBER_MS[trouble];
      const entry = isNew ? { name, address, webhooks: 0, lastAt: now, loggedAt: -Infinity } : known;
      if (isNew) {
        entries.delete(name);
        entries.set(name, entry);
      }
      entry.webhooks++;
      entry.lastAt = now;
      const last = entries.size > MAX_CHANNELS ? byImportance(entries.values(), senders).at(-1) : undefined;
      if (last) entries.delete(last.name);
      if (now - entry.loggedAt < LOG_INTERVAL_MS || !isLogged(entry, entries)) return;
      entry.loggedAt = now;
      log.warn({ channel: name, webhooks: entry.webhooks }, MESSAGES[trouble]);
    },

    /**
     * Records that a webhook of a channel was stored, so the channel's URL and the sender are known. The channel can
     * still be full or over the rate limit.
     */
    clear: (channel: string, address: string): void => {
      senders.delete(address);
      senders.add(address);
      const [oldest] = senders;
      if (senders.size > MAX_SENDERS && oldest !== undefined) senders.delete(oldest);
      // The entry stays, so that a channel with an old URL in one of two integrations is not logged more often than
      // once a minute.
      const entry = all.unknown.get(shortNameOf(channel));
      if (entry) entry.webhooks = 0;
    },

    /**
     * Returns the channels whose webhooks are refused for a reason, with the most important channels first. For
     * `unknown`, a stored webhook resets the count.
     */
    channels: (trouble: Trouble) => {
      const now = clock.now();
      const entries = all[trouble];
      for (const [name, { lastAt }] of entries) if (now - lastAt > REMEMBER_MS[trouble]) entries.delete(name);
      return byImportance(entries.values(), senders)
        .map(({ name, webhooks }) => ({ name, webhooks }))
        .filter(({ webhooks }) => webhooks > 0);
    },
  };
}
