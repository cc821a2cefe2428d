import { HOUR_MS } from '../../clock.ts';
import { nameOf } from '../../log.ts';
import { newUrlPart } from '../../webhook-url.ts';
import { REGISTRATION, type Registration } from '../rows/channel-state.ts';
import {
  countOf,
  insertRows,
  LOG_IN_USE,
  sql,
  type Database,
  type Reader,
  type Transaction,
} from '../database/database.ts';
import { lockChannel } from '../rows/locks.ts';
import { deleteChannelStep, deleteKeys } from '../rows/deletion.ts';

/** A request to register a channel. */
export interface RegistrationRequest {
  readonly sealKey: Uint8Array;
  readonly maxChannels: number;
  /** Milliseconds without events after which a channel without subscriptions can be evicted to make room. */
  readonly idleMs: number;
  readonly withSecret?: boolean;
}

/**
 * The result of a registration. A channel that was already registered with the same seal key counts as `registered`.
 * `other-seal-key` means that the channel is registered with a different seal key. `full` means that all slots are
 * taken and no channel can be evicted.
 */
export type Registered = 'registered' | 'other-seal-key' | 'full';

/**
 * Time after which a channel that has never had an event or a subscription can be evicted to make room. A connection
 * with a wrong key never has an event or a subscription. Connecting an account and turning on its first Zap takes less
 * than an hour.
 */
const UNUSED_MS = HOUR_MS;

/** Time for which a webhook URL still works after it has been replaced. */
const OLD_URL_MS = 24 * HOUR_MS;

/**
 * Hides a locked channel from all calls, ends its claim, and deletes its keys. Later steps delete the channel's other
 * data.
 */
async function hide(transaction: Transaction, channel: number, now: number): Promise<void> {
  await transaction.run(sql`
    UPDATE channels SET channel = channel || ':' || key, deleted_at = ${now}, due_at = NULL, claimed_by = NULL,
      claim = claim + 1
    WHERE key = ${channel}`);
  await deleteKeys(transaction, channel);
}

/**
 * Evicts the oldest unused channel, or else the channel that has been idle longest. An unused channel is older than
 * {@link UNUSED_MS} and has never had an event or a subscription. Returns false if no channel can be evicted.
 */
async function evictChannel(transaction: Transaction, idleMs: number, now: number): Promise<boolean> {
  // At revision 0, a channel has never had a subscription, because every change to its subscriptions increases the
  // revision.
  const isUnused = sql`c.last_event_at IS NULL AND c.revision = 0`;
  const idleSince = now - idleMs;
  const isEvictable = sql`
    c.deleted_at IS NULL AND (
      (${isUnused} AND c.created_at < ${now - UNUSED_MS})
      OR (c.created_at < ${idleSince} AND coalesce(c.last_event_at, 0) < ${idleSince}
        AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel = c.key AND s.ended_at IS NULL)))`;
  for (;;) {
    const [found] = await transaction.all<{ key: number }>(sql`
      SELECT c.key FROM channels c WHERE ${isEvictable}
      ORDER BY CASE WHEN ${isUnused} THEN 0 ELSE 1 END, coalesce(c.last_event_at, c.created_at), c.key
      LIMIT 1 FOR UPDATE OF c`);
    if (!found) return false;
    // Check again, because a Zap may have been turned on while the statement waited for the lock.
    if ((await countOf(transaction, sql`channels c WHERE c.key = ${found.key} AND ${isEvictable}`)) === 0) continue;
    await hide(transaction, found.key, now);
    return true;
  }
}

/**
 * Creates the part of a store that registers and deletes channels, and replaces their webhook URLs. The function is
 * long because it contains many short functions that share the database.
 */
export function createChannels(database: Database) {
  const registrationOf = async ({ all }: Reader, channel: string, lock = sql``): Promise<Registration | null> =>
    (await all<Registration>(sql`SELECT ${REGISTRATION} FROM channels WHERE channel = ${channel} ${lock}`))[0] ?? null;

  return {
    /** Registers a channel. If all slots are taken, evicts an unused or idle channel. */
    registerChannel: (
      channel: string,
      { sealKey, maxChannels, idleMs, withSecret = false }: RegistrationRequest,
      now: number,
    ): Promise<Registered> =>
      database.transaction(async (transaction) => {
        const registered = await registrationOf(transaction, channel, sql`FOR UPDATE`);
        if (registered && !registered.sealKey.equals(sealKey)) return 'other-seal-key';
        if (registered) {
          const update = sql`UPDATE channels SET with_secret = true WHERE channel = ${channel}`;
          if (withSecret && !registered.withSecret) await transaction.run(update);
          return 'registered';
        }
        // The lock keeps concurrent registrations from taking the same slot.
        await transaction.lock('registration');
        const isFull = (await countOf(transaction, sql`channels WHERE deleted_at IS NULL`)) >= maxChannels;
        if (isFull && !(await evictChannel(transaction, idleMs, now))) return 'full';
        const row = { channel, createdAt: now, withSecret, sealKey, urlPart: newUrlPart() };
        await transaction.write([insertRows('channels', [row])]);
        // Another process may have registered the channel at the same time, with a different seal key.
        const created = await registrationOf(transaction, channel);
        return created?.sealKey.equals(sealKey) ? 'registered' : 'other-seal-key';
      }),

    registration: (channel: string) => registrationOf(database, channel),

    /**
     * Gives a channel a new webhook URL. The current URL works for another day, or stops working immediately if
     * `isImmediate`. Returns the time until which the current URL works, or null if the channel does not exist. Unless
     * `isImmediate`, returns `busy` and changes nothing while a previous URL still works.
     */
    replaceUrl: (channel: string, isImmediate: boolean, now: number): Promise<number | 'busy' | null> =>
      database.transaction(async (transaction) => {
        const registration = await registrationOf(transaction, channel, sql`FOR UPDATE`);
        if (!registration) return null;
        if (!isImmediate && (registration.oldUrlUntil ?? 0) > now) return 'busy';
        const oldUrlUntil = isImmediate ? now : now + OLD_URL_MS;
        await transaction.run(sql`
          UPDATE channels SET old_url_part = url_part, old_url_until = ${oldUrlUntil}, old_url_event_at = last_event_at,
            url_part = ${newUrlPart()}
          WHERE channel = ${channel}`);
        return oldUrlUntil;
      }),

    /**
     * Deletes a channel in steps. If the process ends, or if a long read keeps deleted rows in the write-ahead log,
     * retention continues the steps later. Returns `in log` if such a read interrupts the deletion, and null if the
     * channel does not exist.
     */
    deleteChannel: async (channel: string): Promise<'deleted' | 'in log' | null> => {
      const now = await database.now();
      const key = await database.transaction(async (transaction) => {
        const locked = await lockChannel(transaction, channel);
        if (locked !== null) await hide(transaction, locked, now);
        return locked;
      });
      database.onChange(channel, 'subscriptions');
      if (key === null) return null;
      try {
        while (await deleteChannelStep(database, key));
        return 'deleted';
      } catch (error) {
        if (nameOf(error) === LOG_IN_USE) return 'in log';
        throw error;
      }
    },
  };
}
