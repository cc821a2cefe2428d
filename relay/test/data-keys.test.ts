import { beforeEach, describe, expect, it } from '@jest/globals';

import { unwrapDataKey } from '../../wire/sealing/key-wrap.ts';
import { DAY } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY, SEAL_KEYS } from '../harness/sample-delivery.ts';
import { createDataKeys, type DataKeys } from '../sealing/data-keys.ts';

/** Any X25519 public key. */
const OTHER_SEAL_KEY = Buffer.alloc(32, 9);
const MIDNIGHT = 20_000 * DAY;

let clock: FakeClock;
let dataKeys: DataKeys;

beforeEach(() => {
  clock = new FakeClock(MIDNIGHT - 1_000);
  dataKeys = createDataKeys(clock, 2);
});

const idOf = async (channel: string, sealKey = SEAL_KEY) => (await dataKeys.of(channel, sealKey)).id;

describe('DataKeys', () => {
  it('wraps a random key for the seal key of its channel', async () => {
    const { id, key, wrapped } = await dataKeys.of(CHANNEL, SEAL_KEY);
    expect(await unwrapDataKey(SEAL_KEYS.keys, wrapped, { channel: CHANNEL, keyId: id })).toEqual(new Uint8Array(key));
    const other = await dataKeys.of(OTHER_CHANNEL, SEAL_KEY);
    expect(other.key.equals(key)).toBe(false);
    await expect(unwrapDataKey(SEAL_KEYS.keys, wrapped, { channel: OTHER_CHANNEL, keyId: id })).rejects.toThrow();
  });

  it('has one key per channel and day', async () => {
    const both = await Promise.all([dataKeys.of(CHANNEL, SEAL_KEY), dataKeys.of(CHANNEL, SEAL_KEY)]);
    expect(both[0]).toBe(both[1]);
    expect(await dataKeys.of(CHANNEL, SEAL_KEY)).toBe(both[0]);
    await clock.advance(1_000);
    expect(await idOf(CHANNEL)).not.toBe(both[0].id);
  });

  it('drops all keys at midnight UTC, even if no delivery arrives', async () => {
    await dataKeys.of(CHANNEL, SEAL_KEY);
    const stop = new AbortController();
    const dropping = dataKeys.dropDaily(stop.signal);
    await clock.advance(999);
    expect(dataKeys.size).toBe(1);
    await clock.advance(1);
    expect(dataKeys.size).toBe(0);
    await dataKeys.of(CHANNEL, SEAL_KEY);
    await clock.advance(DAY);
    expect(dataKeys.size).toBe(0);
    stop.abort();
    await dropping;
  });

  it('finds a key by its id until midnight UTC', async () => {
    const key = await dataKeys.of(CHANNEL, SEAL_KEY);
    expect(await dataKeys.known(CHANNEL, key.id)).toBe(key);
    expect(await dataKeys.known(CHANNEL, 'another id')).toBeNull();
    expect(await dataKeys.known(OTHER_CHANNEL, key.id)).toBeNull();
    await clock.advance(1_000);
    expect(await dataKeys.known(CHANNEL, key.id)).toBeNull();
  });

  it('creates a new key when a channel is registered with another seal key', async () => {
    const id = await idOf(CHANNEL);
    const other = await idOf(CHANNEL, OTHER_SEAL_KEY);
    expect(other).not.toBe(id);
    expect(await idOf(CHANNEL, OTHER_SEAL_KEY)).toBe(other);
    expect(await idOf(CHANNEL)).not.toBe(id);
  });

  it('drops the key of a deleted channel, even while the key is being wrapped', async () => {
    const first = dataKeys.of(CHANNEL, SEAL_KEY);
    dataKeys.forget(CHANNEL);
    expect(dataKeys.size).toBe(0);
    const { id } = await first;
    expect(dataKeys.size).toBe(0);
    expect(await idOf(CHANNEL)).not.toBe(id);
  });

  it('keeps a limited number of keys, and drops the least recently used key', async () => {
    const ids = [await idOf(CHANNEL), await idOf(OTHER_CHANNEL)];
    await idOf(CHANNEL);
    await idOf('a third channel');
    expect(dataKeys.size).toBe(2);
    expect(await idOf(CHANNEL)).toBe(ids[0]);
    expect(await idOf(OTHER_CHANNEL)).not.toBe(ids[1]);
  });

  it('tries again after the wrapping of a key has failed', async () => {
    const smallOrder = Buffer.alloc(32);
    await expect(dataKeys.of(CHANNEL, smallOrder)).rejects.toThrow();
    expect(dataKeys.size).toBe(0);
    await idOf(CHANNEL);
  });
});
