/**
 * The data keys that a process uses to seal deliveries. Each channel has one data key per UTC day. The unwrapped keys
 * exist only in memory. The stores keep them wrapped for the channel's public seal key, and the relay cannot unwrap
 * them.
 */

import { randomBytes, randomUUID } from 'node:crypto';

import { DATA_KEY_BYTES } from '../../wire/sealing/format.ts';
import { wrapDataKey } from '../../wire/sealing/key-wrap.ts';
import type { Clock } from '../clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A data key of a channel. */
export interface DataKey {
  /** UUID. */
  readonly id: string;
  /** 32 random bytes. */
  readonly key: Buffer;
  /** The key, wrapped for the channel's seal key. */
  readonly wrapped: Buffer;
}

interface Entry {
  readonly sealKey: Buffer;
  readonly dataKey: Promise<DataKey>;
}

async function createDataKey(channel: string, sealKey: Buffer): Promise<DataKey> {
  const id = randomUUID();
  const key = randomBytes(DATA_KEY_BYTES);
  return { id, key, wrapped: Buffer.from(await wrapDataKey(sealKey, key, { channel, keyId: id })) };
}

/** Creates data keys when they are needed, and drops them at midnight UTC. */
export class DataKeys {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  /** Keys by channel, the most recently used last. */
  readonly #entries = new Map<string, Entry>();
  #day = 0;

  /** @param maxKeys - the maximum number of keys; above it, the least recently used key is dropped */
  constructor(clock: Clock, maxKeys: number) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  /** Number of keys in memory. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Returns today's data key of a channel.
   *
   * @param sealKey - the channel's public seal key
   */
  of(channel: string, sealKey: Buffer): Promise<DataKey> {
    this.#dropOld();
    let entry = this.#entries.get(channel);
    this.#entries.delete(channel);
    // The channel may have been deleted and registered again with another key.
    if (!entry?.sealKey.equals(sealKey)) entry = { sealKey, dataKey: this.#create(channel, sealKey) };
    this.#entries.set(channel, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#maxKeys && oldest !== undefined) this.#entries.delete(oldest);
    return entry.dataKey;
  }

  /** Returns a data key by its id; null if it is not in memory, for example because it was dropped at midnight. */
  async known(channel: string, id: string): Promise<DataKey | null> {
    this.#dropOld();
    const dataKey = await this.#entries.get(channel)?.dataKey.catch(() => null);
    return dataKey?.id === id ? dataKey : null;
  }

  /** Drops the key of a channel that no longer exists. */
  forget(channel: string): void {
    this.#entries.delete(channel);
  }

  /** Drops the keys at each midnight until the signal is aborted, even if no delivery arrives. Never rejects. */
  async dropDaily(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(DAY_MS - (this.#clock.now() % DAY_MS), signal);
      this.#dropOld();
    }
  }

  #dropOld(): void {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#entries.clear();
  }

  #create(channel: string, sealKey: Buffer): Promise<DataKey> {
    const dataKey = createDataKey(channel, sealKey);
    // The next delivery tries again.
    dataKey.catch(() => {
      if (this.#entries.get(channel)?.dataKey === dataKey) this.#entries.delete(channel);
    });
    return dataKey;
  }
}
