/** A SQLite file whose channels contain a lot of data: its size, and the time that one call delays others. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';

import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Lease } from '../store/lease.ts';
import { MAX_DELETED_BYTES, RETAIN_BATCH } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { INITIAL_STATE } from './sample-progress.ts';
import { cpuTimeOf, shortestDuration } from '../harness/shortest-duration.ts';
import { delivery } from './new-delivery.ts';

const OPTIONS = { maxChannelBytes: 1e9, maxChannelDeliveries: 1e6, duplicateMs: 72 * HOUR };
const RETENTION = { bodyMs: 0, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY, memoryMs: 0 };
const MB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'relay-sqlite-limits-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function open(path = ':memory:', options: Partial<typeof OPTIONS> = {}): Promise<SqliteStore> {
  const store = openSqliteStore(path, { ...OPTIONS, ...options });
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: DAY }, 0);
  return store;
}

/** Stores deliveries in groups of 200. */
async function fill(store: SqliteStore, deliveries: number, bytes: number, action = (n: number) => `A${n % 20}`) {
  for (let from = 0; from < deliveries; from += 200) {
    const group = Array.from({ length: Math.min(200, deliveries - from) }, (_, index) =>
      delivery(action(from + index), { body: Buffer.from(String(from + index).padEnd(bytes, '.')) }),
    );
    expect(new Set(await store.ingest(group))).toEqual(new Set(['stored']));
  }
}

async function subscribe(store: SqliteStore, targetUrl: string, actions: string[]): Promise<Subscription> {
  const subscription = await store.subscribe(CHANNEL, { targetUrl, filter: { actions } }, 200, 0);
  if (subscription === 'full') throw new Error('The channel has too many subscriptions.');
  return subscription;
}

async function hold(store: SqliteStore): Promise<Lease> {
  const { leases } = await store.lease({ holder: 'holder', limit: 1, milliseconds: HOUR });
  if (!leases[0]) throw new Error('The channel is not due.');
  return leases[0];
}

/** Runs retention until no expired data is left. Returns the number of calls. */
async function retainAll(store: SqliteStore, now: number): Promise<number> {
  for (let calls = 1; ; calls++) if ((await store.retain(RETENTION, now)) < RETAIN_BATCH) return calls;
}

/** Returns the number of calls to the store that complete while another is in progress. */
async function callsDuring(store: SqliteStore, call: Promise<unknown>): Promise<number> {
  const running = { isDone: false };
  const end = (): void => {
    running.isDone = true;
  };
  call.then(end, end);
  let calls = 0;
  while (!running.isDone) {
    await store.totals();
    await new Promise((resolve) => setImmediate(resolve));
    calls++;
  }
  return calls;
}

describe('a SQLite file with a lot of data', () => {
  it('shrinks after its data is deleted, in steps', async () => {
    const path = newPath();
    const store = await open(path);
    await fill(store, 400, 100_000);
    expect(statSync(path).size).toBeGreaterThan(38 * MB);
    const calls = await retainAll(store, DAY);
    expect(await store.totals()).toMatchObject({ deliveries: 400, storedBytes: 0 });
    expect(calls).toBeGreaterThan(40 * (MB / MAX_DELETED_BYTES));
    expect(statSync(path).size).toBeLessThan(10 * MB);
    await store.close();
  });

  it('returns the state of a channel within 50 ms for any number of waiting deliveries', async () => {
    const store = await open();
    for (let index = 0; index < 190; index++) {
      await subscribe(store, `https://x/${index}`, [`A${index % 20}`, `A${(index + 7) % 20}`, 'NEVER']);
    }
    await fill(store, 20_000, 200);
    const { leaseId, subscriptions } = await hold(store);
    await store.progress(
      subscriptions.map(({ id }, index) => ({ ...INITIAL_STATE, leaseId, subscriptionId: id, cursor: index * 100 })),
    );
    const readState = async () => {
      const state = await store.channelState(CHANNEL, 0);
      expect(state?.subscriptions.map(({ pending }) => pending)).toEqual(
        state?.subscriptions.map(({ cursor }) => 2 * Math.floor((20_000 - cursor) / 20)),
      );
    };
    expect(await shortestDuration(50, () => cpuTimeOf(readState))).toBeLessThan(50);
    await store.close();
  });

  it('deletes a channel in steps, and serves other calls between the steps', async () => {
    const store = await open();
    await fill(store, 400, 100_000);
    const deleting = store.deleteChannel(CHANNEL);
    // After the first step, the channel is no longer visible, and a new channel with the same name is empty.
    expect(await store.totals()).toMatchObject({ channels: 0, deliveries: 0, storedBytes: 0 });
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: DAY }, 0);
    expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toEqual([]);
    expect(await store.latest(CHANNEL, null, 10)).toEqual([]);
    await fill(store, 1, 1000);
    expect(await callsDuring(store, deleting)).toBeGreaterThanOrEqual(5);
    expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(1);
    expect(store.database.prepare('SELECT count(*) FROM deliveries').pluck().get()).toBe(1);
    await store.close();
  });

  it('continues the deletion of a channel after a restart', async () => {
    const path = newPath();
    const store = await open(path);
    await fill(store, 300, 100_000);
    const deleting = store.deleteChannel(CHANNEL);
    await store.close();
    await expect(deleting).rejects.toThrow(/not open/);
    const again = openSqliteStore(path, OPTIONS);
    expect(await again.totals()).toMatchObject({ channels: 0 });
    const rows = () => again.database.prepare('SELECT count(*) FROM deliveries').pluck().get();
    expect(rows()).toBeGreaterThan(0);
    await retainAll(again, 0);
    expect(rows()).toBe(0);
    expect(again.database.prepare('SELECT count(*) FROM deleted_channels').pluck().get()).toBe(0);
    await again.close();
  });

  it('leaves the data of an evicted channel to retention', async () => {
    const store = await open();
    await fill(store, 400, 100_000);
    expect(
      await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: DAY }, 3 * DAY),
    ).toBe('registered');
    const rows = () => store.database.prepare('SELECT count(*) FROM deliveries').pluck().get();
    expect(rows()).toBe(400);
    expect(await retainAll(store, 0)).toBeGreaterThan(40 * (MB / MAX_DELETED_BYTES));
    expect(rows()).toBe(0);
    await store.close();
  });

  it('deletes the dead letters of a subscription in steps', async () => {
    const store = await open();
    const subscription = await subscribe(store, 'https://x/1', ['A']);
    await fill(store, 5000, 20, () => 'A');
    const { leaseId } = await hold(store);
    const letters = Array.from({ length: 5000 }, (_, index) => ({
      subscriptionId: subscription.id,
      seq: index + 1,
      reason: 'HTTP 500',
      deadAt: 0,
    }));
    await store.bury(letters, { ...INITIAL_STATE, leaseId, subscriptionId: subscription.id, cursor: 5000 });
    expect(await store.totals()).toMatchObject({ deadLetters: 5000 });
    const unsubscribing = store.unsubscribe(CHANNEL, subscription.id);
    expect(await callsDuring(store, unsubscribing)).toBeGreaterThanOrEqual(4);
    expect(await store.totals()).toMatchObject({ deadLetters: 0, subscriptions: 0 });
    expect(store.database.prepare('SELECT count(*) FROM dead_letters').pluck().get()).toBe(0);
    await store.close();
  });

  it('removes a limited number of deliveries at a time to make room, and makes progress every time', async () => {
    const store = await open(':memory:', { maxChannelBytes: 5 * MB });
    await fill(store, 5000, 1000);
    const large = () => delivery('A', { body: Buffer.alloc(5 * MB - 1000, String(++count)) });
    expect(await store.ingest([large()])).toEqual(['full']);
    expect(await store.totals()).toMatchObject({ storedBytes: 3_000_000 });
    expect(await store.ingest([large()])).toEqual(['full']);
    expect(await store.ingest([large()])).toEqual(['stored']);
    await store.close();
  });
});
