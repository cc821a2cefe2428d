/**
 * The data keys that a process uses to seal deliveries. Each channel has one data key per UTC day. The unwrapped keys
 * exist only in memory. Stores keep the keys wrapped for the channel's public seal key, and the relay cannot unwrap
 * them.
 */

import { randomBytes, randomUUID } from 'node:crypto';

import { DATA_KEY_BYTES } from '../../wire/sealing/format.ts';
import { wrapDataKey } from '../../wire/sealing/key-wrap.ts';
import { DAY_MS, type Clock } from '../clock.ts';

/** A data key of a channel: its UUID, its 32 random bytes, and these bytes wrapped for the channel's seal key. */
export type DataKey = Awaited<ReturnType<typeof createDataKey>>;

async function createDataKey(channel: string, sealKey: Buffer) {
  const id = randomUUID();
  const key = randomBytes(DATA_KEY_BYTES);
  return { id, key, wrapped: Buffer.from(await wrapDataKey(sealKey, key, { channel, keyId: id })) };
}

/** The data keys of a process. */
export type DataKeys = ReturnType<typeof createDataKeys>;

/**
 * Creates data keys when they are needed, and drops them at midnight UTC.
 *
 * @param maxKeys - maximum number of keys in memory; above this number, the least recently used key is dropped
 */
export function createDataKeys(clock: Clock, maxKeys: number) {
  /** Keys by channel, with the most recently used key last. */
  const entries = new Map<string, { readonly sealKey: Buffer; readonly dataKey: Promise<DataKey> }>();
  let day = 0;

  function dropOld(): void {
    const today = Math.floor(clock.now() / DAY_MS);
    if (today !== day) entries.clear();
    day = today;
  }

  function create(channel: string, sealKey: Buffer): Promise<DataKey> {
    const dataKey = createDataKey(channel, sealKey);
    // A failed key is dropped, so that the next delivery tries again.
    dataKey.catch(() => {
      if (entries.get(channel)?.dataKey === dataKey) entries.delete(channel);
    });
    return dataKey;
  }

  return {
    /** Number of keys in memory. */
    get size(): number {
      return entries.size;
    },

    /** Returns today's data key of a channel with a public seal key. */
    of: (channel: string, sealKey: Buffer): Promise<DataKey> => {
      dropOld();
      let entry = entries.get(channel);
      entries.delete(channel);
      // The channel might have been deleted and registered again with a different key.
      if (!entry?.sealKey.equals(sealKey)) entry = { sealKey, dataKey: create(channel, sealKey) };
      entries.set(channel, entry);
      const [oldest] = entries.keys();
      if (entries.size > maxKeys && oldest !== undefined) entries.delete(oldest);
      return entry.dataKey;
    },

    /**
     * Returns a data key by its id; null if the key is not in memory, for example because it was dropped at midnight.
     */
    known: async (channel: string, id: string): Promise<DataKey | null> => {
      dropOld();
      const dataKey = await entries.get(channel)?.dataKey.catch(() => null);
      return dataKey?.id === id ? dataKey : null;
    },

    /** Drops the key of a channel that no longer exists. */
    forget: (channel: string): void => {
      entries.delete(channel);
    },

    /** Drops the keys at each midnight until the signal is aborted, even if no delivery arrives. Never rejects. */
    dropDaily: async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        await clock.sleep(DAY_MS - (clock.now() % DAY_MS), signal);
        dropOld();
      }
    },
  };
}
