/** The console's requests that send events again, or attempt a Zap's waiting events at once. */

import { afterAll, beforeEach, expect, it } from '@jest/globals';

import * as wire from '../../../wire/console-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import { HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { startTestServer } from '../support/test-server.ts';

const NO_ZAP = '00000000-0000-4000-8000-000000000001';
const bed = await startTestServer();
const { store, changes } = bed;
beforeEach(() => bed.renew());
afterAll(() => bed.close());

const send = (body: object) => bed.postJson(wire.CONSOLE_SEND_AGAIN_PATH, { dry_run: false, ...body });
const count = async (body: object) => (await send({ ...body, dry_run: true })).json;
const redriven = async (zap: string) => (await bed.redriven(zap)).map(({ number }) => number);

it('sends one event, unless it is unknown, or the Zap does not select it, is off or does not exist', async () => {
  const zap = await bed.subscribe();
  const [number, dead] = [await bed.event('B'), await bed.event('A')];
  await bed.pass(zap, dead, [dead]);
  const statusOf = async (body: object) => (await send(body)).status;
  expect(await statusOf({ number, zap })).toBe(409);
  expect(await statusOf({ number: dead + 1, zap })).toBe(404);
  expect(await statusOf({ number, zap: NO_ZAP })).toBe(404);
  expect(await statusOf({ conditions: { zap: NO_ZAP } })).toBe(404);
  expect(await bed.redriven(zap)).toEqual([]);
  await bed.api('DELETE', `${SUBSCRIPTIONS_PATH}/${zap}`);
  for (const body of [{ number: dead, zap }, { conditions: { zap } }]) expect(await statusOf(body)).toBe(409);
  expect((await send({ conditions: { outcome: 'given_up' } })).json).toMatchObject({ deliveries: 0, waiting: 0 });

  const newer = await bed.subscribe();
  const counts = { events: 1, deliveries: 1, waiting: 0, next: null, up_to: dead, limit: 500 };
  expect(await count({ number: dead, zap: newer })).toEqual(counts);
  expect(await redriven(newer)).toEqual([]);
  expect((await send({ number: dead, zap: newer })).json).toEqual(counts);
  expect((await send({ number: dead, zap: newer })).json).toEqual({ ...counts, events: 0, deliveries: 0, waiting: 1 });
  expect(await bed.redriven(newer)).toMatchObject([{ number: dead, isSentAgain: true }]);
});

it('sends the events that meet the conditions, each to the Zaps that the conditions apply to', async () => {
  const [zap, other] = [await bed.subscribe(), await bed.subscribe({ all_except: [] }, 'x')];
  const [one, two, three] = [await bed.event('A'), await bed.event('A'), await bed.event('B')];
  await bed.pass(zap, three, [one, two]);
  await bed.pass(other, three, [two]);
  const conditions = { outcome: 'given_up' };
  const counts = { events: 2, deliveries: 3, waiting: 0, next: null, up_to: three, limit: 500 };
  expect(await count({ conditions })).toEqual(counts);
  const later = await bed.event('A');
  await bed.pass(zap, later, [later]);
  expect((await send({ conditions, up_to: three })).json).toEqual(counts);
  expect([await redriven(zap), await redriven(other)]).toEqual([[one, two], [two]]);
  const everything = { events: 2, deliveries: 2, waiting: 2, up_to: later };
  expect((await send({ conditions: { zap: other } })).json).toMatchObject(everything);
});

it('sends the dead letters of a Zap that is off to a Zap with the same trigger and choices, only on request', async () => {
  const zapWith = (value: string, zap_id: string, path: string) => {
    const description = { trigger: 'T', options: [{ label: 'Status', value }], zap_id };
    return bed.subscribe({ actions: ['A'], description }, path);
  };
  const gone = await zapWith('x', '1', '');
  const twin = await zapWith('x', '2', 'twin');
  const [one, two, three] = [await bed.event('A'), await bed.event('A'), await bed.event('A')];
  await bed.pass(twin, three);
  await store.unsubscribe(CHANNEL, gone, 1, true);
  expect((await bed.overview()).ended_zaps).toMatchObject([{ id: gone, is_gone: true, dead_letters: 3 }]);
  const conditions = { zap: gone, outcome: 'given_up' };
  // The only other Zap has already received the events.
  const nothing = { events: 0, deliveries: 0, waiting: 0, next: null };
  expect(await count({ conditions })).toMatchObject(nothing);
  expect((await send({ number: one, zap: gone })).json).toMatchObject(nothing);
  await store.unsubscribe(CHANNEL, twin, 2);
  await zapWith('y', '1', 'other');
  expect((await send({ conditions, dry_run: true })).status).toBe(409);

  const other = await zapWith('x', '3', 'new');
  const again = await zapWith('x', '1', 'again');
  await zapWith('x', '4', 'newest');
  expect(await bed.redriven(again)).toEqual([]);
  expect((await send({ number: one, zap: gone })).json).toMatchObject({ events: 1, deliveries: 1, waiting: 0 });
  expect((await send({ number: one, zap: gone })).json).toMatchObject(nothing);
  expect(await count({ conditions })).toMatchObject({ deliveries: 2, waiting: 0 });
  expect((await send({ conditions })).json).toMatchObject({ events: 2, deliveries: 2 });
  expect([await redriven(again), await redriven(other)]).toEqual([[one, two, three], []]);
  expect((await bed.overview()).ended_zaps).toMatchObject([{ dead_letters: 0 }, {}]);
});

it('sends a Zap that was turned off and on the events that waited for it, and the events that arrived while it was off', async () => {
  const description = { trigger: 'T', options: [], zap_id: '1' };
  const turnOn = (path: string) => bed.subscribe({ actions: ['A'], description }, path);
  const ended = async () => (await bed.overview()).ended_zaps;
  const before = await turnOn('before');
  const waiting = [await bed.event('A'), await bed.event('A')];
  await bed.api('DELETE', `${SUBSCRIPTIONS_PATH}/${before}`);
  expect(await ended()).toMatchObject([{ id: before, is_gone: false, dead_letters: 2, has_successor: false }]);
  const between = await bed.event('A');
  const zap = await turnOn('after');
  expect(await ended()).toMatchObject([{ id: before, dead_letters: 2, has_successor: true }]);
  await bed.event('A');

  const stopped = { zap: before, outcome: 'given_up' };
  expect((await send({ conditions: stopped })).json).toMatchObject({ events: 2, deliveries: 2 });
  const unsent = { zap, outcome: 'not_wanted' };
  expect((await send({ conditions: unsent })).json).toMatchObject({ events: 1, deliveries: 1 });
  expect(await redriven(zap)).toEqual([...waiting, between]);
  expect(await ended()).toMatchObject([{ dead_letters: 0 }]);
  for (const conditions of [stopped, unsent]) expect(await count({ conditions })).toMatchObject({ events: 0 });
});

it('sends an event to all of its Zaps in the same request', async () => {
  const zaps = [await bed.subscribe(), await bed.subscribe({ actions: ['A'] }, 'x')];
  await bed.ingest('A', wire.MAX_SENT_AGAIN / 2);
  const single = await bed.subscribe({ actions: ['B', 'A'] }, 'y');
  const last = await bed.event('A');
  for (const zap of [...zaps, single]) await bed.pass(zap, last);
  const counts = { events: wire.MAX_SENT_AGAIN / 2, deliveries: wire.MAX_SENT_AGAIN, waiting: 0, limit: 500 };
  expect(await count({ conditions: {} })).toEqual({ ...counts, next: last - 1, up_to: last });
  expect((await send({ conditions: {} })).json).toEqual({ ...counts, next: last - 1, up_to: last });
  // The relay has now accepted the maximum number of deliveries.
  const refused = await send({ number: last, zap: single });
  expect([refused.status, refused.json.detail]).toEqual([
    409,
    'Other events are still being sent again. At most 500 can be sent again at a time. ' +
      'Wait until they have arrived, then send the others.',
  ]);
});

it('sends events from before a Zap was turned on only if they are requested', async () => {
  const before = await bed.event('A');
  const [zap, other] = [await bed.subscribe(), await bed.subscribe({ actions: ['A'] }, 'x')];
  const after = await bed.event('A');
  for (const each of [zap, other]) await bed.pass(each, after);
  expect(await count({ conditions: {} })).toMatchObject({ events: 1, deliveries: 2 });
  expect(await count({ conditions: { zap } })).toMatchObject({ events: 1, deliveries: 1 });
  const conditions = { zap, outcome: 'not_wanted' };
  expect(await count({ conditions })).toMatchObject({ events: 1, deliveries: 1 });
  expect((await send({ conditions })).json).toMatchObject({ deliveries: 1 });
  expect(await redriven(zap)).toEqual([before]);
});

it('retries a Zap or all Zaps now, but none that is paused, and only a few times per minute', async () => {
  const later = Date.now() + HOUR;
  const zaps = [await bed.subscribe(), await bed.subscribe(undefined, 'x'), await bed.subscribe(undefined, 'y')];
  const [one = '', , paused = ''] = zaps;
  for (const zap of zaps) await bed.pass(zap, 0, [], { failures: 1, nextAttemptAt: later, nextRedriveAt: later });
  await store.pause({ channel: CHANNEL, id: paused }, Date.now());
  changes.length = 0;
  const retry = (body: object, token?: string) => bed.postJson(wire.CONSOLE_RETRY_PATH, body, token);
  const attemptTimes = async () => (await store.subscriptions(CHANNEL)).map(({ nextAttemptAt }) => nextAttemptAt);
  expect((await retry({ zap: one })).json).toEqual({ zaps: 1 });
  await until(() => changes.includes(`subscriptions ${CHANNEL}`));
  expect(await attemptTimes()).toEqual([0, later, later]);
  expect((await retry({})).json).toEqual({ zaps: 1 });
  expect(await attemptTimes()).toEqual([0, 0, later]);
  expect((await retry({})).json).toEqual({ zaps: 0 });
  expect((await retry({ zap: NO_ZAP })).status).toBe(404);
  expect((await retry({ zap: 'x' })).status).toBe(400);
  for (const letter of ['b', 'c']) await bed.link(letter.repeat(43));
  const statuses = [];
  for (let tries = 0; tries <= wire.RETRIES_PER_MINUTE; tries++)
    statuses.push((await retry({}, 'c'.repeat(43))).status);
  expect(statuses).toEqual([...Array<number>(wire.RETRIES_PER_MINUTE).fill(200), 429]);
  expect((await bed.list()).events).toEqual([]);
  expect((await retry({}, 'b'.repeat(43))).status).toBe(200);
});

it.each([
  {},
  { dry_run: true },
  { dry_run: 'maybe', conditions: {} },
  { number: 1, dry_run: true },
  { number: 1, zap: 'x', dry_run: true },
  { number: -1, zap: NO_ZAP, dry_run: true },
  { number: 1, zap: NO_ZAP, conditions: {}, dry_run: true },
  { conditions: { channel: 'x' }, dry_run: true },
  { conditions: {}, up_to: -1, dry_run: true },
  { conditions: {}, after: -1, dry_run: true },
  { conditions: {}, dry_run: true, channel: 'x' },
])('refuses the body %j', async (body) => {
  expect((await bed.postJson(wire.CONSOLE_SEND_AGAIN_PATH, body)).status).toBe(400);
});
