/** Tests of the two threads that run a SQLite store. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { MAX_SHARED_BYTES } from '../../../free-memory.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { openSqliteStore } from '../../../store/sqlite/open-file.ts';
import { openSqliteInThread } from '../../../store/sqlite/sqlite-thread.ts';
import type { Store } from '../../../store/store.ts';
import * as filled from '../../support/filled-store.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS, EVERYTHING, LIMITS, T0 } from '../../support/store-context.ts';
import { addDeliveries } from '../../support/many-deliveries.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const COUNTS = 30;
let path: string;
let store: Store;
let count = 0;

beforeEach(async () => {
  path = join(folder, `${++count}.sqlite`);
  const filling = openSqliteStore(path, TEST_OPTIONS);
  for (const channel of [CHANNEL, OTHER_CHANNEL]) await filling.registerChannel(channel, LIMITS, T0);
  for (const statement of addDeliveries(100_000)) filling.database.exec(statement);
  filling.database.exec('UPDATE last_seq SET seq = 100000');
  await filling.close();
  store = await openSqliteInThread(path, TEST_OPTIONS);
});

afterEach(() => store.close());

it('stores webhooks while a slow search runs', async () => {
  const order: string[] = [];
  const note = (what: string) => () => void order.push(what);
  const search = store.events(CHANNEL, { outcome: 'given_up' }, EVERYTHING, 9).then(note('search'));
  await store.ingest([delivery('A', { channel: OTHER_CHANNEL })]).then(note('webhook'));
  await search;
  expect(order).toEqual(['webhook', 'search']);
});

it('stores and shows webhooks while the rows of a channel are counted in the state at the beginning', async () => {
  const order: string[] = [];
  const note = (what: string) => () => void order.push(what);
  const { key = 0 } = (await store.channelAfter(0)) ?? {};
  const stored = await store.counterExcess(key);
  expect(stored).toMatchObject({ storedBytes: -100_000, waitingBytes: 0 });
  // Run many counts at the same time, so that they take longer than a wait for a busy disk.
  const counting = Promise.all(Array.from({ length: COUNTS }, () => store.counterExcess(key))).finally(note('count'));
  await store.ingest([delivery('B')]).then(note('webhook'));
  expect(await store.latest(CHANNEL, 'B', 9).finally(note('list'))).toHaveLength(1);
  expect(await counting).toEqual(Array(COUNTS).fill(stored));
  expect(order).toEqual(['webhook', 'list', 'count']);
});

it('shows the webhooks that were stored before', async () => {
  await store.ingest([delivery('A', { channel: OTHER_CHANNEL })]);
  expect(await store.events(OTHER_CHANNEL, {}, EVERYTHING, 9)).toHaveLength(1);
  expect(await store.latest(OTHER_CHANNEL, 'A', 9)).toHaveLength(1);
});

describe('the deletion of a channel', () => {
  const CONTENT = Buffer.from('a text that only the deleted channel has');
  const isInLog = () => readFileSync(`${path}-wal`).includes(CONTENT);

  /** Starts a read of the file. The read keeps the write-ahead log from being emptied. */
  function startRead(): { readonly close: () => unknown } {
    const reader = new Database(path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM channels').get();
    return reader;
  }

  beforeEach(async () => {
    await store.ingest([delivery('A', { channel: OTHER_CHANNEL, body: CONTENT })]);
    expect(isInLog()).toBe(true);
  });

  it('leaves nothing in the write-ahead log, and waits for a read without delaying webhooks', async () => {
    const reader = startRead();
    let result: string | null | undefined;
    const deleting = store.deleteChannel(OTHER_CHANNEL).then((deleted) => (result = deleted));
    for (let round = 0; round < 20; round++) expect(await store.ingest([delivery('B')])).toEqual(['stored']);
    expect([result, isInLog()]).toEqual([undefined, true]);
    reader.close();
    await deleting;
    expect([result, isInLog()]).toEqual(['deleted', false]);
  });

  it('reports that deleted data is in the write-ahead log, and retention removes it after the read', async () => {
    const reader = startRead();
    expect(await store.deleteChannel(OTHER_CHANNEL)).toBe('in log');
    expect(await store.channelState(OTHER_CHANNEL, T0)).toBeNull();
    await expect(retained()).rejects.toThrow('A read uses the log.');
    expect(isInLog()).toBe(true);
    reader.close();
    await retained();
    expect(isInLog()).toBe(false);
  });

  async function retained(): Promise<void> {
    while (await store.retain(T0));
  }
});

it('a SQLite store cannot be opened twice', async () => {
  await expect(openSqliteInThread(path, TEST_OPTIONS)).rejects.toThrow('Another process uses');
  await store.ingest([delivery('A', { channel: OTHER_CHANNEL })]);
});

it('moves the memory of a large delivery to the thread, and copies the memory of a group or of a small delivery', async () => {
  const large = (letter: string) =>
    delivery('A', { channel: OTHER_CHANNEL, body: Buffer.alloc(MAX_SHARED_BYTES + 1, letter) });
  const [alone, one, other, small] = [large('a'), large('b'), large('c'), delivery('A')];
  for (const deliveries of [[alone], [one, other], [small]]) await store.ingest(deliveries);
  const sizes = [alone, one, other].map(({ content }) => content?.sealed.byteLength);
  expect(sizes).toEqual([0, MAX_SHARED_BYTES + 1, MAX_SHARED_BYTES + 1]);
  expect(small.content?.sealed.byteLength).toBeGreaterThan(0);
});

it('reports the changes of channels', async () => {
  const changes: unknown[] = [];
  store.listen((...change) => void changes.push(change));
  await store.subscribe(OTHER_CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, T0);
  expect(changes).toEqual([[OTHER_CHANNEL, 'subscriptions']]);
});

it('a SQLite store in a worker thread returns the same data as a store in the same thread', async () => {
  const path = join(folder, 'filled.sqlite');
  const read = async (store: Store) => {
    const latest = await store.latest(CHANNEL, 'A', 100);
    const attempts = await Promise.all(latest.map(({ seq }) => store.attemptsOf(CHANNEL, seq)));
    return {
      latest,
      attempts,
      state: await store.channelState(CHANNEL, filled.T0),
      keys: await store.dataKeys(CHANNEL, 9),
    };
  };
  const inThread = await openSqliteInThread(path, filled.OPTIONS);
  await filled.fill(inThread);
  const data = await read(inThread);
  await inThread.close();
  const again = openSqliteStore(path, filled.OPTIONS);
  expect(data).toEqual(await read(again));
  expect(data.attempts.flat()).not.toEqual([]);
  await again.close();
});
