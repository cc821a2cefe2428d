import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { createDataKeys, type DataKeys } from '../../sealing/data-keys.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('createDataKeys', () => {
  const OTHER_SEAL_KEY = Buffer.alloc(32, 9);
  const MIDNIGHT = 20_000 * DAY;

  let clock: FakeClock;
  let dataKeys: DataKeys;

  beforeEach(() => {
    clock = new FakeClock(MIDNIGHT - 1_000);
    dataKeys = createDataKeys(clock, 2);
  });

  const idOf = async (channel: string, sealKey = SEAL_KEY) => (await dataKeys.of(channel, sealKey)).id;

  it('has one key per channel, seal key and day, which is found by its id', async () => {
    const [key, same] = await Promise.all([dataKeys.of(CHANNEL, SEAL_KEY), dataKeys.of(CHANNEL, SEAL_KEY)]);
    expect(same).toBe(key);
    expect(await dataKeys.of(CHANNEL, SEAL_KEY)).toBe(key);
    expect((await dataKeys.of(OTHER_CHANNEL, SEAL_KEY)).key).not.toEqual(key.key);
    expect(await dataKeys.known(CHANNEL, key.id)).toBe(key);
    expect(await dataKeys.known(CHANNEL, 'another id')).toBeNull();
    expect(await dataKeys.known(OTHER_CHANNEL, key.id)).toBeNull();
    await clock.advance(1_000);
    expect(await dataKeys.known(CHANNEL, key.id)).toBeNull();
    const next = await idOf(CHANNEL);
    expect(next).not.toBe(key.id);
    const other = await idOf(CHANNEL, OTHER_SEAL_KEY);
    expect(other).not.toBe(next);
    expect(await idOf(CHANNEL, OTHER_SEAL_KEY)).toBe(other);
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

  it('drops the key of a deleted channel, even while the key is being wrapped, and a key that cannot be wrapped', async () => {
    const first = dataKeys.of(CHANNEL, SEAL_KEY);
    dataKeys.forget(CHANNEL);
    expect(dataKeys.size).toBe(0);
    const { id } = await first;
    expect(dataKeys.size).toBe(0);
    expect(await idOf(CHANNEL)).not.toBe(id);
    const smallOrder = Buffer.alloc(32);
    await expect(dataKeys.of(OTHER_CHANNEL, smallOrder)).rejects.toThrow();
    expect(dataKeys.size).toBe(1);
  });

  it('keeps a limited number of keys, and drops the least recently used key', async () => {
    const ids = [await idOf(CHANNEL), await idOf(OTHER_CHANNEL)];
    await idOf(CHANNEL);
    await idOf('a third channel');
    expect(dataKeys.size).toBe(2);
    expect(await idOf(CHANNEL)).toBe(ids[0]);
    expect(await idOf(OTHER_CHANNEL)).not.toBe(ids[1]);
  });
});
