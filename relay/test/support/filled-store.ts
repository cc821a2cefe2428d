/** A store with all kinds of data, and the rows of its tables. */

import { hash } from 'node:crypto';

import { readMigrations } from '../../store/migrations.ts';
import type { SendResult } from '../../store/rows/send.ts';
import type { Store } from '../../store/store.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { TEST_OPTIONS, EVERYTHING, PROCESS, reportedState, resultOf } from './store-context.ts';
import { withDeliveryIds } from './delivery-ids.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

export const OPTIONS = { ...TEST_OPTIONS, maxChannelBytes: 50_000_000, earlierStateMs: 90 * DAY };
/** Arrival time of the first delivery. */
export const T0 = 1_700_000_000_000;
/** Hash of the secret of a subscription. */
const SECRET_HASH = 'hash-of-a-secret';
const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 90 * DAY };
const LARGE_BYTES = 2_500_000;

const OTHER_KEY = {
  ...DATA_KEY,
  keyId: '00000000-0000-4000-8000-0000000000d1',
  wrappedKey: Buffer.alloc(80, 'other '),
};

function largeDelivery(index: number) {
  const sealed = Buffer.alloc(LARGE_BYTES, Buffer.from([index, 0, 255, 92, 34]));
  return delivery('LARGE', { content: { ...OTHER_KEY, sealed }, receivedAt: T0 + 80 * HOUR, eventTime: T0 + index });
}

/** The newest delivery. */
const NEWEST = delivery('A', { receivedAt: T0 + 80 * HOUR, eventTime: T0 + 80 * HOUR, subjectId: '7' });

async function subscribe(store: Store, targetUrl: string, actions: string[]): Promise<Subscription> {
  const description = { trigger: 'Lesson "Completed"', options: [], zap_id: null };
  const request = { targetUrl, filter: { actions }, secretHash: SECRET_HASH, description };
  const subscription = await store.subscribe(CHANNEL, request, 200, T0);
  if (subscription === 'full') throw new Error('The channel has too many subscriptions.');
  return subscription;
}

/**
 * Fills an empty store with two channels. The channels contain failing and paused subscriptions, attempts, links, data
 * keys, and deliveries of all kinds: waiting, dead, being sent again, remembered, without events, with unknown or
 * hostile actions, and about a wellbeing concern.
 */
export async function fill(store: Store): Promise<void> {
  await store.rememberOrigin(ORIGIN);
  for (const channel of [CHANNEL, OTHER_CHANNEL]) {
    await store.registerChannel(channel, { ...REGISTRATION, withSecret: channel === CHANNEL }, T0);
  }
  const [failing, paused] = [
    await subscribe(store, 'https://x/1', ['A']),
    await subscribe(store, 'https://x/2', ['B']),
  ];
  const first = ['1', '1', '2', '3', '3'].map((subjectId, index) =>
    delivery(index % 2 === 0 ? 'A' : 'B', { subjectId, receivedAt: T0, eventTime: T0 + index * 60_000 }),
  );
  await store.ingest([...first, delivery('A', { channel: OTHER_CHANNEL, receivedAt: T0 })]);
  const seqs = (await store.events(CHANNEL, {}, EVERYTHING, 100, 'oldest first')).map(({ seq }) => seq);
  await store.heartbeat(PROCESS, null);
  const held = (await store.claim(PROCESS, 9)).find((each) => each.channel === CHANNEL);
  if (!held) throw new Error('The channel is not due.');
  const results = seqs.flatMap((seq, index) => {
    const attempt = (changes: Partial<SendResult>) =>
      resultOf(index % 2 === 0 ? failing : paused, seq, { isRecorded: true, ...changes });
    return [
      attempt({ state: 'waiting', failure: 'HTTP 500', endedAt: T0 + 5 }),
      index < 3
        ? attempt({ state: 'dead', failure: 'HTTP 410', endedAt: T0 + 70 * HOUR })
        : attempt({ endedAt: T0 + 9 }),
    ];
  });
  const failure = { failures: 3, failingSince: T0, lastFailure: 'HTTP 500' };
  const states = [failing, paused].map((one, index) => reportedState(one, { ...failure, nextAttemptAt: T0 + index }));
  const sends = await withDeliveryIds(store, held.key, results);
  await store.saveResults(PROCESS, [{ channel: held.key, claim: held.claim, sends, states }]);
  await store.giveBack(PROCESS, [{ channel: held.key, claim: held.claim }]);
  // Delete the contents of deliveries that are neither dead letters nor remembered.
  while (await store.retain(T0 + 74 * HOUR));

  await store.pause({ channel: CHANNEL, id: paused.id }, T0 + 75 * HOUR);
  await store.ingest([
    delivery('A', { actions: [], receivedAt: T0 + 80 * HOUR }),
    delivery('?', { actions: null, receivedAt: T0 + 80 * HOUR, model: null, subjectId: null, eventTime: null }),
    delivery('B', { actions: ['\0', '\ud800', '"\\'], receivedAt: T0 + 80 * HOUR, subjectId: 'x"\\y' }),
    delivery('B', { isConcern: true, receivedAt: T0 + 80 * HOUR }),
    delivery('DELETED_AN_APPOINTMENT', { subjectId: '3', receivedAt: T0 + 80 * HOUR, eventTime: T0 + 80 * HOUR }),
    ...[1, 2, 3].map(largeDelivery),
    NEWEST,
  ]);
  await store.redriveFrom(CHANNEL, failing.id, seqs[2] ?? 0);
  await store.sendAgain(CHANNEL, [{ subscriptionId: failing.id, seq: seqs[0] ?? 0 }], 100, T0 + 81 * HOUR);
  const [waiting] = await store.sendSummaries('waiting', failing.id, 1);
  await store.requestSkip({ channel: CHANNEL, id: failing.id }, waiting?.seq ?? 0);
  const ended = await subscribe(store, 'https://x/3', ['C']);
  await store.unsubscribe(CHANNEL, ended.id, T0 + 81 * HOUR);
  const verdict = { delivery_id: NEWEST.id, received_at: T0, is_valid: true };
  const keys = [{ key_id: DATA_KEY.keyId, wrapped_key: 'd3JhcHBlZA==' }];
  await store.addLink(CHANNEL, { tokenHash: 'hash-of-a-token', keys, verdict }, DAY, 10);
  await store.addLink(OTHER_CHANNEL, { tokenHash: 'other', keys: [], verdict: null }, DAY, 10);
}

/** Returns a value of a column as text that is the same in both databases, with hashes instead of large contents. */
function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return hash('sha256', value);
  if (typeof value === 'boolean') return String(Number(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns the rows of all tables that are moved with a store, as text. */
export async function rowsOf(query: (text: string) => object[] | Promise<object[]>): Promise<Record<string, string[]>> {
  const tables = [
    ...readMigrations()
      .join()
      .matchAll(/CREATE TABLE (\w+)/g),
  ].map(([, table = '']) => table);
  const rows: Record<string, string[]> = {};
  for (const table of tables.filter((each) => each !== 'processes')) {
    const found = await query(`SELECT * FROM ${table}`);
    rows[table] = found
      .map((row) => JSON.stringify(Object.entries(row).map(([name, value]) => [name, textOf(value)])))
      .sort();
  }
  return rows;
}
