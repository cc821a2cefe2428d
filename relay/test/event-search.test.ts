/** Searches that read many events that do not meet the conditions. */

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { EventSearch } from '../events/event-search.ts';
import { selectByConditions } from '../events/send-again.ts';
import { HOUR } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { progressOf } from './store-contract/context.ts';
import { delivery } from './new-delivery.ts';

/** Number of events. It exceeds the number that one search reads. */
const EVENTS = 2_300;

let store: SqliteStore;
let oldest = 0;
let newest = 0;

beforeAll(async () => {
  store = openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: HOUR });
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: HOUR }, 0);
  const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, 0);
  if (subscription === 'full') throw new Error('The channel is full.');
  await store.ingest(Array.from({ length: EVENTS }, () => delivery('A')));
  const events = await store.eventsIn(CHANNEL, [{ listId: null, after: 0, upTo: 9e9 }], EVENTS);
  newest = events[0]?.seq ?? 0;
  oldest = events.at(-1)?.seq ?? 0;
  const { leases } = await store.lease({ holder: 'test', limit: 1, milliseconds: HOUR });
  const [lease] = leases;
  if (!lease) throw new Error('The channel is not due.');
  await store.progress([progressOf(subscription, lease, { cursor: newest })]);
  // Each event failed once and was then delivered.
  const attempt = { subscriptionId: subscription.id, durationMs: 1, isSentAgain: false };
  await store.recordAttempts(
    events.flatMap(({ seq }) => [
      { ...attempt, seq, endedAt: 1, failure: 'HTTP 500' },
      { ...attempt, seq, endedAt: 2, failure: null },
    ]),
  );
});
afterAll(() => store.close());

it('ends a search after a limited number of events, and lets another search continue there', async () => {
  const search = await EventSearch.create(store, CHANNEL);
  const failed = { outcome: 'failed' } as const;
  const first = await search?.find(failed, { after: 0, upTo: newest }, 50);
  expect(first).toEqual({ events: [], next: newest - 1_999 });
  const rest = { after: 0, upTo: newest - 2_000 };
  expect(await search?.find(failed, rest, 50)).toEqual({ events: [], next: null });
});

it('searches from the oldest event', async () => {
  const search = await EventSearch.create(store, CHANNEL);
  const seqs = async (after: number, limit: number) =>
    (await search?.find({}, { after, upTo: newest }, limit, 'oldest first'))?.events.map(({ seq }) => seq);
  expect(await seqs(0, 2)).toEqual([oldest, oldest + 1]);
  expect(await seqs(oldest + 1, 1)).toEqual([oldest + 2]);
  expect(await seqs(newest - 1, 9)).toEqual([newest]);
  const first = await search?.find({ outcome: 'failed' }, { after: 0, upTo: newest }, 50, 'oldest first');
  expect(first).toEqual({ events: [], next: oldest + 1_999 });
});

it('reads a limited number of events in a selection, and lets another read continue there', async () => {
  const search = await EventSearch.create(store, CHANNEL);
  if (!search) throw new Error('The channel does not exist.');
  const select = async (after: number) =>
    (await selectByConditions(search, { outcome: 'failed' }, { after, upTo: newest })).response;
  const none = { events: 0, deliveries: 0, waiting: 0, up_to: newest };
  expect(await select(0)).toEqual({ ...none, next: oldest + 1_999 });
  expect(await select(oldest + 1_999)).toEqual({ ...none, next: null });
});

it('does not search in a channel that does not exist', async () => {
  expect(await EventSearch.create(store, OTHER_CHANNEL)).toBeNull();
});
