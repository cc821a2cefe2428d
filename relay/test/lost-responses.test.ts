import { expect, it } from '@jest/globals';

import { CHANNEL } from '../harness/sample-delivery.ts';
import type { Database } from '../store/database.ts';
import { openFile } from '../store/sqlite/open-file.ts';
import { sqliteDatabase } from '../store/sqlite/sqlite-database.ts';
import { createStore } from '../store/store.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS, LIMITS, T0 } from './store-contract/context.ts';

it('ends a subscription completely if the responses of its transactions are lost', async () => {
  const database = sqliteDatabase(openFile(':memory:'), Date.now);
  let isLost = false;
  const run = database.transaction;
  const transaction: Database['transaction'] = async (work, options) => {
    // The transaction was committed, but the driver repeats it.
    if (isLost) await run(work, options);
    return run(work, options);
  };
  const store = createStore(Object.assign(database, { transaction }), CONTRACT_OPTIONS);
  await store.registerChannel(CHANNEL, LIMITS, T0);
  const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 9, T0);
  if (subscription === 'full') throw new Error('The channel is full.');
  await store.ingest([delivery('A')]);
  isLost = true;
  expect(await store.unsubscribe(CHANNEL, subscription.id, T0)).not.toBeNull();
  expect(await store.sendSummaries('waiting', subscription.id, 9)).toEqual([]);
  expect(await store.unsubscribe(CHANNEL, subscription.id, T0)).toBeNull();
  await database.close();
});
