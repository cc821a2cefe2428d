/** A store with all kinds of data, and the data that its interface returns. */

import { createHash } from 'node:crypto';

import { isJsonObject } from '../../wire/json.ts';
import type { Attempt } from '../store/console-store.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { INITIAL_STATE } from './sample-progress.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

export const OPTIONS = { maxChannelBytes: 50_000_000, duplicateMs: 72 * HOUR, memoryMs: 90 * DAY };
export const LIMITS = { bodyMs: 72 * HOUR, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY, memoryMs: 90 * DAY };
/** Arrival time of the first delivery. */
export const T0 = 1_700_000_000_000;
/** Hash of the secret of a subscription. */
export const SECRET_HASH = 'hash-of-a-secret';
/** Hash of the access token of a link. */
export const TOKEN_HASH = 'hash-of-a-token';
const HOLDER = '00000000-0000-4000-8000-000000000001';
const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 90 * DAY };
const LARGE_BYTES = 2_500_000;

const OTHER_KEY = {
  ...DATA_KEY,
  keyId: '00000000-0000-4000-8000-0000000000d1',
  wrappedKey: Buffer.alloc(80, 'other '),
};

/** Returns a large delivery whose binary content compresses poorly. */
function largeDelivery(index: number) {
  const sealed = Buffer.alloc(LARGE_BYTES, Buffer.from([index, 0, 255, 92, 34]));
  return delivery('LARGE', { content: { ...OTHER_KEY, sealed }, receivedAt: T0 + 80 * HOUR, eventTime: T0 + index });
}

/** The newest delivery. The store recognizes duplicates of it. */
export const NEWEST = delivery('A', { receivedAt: T0 + 80 * HOUR, eventTime: T0 + 80 * HOUR, subjectId: '7' });

async function subscribe(store: Store, targetUrl: string, actions: string[]): Promise<Subscription> {
  const description = { trigger: 'Lesson "Completed"', options: [], zap_id: null };
  const request = { targetUrl, filter: { actions }, secretHash: SECRET_HASH, description };
  const subscription = await store.subscribe(CHANNEL, request, 200, T0);
  if (subscription === 'full') throw new Error('The channel has too many subscriptions.');
  return subscription;
}

/**
 * Fills an empty store with two channels. They contain failing and paused subscriptions, attempts, links, data keys,
 * and deliveries of all kinds: waiting, dead, being sent again, remembered, without events, with unknown or hostile
 * actions, and about a wellbeing concern.
 */
export async function fill(store: Store): Promise<void> {
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
  const seqs = (await store.deliveriesAfter(CHANNEL, 0, 100)).map(({ seq }) => seq);

  const { leases } = await store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR });
  const leaseId = leases.find(({ channel }) => channel === CHANNEL)?.leaseId ?? '';
  const cursor = seqs.at(-1) ?? 0;
  const state = { ...INITIAL_STATE, leaseId, cursor, failures: 3, failingSince: T0, lastFailure: 'HTTP 500' };
  const letterOf = ({ id }: Subscription, index: number) => ({
    ...{ subscriptionId: id, seq: seqs[index] ?? 0, reason: 'HTTP 410' },
    deadAt: T0 + 70 * HOUR,
  });
  await store.bury([letterOf(failing, 0), letterOf(failing, 2)], { ...state, subscriptionId: failing.id });
  await store.bury([letterOf(paused, 1)], { ...state, subscriptionId: paused.id, nextAttemptAt: T0, pacedAt: T0 + 5 });
  const attempt: Attempt = {
    ...{ subscriptionId: failing.id, seq: seqs[0] ?? 0, endedAt: T0 + 5, failure: 'HTTP 500' },
    ...{ durationMs: 12, isSentAgain: false },
  };
  await store.recordAttempts([attempt, { ...attempt, endedAt: T0 + 9, failure: null }]);
  // Delete the contents that are neither dead letters nor remembered.
  while ((await store.retain(LIMITS, T0)) > 0);
  while ((await store.retain(LIMITS, T0 + 74 * HOUR)) > 0);

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
  await store.redrive(CHANNEL, failing.id, seqs[2]);
  await store.sendAgain(CHANNEL, [{ subscriptionId: failing.id, seq: seqs[0] ?? 0 }], 100, T0 + 81 * HOUR);
  await store.requestSkip({ channel: CHANNEL, id: failing.id }, cursor + 1);
  const verdict = { delivery_id: NEWEST.id, received_at: T0, is_valid: true };
  const keys = [{ key_id: DATA_KEY.keyId, wrapped_key: 'd3JhcHBlZA==' }];
  await store.addLink(CHANNEL, { tokenHash: TOKEN_HASH, keys, verdict }, DAY, 10);
  await store.addLink(OTHER_CHANNEL, { tokenHash: 'other', keys: [], verdict: null }, DAY, 10);
}

/** Returns a copy of a value with hashes instead of buffers, because comparing large buffers is slow. */
function withHashes(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return createHash('sha256').update(value).digest('hex');
  if (Array.isArray(value)) return value.map(withHashes);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withHashes(inner)]));
}

/** Sorts values, so that the order is the same for all stores. */
const inAnyOrder = (values: readonly object[]): string[] =>
  values.map((value) => JSON.stringify(Object.entries(value).sort())).sort();

async function readChannel(store: Store, channel: string): Promise<object> {
  const state = await store.channelState(channel, T0 + 81 * HOUR);
  const deliveries = await store.deliverySummaries(channel, 0, 1000);
  const all = { after: 0, upTo: Number.MAX_SAFE_INTEGER };
  const index = await store.eventIndex(channel);
  return {
    state,
    deliveries,
    // Read each content in a separate call, because large contents end a batch.
    contents: await Promise.all(deliveries.map(({ seq }) => store.deliveriesAfter(channel, seq - 1, 1))),
    attempts: await Promise.all(deliveries.map(({ seq }) => store.attemptsOf(channel, seq))),
    letters: await Promise.all((state?.subscriptions ?? []).map(({ id }) => store.deadLetterSummaries(id, 0, 1000))),
    redriven: await Promise.all((state?.subscriptions ?? []).map(({ id }) => store.redriven(id, 1000))),
    registration: await store.registration(channel),
    keys: await store.dataKeys(channel, 100),
    lists: inAnyOrder(index?.lists ?? []),
    hours: index?.hours,
    counts: inAnyOrder(await store.countEvents(channel, [all], 0)),
    sentAgain: (await store.notableEvents(channel, 'redriven', null, all, 100)).map(({ seq }) => seq),
  };
}

/** Returns all data that a store's interface returns. */
export async function readAll(store: Store): Promise<unknown> {
  // The channels of a moved store are due immediately.
  const totals = { ...(await store.totals()), overdueChannels: 0 };
  const channels = await store.channelSummaries();
  return withHashes({
    totals,
    channels,
    links: [await store.link(TOKEN_HASH), await store.link('other')],
    ofChannels: await Promise.all(channels.map(({ channel }) => readChannel(store, channel))),
  });
}
