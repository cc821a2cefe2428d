/** Channels: registration, webhook URLs, deletion, and the state that the API shows. */

import { HOUR_MS } from '../clock.ts';
import { newUrlPart, type UrlParts } from '../webhook-url.ts';
import type { Database, Reader, Transaction } from './database.ts';
import { deleteChannelStep } from './removal.ts';
import { selectStates, type SubscriptionState } from './subscription.ts';

/** A request to register a channel. */
export interface RegistrationRequest {
  /** The channel's public seal key, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly maxChannels: number;
  /** Milliseconds without events after which a channel without subscriptions may be evicted to make room. */
  readonly idleMs: number;
  /** True if the request contained a valid registration secret; default: false. */
  readonly withSecret?: boolean;
}

/** A channel's registration. */
export interface Registration extends UrlParts {
  /** True if the channel was ever registered with a valid registration secret. */
  readonly withSecret: boolean;
  /** The public seal key. It stays the same until the channel is deleted. */
  readonly sealKey: Buffer;
}

/**
 * The result of a registration: `registered`, perhaps already before; `other-seal-key` if the channel is registered with
 * another seal key; or `full` if all slots are taken.
 */
export type Registered = 'registered' | 'other-seal-key' | 'full';

/** A channel with the counts that the API shows. */
export interface ChannelState extends Registration {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  /** Number of deliveries with events, in the current hour and the 24 hours before it. */
  readonly events24h: number;
  /** Number of deliveries without events in the same period. */
  readonly others24h: number;
  /** The longest pause between two deliveries in the last two weeks; null if there were too few deliveries. */
  readonly longestPauseMs: number | null;
  readonly storedBytes: number;
  /** Time of the newest delivery that arrived at the old webhook URL; null if there is none. */
  readonly oldUrlEventAt: number | null;
  readonly subscriptions: readonly SubscriptionState[];
  /** The subscriptions that have ended, whose outcomes are still stored. */
  readonly ended: readonly SubscriptionState[];
}

/** Hours for which arrivals are considered: two weeks contain at least one full weekend. */
const PAUSE_HOURS = 14 * 24;

/** Time for which a webhook URL still works after it has been replaced. */
const OLD_URL_MS = 24 * HOUR_MS;

/** The columns of a {@link Registration}. */
const REGISTRATION = 'with_secret, seal_key, url_part, old_url_part, old_url_until';

type ChannelRow = Omit<ChannelState, 'events24h' | 'others24h' | 'longestPauseMs' | 'subscriptions' | 'ended'> & {
  readonly key: number;
};

/** Hides a channel from all calls, and ends its claim. Retention deletes its data. */
const hide = ({ run }: Transaction, channel: string, now: number): Promise<number> =>
  run(
    `UPDATE channels SET channel = channel || ':' || key, deleted_at = $2, due_at = NULL, claimed_by = NULL,
       claim = claim + 1 WHERE channel = $1`,
    [channel, now],
  );

/** Evicts the channel that has been idle longest. Returns false if none has been idle since the given time. */
async function evictIdleChannel(transaction: Transaction, idleSince: number, now: number): Promise<boolean> {
  const [idle] = await transaction.all<{ channel: string }>(
    `SELECT c.channel FROM channels c WHERE deleted_at IS NULL AND created_at < $1 AND coalesce(last_event_at, 0) < $1
       AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel = c.key AND s.ended_at IS NULL)
     ORDER BY coalesce(last_event_at, created_at) LIMIT 1 FOR UPDATE OF c`,
    [idleSince],
  );
  return idle !== undefined && (await hide(transaction, idle.channel, now)) > 0;
}

/**
 * Returns the longest pause between the deliveries of a channel in the last two weeks, in milliseconds, rounded to hours;
 * null if there were too few deliveries. Each step of the query looks for the newest delivery before the hour that was
 * found last, so it reads one row per hour.
 */
export async function longestPauseOf(database: Database, channel: number, now: number): Promise<number | null> {
  const rows = await database.all<{ hour: number }>(
    `WITH RECURSIVE hours (hour) AS (
       SELECT max(received_at) / ${HOUR_MS} FROM digests WHERE channel = $1
       UNION ALL
       SELECT (SELECT max(received_at) / ${HOUR_MS} FROM digests
               WHERE channel = $1 AND received_at < hours.hour * ${HOUR_MS})
       FROM hours WHERE hours.hour >= $2)
     SELECT hour FROM hours WHERE hour >= $2`,
    [channel, Math.floor(now / HOUR_MS) - PAUSE_HOURS],
  );
  const pauses = rows.slice(1).map(({ hour }, index) => (rows[index]?.hour ?? hour) - hour);
  return pauses.length === 0 ? null : Math.max(...pauses) * HOUR_MS;
}

/** Creates the part of a store that handles channels. */
export function createChannels(database: Database) {
  async function registrationOf({ all }: Reader, channel: string, lock = ''): Promise<Registration | null> {
    const text = `SELECT ${REGISTRATION} FROM channels WHERE channel = $1${lock}`;
    return (await all<Registration>(text, [channel]))[0] ?? null;
  }

  return {
    /**
     * Registers a channel, and gives a new one a webhook URL. If the channel is already registered with the same seal key,
     * the method only records whether the request contained a registration secret. When all slots are taken, it evicts the
     * channel that has been idle longest, and returns `full` if none has been idle for long enough.
     */
    registerChannel: (
      channel: string,
      { sealKey, maxChannels, idleMs, withSecret = false }: RegistrationRequest,
      now: number,
    ): Promise<Registered> =>
      database.transaction(async (transaction) => {
        const registered = await registrationOf(transaction, channel, ' FOR UPDATE');
        if (registered && !registered.sealKey.equals(sealKey)) return 'other-seal-key';
        if (registered) {
          const text = 'UPDATE channels SET with_secret = true WHERE channel = $1';
          if (withSecret && !registered.withSecret) await transaction.run(text, [channel]);
          return 'registered';
        }
        // The lock on the oldest channel keeps concurrent registrations from taking the same slot.
        await transaction.all('SELECT key FROM channels WHERE deleted_at IS NULL ORDER BY key LIMIT 1 FOR UPDATE');
        const [slots] = await transaction.all<{ count: number }>(
          'SELECT count(*) AS count FROM channels WHERE deleted_at IS NULL',
        );
        const isFull = (slots?.count ?? 0) >= maxChannels;
        if (isFull && !(await evictIdleChannel(transaction, now - idleMs, now))) return 'full';
        const row = { channel, createdAt: now, withSecret, sealKey, urlPart: newUrlPart() };
        await transaction.write([{ insert: 'channels', rows: [row] }]);
        // Another process may have registered the channel at the same time, with another seal key.
        const created = await registrationOf(transaction, channel);
        return created?.sealKey.equals(sealKey) ? 'registered' : 'other-seal-key';
      }),

    /** Returns the registration of a channel, or null if the channel is not registered. */
    registration: (channel: string): Promise<Registration | null> => registrationOf(database, channel),

    /**
     * Gives a channel a new webhook URL. The current URL becomes the old URL, which works for another day. Nothing
     * changes while a previous old URL still works, because TutorCruncher may still use it.
     *
     * @param isImmediate - true if the current URL and a previous old URL stop working now
     * @returns the time until which the old URL works; `busy` if a previous old URL still works; null if there is no such
     *   channel
     */
    replaceUrl: (channel: string, isImmediate: boolean, now: number): Promise<number | 'busy' | null> =>
      database.transaction(async (transaction) => {
        const registration = await registrationOf(transaction, channel, ' FOR UPDATE');
        if (!registration) return null;
        if (!isImmediate && (registration.oldUrlUntil ?? 0) > now) return 'busy';
        const oldUrlUntil = isImmediate ? now : now + OLD_URL_MS;
        await transaction.run(
          `UPDATE channels SET old_url_part = url_part, old_url_until = $2, old_url_event_at = last_event_at, url_part = $3
           WHERE channel = $1`,
          [channel, oldUrlUntil, newUrlPart()],
        );
        return oldUrlUntil;
      }),

    /**
     * Deletes a channel with all of its data. No other call sees it after the first step, and retention continues the deletion
     * if the process ends before the last. Returns false if there is no such channel.
     */
    deleteChannel: async (channel: string): Promise<boolean> => {
      const now = await database.now();
      const [row] = await database.all<{ key: number }>('SELECT key FROM channels WHERE channel = $1', [channel]);
      const isDeleted = await database.transaction(async (transaction) => {
        await transaction.all('SELECT key FROM channels WHERE channel = $1 FOR UPDATE', [channel]);
        return (await hide(transaction, channel, now)) > 0;
      });
      database.onChange(channel, 'subscriptions');
      if (!row || !isDeleted) return false;
      while (await deleteChannelStep(database, row.key));
      database.clearLog?.();
      return true;
    },

    /** Returns a channel with its counts and subscriptions, or null if there is no such channel. */
    channelState: async (channel: string, now: number): Promise<ChannelState | null> => {
      const [row] = await database.all<ChannelRow>(
        `SELECT ${REGISTRATION}, key, channel, created_at, last_event_at, stored_bytes, old_url_event_at
         FROM channels WHERE channel = $1`,
        [channel],
      );
      if (!row) return null;
      const [counts] = await database.all<{ events: number; others: number }>(
        `SELECT coalesce(sum(CASE WHEN has_events THEN 1 ELSE 0 END), 0) AS events,
           coalesce(sum(CASE WHEN has_events THEN 0 ELSE 1 END), 0) AS others
         FROM digests WHERE channel = $1 AND received_at >= $2`,
        [row.key, (Math.floor(now / HOUR_MS) - 24) * HOUR_MS],
      );
      return {
        ...row,
        events24h: counts?.events ?? 0,
        others24h: counts?.others ?? 0,
        longestPauseMs: await longestPauseOf(database, row.key, now),
        subscriptions: await selectStates(database, 'c.channel = $1 AND s.ended_at IS NULL', [channel]),
        ended: await selectStates(database, 'c.channel = $1 AND s.ended_at IS NOT NULL', [channel]),
      };
    },
  };
}
