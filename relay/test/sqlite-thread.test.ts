/** The two threads of a SQLite store. */

import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/open-file.ts';
import { openSqliteInThread } from '../store/sqlite/sqlite-thread.ts';
import type { Store } from '../store/store.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS, EVERYTHING, LIMITS, T0 } from './store-contract/context.ts';
import { addDeliveries } from './store-contract/many-deliveries.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
let path: string;
let store: Store;
let count = 0;

beforeEach(async () => {
  path = join(folder, `${++count}.sqlite`);
  const filling = openSqliteStore(path, CONTRACT_OPTIONS);
  for (const channel of [CHANNEL, OTHER_CHANNEL]) await filling.registerChannel(channel, LIMITS, T0);
  for (const statement of addDeliveries(100_000)) filling.database.exec(statement);
  filling.database.exec('UPDATE last_seq SET seq = 100000');
  await filling.close();
  store = await openSqliteInThread(path, CONTRACT_OPTIONS);
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

it('shows the webhooks that were stored before', async () => {
  await store.ingest([delivery('A', { channel: OTHER_CHANNEL })]);
  expect(await store.events(OTHER_CHANNEL, {}, EVERYTHING, 9)).toHaveLength(1);
  expect(await store.latest(OTHER_CHANNEL, 'A', 9)).toHaveLength(1);
});

it('leaves no deleted data in the write-ahead log, even if a search runs', async () => {
  const search = store.events(CHANNEL, { outcome: 'given_up' }, EVERYTHING, 9);
  await store.deleteChannel(OTHER_CHANNEL);
  await search;
  expect(await store.channelState(OTHER_CHANNEL, T0)).toBeNull();
});

it('cannot be opened twice', async () => {
  await expect(openSqliteInThread(path, CONTRACT_OPTIONS)).rejects.toThrow('Another process uses');
  await store.ingest([delivery('A', { channel: OTHER_CHANNEL })]);
});
