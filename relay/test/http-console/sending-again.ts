import { describe, expect, it } from '@jest/globals';

import {
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  MAX_SENT_AGAIN,
  CONSOLE_RETRY_PATH,
  RETRIES_PER_MINUTE,
  type OverviewResponse,
} from '../../../wire/console-api.ts';
import { HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { ConsoleServers } from '../console-server.ts';

/** Defines the tests of sending events again. */
export function consoleSendingAgain({ bed }: ConsoleServers): void {
  describe('sending again', () => {
    const send = (body: object) => bed().post(CONSOLE_SEND_AGAIN_PATH, body);

    it('sends one event to one Zap', async () => {
      const zap = await bed().zap();
      const number = await bed().event('A');
      await bed().pass(zap, number);
      const counts = { events: 1, deliveries: 1, waiting: 0, next: null, up_to: number };
      expect((await send({ number, zap, dry_run: true })).json).toEqual(counts);
      expect(await bed().redriven(zap)).toEqual([]);
      expect((await send({ number, zap, dry_run: false })).json).toEqual(counts);
      expect(await bed().redriven(zap)).toMatchObject([{ number, isSentAgain: true }]);
      const waiting = { ...counts, events: 0, deliveries: 0, waiting: 1 };
      expect((await send({ number, zap, dry_run: false })).json).toEqual(waiting);
      const [event] = (await bed().list()).events;
      expect(event).toMatchObject({ outcome: 'waiting', zaps: [{ zap, is_sent_again: true }] });
      await until(() => bed().server.changes.includes(`subscriptions ${CHANNEL}`));
    });

    it('sends an event from before the Zap was turned on', async () => {
      const number = await bed().event('A');
      const zap = await bed().zap();
      expect((await bed().list()).events).toMatchObject([{ outcome: 'not_wanted', zaps: [{ zap, was_on: false }] }]);
      expect((await send({ number, zap, dry_run: false })).json).toMatchObject({ deliveries: 1 });
      await bed().pass(zap, number);
      expect((await bed().list('?outcome=delivered')).events).toMatchObject([
        { number, outcome: 'delivered', zaps: [{ zap, was_on: false, is_sent_again: true }] },
      ]);
    });

    it('refuses an event that the Zap does not select, and events and Zaps that do not exist', async () => {
      const zap = await bed().zap();
      const number = await bed().event('B');
      const noZap = '00000000-0000-4000-8000-000000000001';
      expect((await send({ number, zap, dry_run: false })).status).toBe(409);
      expect((await send({ number: number + 1, zap, dry_run: false })).status).toBe(404);
      expect((await send({ number, zap: noZap, dry_run: false })).status).toBe(404);
      expect((await send({ conditions: { zap: noZap }, dry_run: false })).status).toBe(404);
      expect(await bed().redriven(zap)).toEqual([]);
    });

    it('sends the events that meet the conditions, each to the Zaps that the conditions apply to', async () => {
      const [zap, other] = [await bed().zap(), await bed().zap({ all_except: [] }, 'x')];
      const [one, two, three] = [await bed().event('A'), await bed().event('A'), await bed().event('B')];
      await bed().pass(zap, three, [one, two]);
      await bed().pass(other, three, [two]);
      const dryRun = (await send({ conditions: { outcome: 'given_up' }, dry_run: true })).json;
      expect(dryRun).toEqual({ events: 2, deliveries: 3, waiting: 0, next: null, up_to: three });
      const later = await bed().event('A');
      await bed().pass(zap, later, [later]);
      const body = { conditions: { outcome: 'given_up' }, up_to: dryRun.up_to, dry_run: false };
      expect((await send(body)).json).toEqual(dryRun);
      expect((await bed().redriven(zap)).map(({ number }) => number)).toEqual([one, two]);
      expect((await bed().redriven(other)).map(({ number }) => number)).toEqual([two]);
      const everything = { conditions: { zap: other }, dry_run: false };
      expect((await send(everything)).json).toMatchObject({ events: 2, deliveries: 2, waiting: 2, up_to: later });
    });

    it('sends the dead letters of a Zap that is off to a Zap with the same trigger and choices, only on request', async () => {
      const description = (value: string, zap_id: string) => ({
        ...{ actions: ['A'] },
        description: { trigger: 'T', options: [{ label: 'Status', value }], zap_id },
      });
      const { store } = bed().server;
      const gone = await bed().zap(description('x', '1'));
      const twin = await bed().zap(description('x', '2'), 'twin');
      const [one, two, three] = [await bed().event('A'), await bed().event('A'), await bed().event('A')];
      await bed().pass(twin, three);
      await store.unsubscribe(CHANNEL, gone, 1, true);
      expect((await bed().get(CONSOLE_OVERVIEW_PATH)).json.ended_zaps).toMatchObject([
        { id: gone, is_gone: true, dead_letters: 3 },
      ]);
      const conditions = { zap: gone, outcome: 'given_up' };
      // The only other Zap has received the events already.
      const nothing = { events: 0, deliveries: 0, waiting: 0, next: null };
      expect((await send({ conditions, dry_run: true })).json).toMatchObject(nothing);
      expect((await send({ number: one, zap: gone, dry_run: false })).json).toMatchObject(nothing);
      await store.unsubscribe(CHANNEL, twin, 2);
      await bed().zap(description('y', '1'), 'other');
      expect((await send({ conditions, dry_run: true })).status).toBe(409);

      const other = await bed().zap(description('x', '3'), 'new');
      const again = await bed().zap(description('x', '1'), 'again');
      await bed().zap(description('x', '4'), 'newest');
      expect(await bed().redriven(again)).toEqual([]);
      const counts = { events: 1, deliveries: 1, waiting: 0 };
      expect((await send({ number: one, zap: gone, dry_run: false })).json).toMatchObject(counts);
      expect((await send({ number: one, zap: gone, dry_run: false })).json).toMatchObject(nothing);
      expect((await send({ conditions, dry_run: true })).json).toMatchObject({ deliveries: 2, waiting: 0 });
      expect((await send({ conditions, dry_run: false })).json).toMatchObject({ events: 2, deliveries: 2 });
      expect((await bed().redriven(again)).map(({ number }) => number)).toEqual([one, two, three]);
      expect(await bed().redriven(other)).toEqual([]);
      expect((await bed().get(CONSOLE_OVERVIEW_PATH)).json.ended_zaps).toMatchObject([{ dead_letters: 0 }, {}]);
    });

    it('sends at most 500 deliveries at a time', async () => {
      const zap = await bed().zap();
      await bed().ingest('A', MAX_SENT_AGAIN + 1);
      const newest = (await bed().list('?limit=1')).events[0]?.number ?? 0;
      await bed().pass(zap, newest);
      const conditions = { zap };
      const range = { next: newest - 1, up_to: newest };
      const counts = { events: MAX_SENT_AGAIN, deliveries: MAX_SENT_AGAIN, waiting: 0, ...range };
      expect((await send({ conditions, dry_run: true })).json).toEqual(counts);
      expect((await send({ conditions, dry_run: false })).json).toEqual(counts);
      const { status, json } = await send({ conditions, after: counts.next, dry_run: false });
      expect([status, json.detail]).toEqual([409, expect.stringMatching(/Wait/)]);

      // The oldest events were sent again. After one of them arrives, another event can be sent again.
      const sent = await bed().redriven(zap);
      expect(sent.at(-1)?.number).toBe(newest - 1);
      await bed().pass(zap, sent[0]?.number ?? 0);
      const rest = { events: 1, deliveries: 1, waiting: 0, next: null, up_to: newest };
      expect((await send({ conditions, after: counts.next, up_to: newest, dry_run: false })).json).toEqual(rest);
      expect((await bed().redriven(zap)).at(-1)?.number).toBe(newest);
    });

    it('sends an event to all of its Zaps in the same request', async () => {
      const zaps = [await bed().zap(), await bed().zap({ actions: ['A'] }, 'x')];
      await bed().ingest('A', MAX_SENT_AGAIN / 2);
      const single = await bed().zap({ actions: ['B', 'A'] }, 'y');
      const last = await bed().event('A');
      for (const zap of [...zaps, single]) await bed().pass(zap, last);
      const counts = { events: MAX_SENT_AGAIN / 2, deliveries: MAX_SENT_AGAIN, waiting: 0 };
      expect((await send({ conditions: {}, dry_run: true })).json).toEqual({ ...counts, next: last - 1, up_to: last });
    });

    it('sends events from before a Zap was turned on only if they are requested', async () => {
      const before = await bed().event('A');
      const [zap, other] = [await bed().zap(), await bed().zap({ actions: ['A'] }, 'x')];
      const after = await bed().event('A');
      await bed().pass(zap, after);
      await bed().pass(other, after);
      const counted = async (conditions: object) => (await send({ conditions, dry_run: true })).json;
      expect(await counted({})).toMatchObject({ events: 1, deliveries: 2 });
      expect(await counted({ zap })).toMatchObject({ events: 1, deliveries: 1 });
      expect(await counted({ zap, outcome: 'not_wanted' })).toMatchObject({ events: 1, deliveries: 1 });
      expect((await send({ conditions: { zap, outcome: 'not_wanted' }, dry_run: false })).json).toMatchObject({
        deliveries: 1,
      });
      expect(await bed().redriven(zap)).toMatchObject([{ number: before }]);
    });

    it('shows a given-up event as waiting until its next attempt has failed', async () => {
      const zap = await bed().zap();
      const number = await bed().event('A');
      await bed().fail(zap, number);
      await bed().pass(zap, number, [number]);
      const outcomes = async () => {
        const { hours } = (await bed().get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
        return [(await bed().list()).events[0]?.outcome, hours];
      };
      const none = { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
      expect(await outcomes()).toMatchObject(['given_up', [{ ...none, given_up: 1 }]]);
      await send({ number, zap, dry_run: false });
      expect(await outcomes()).toMatchObject(['waiting', [{ ...none, waiting: 1 }]]);
      await bed().fail(zap, number);
      expect(await outcomes()).toMatchObject(['failed', [{ ...none, failed: 1 }]]);
    });

    it('retries a Zap or all Zaps now, but none that is paused, and only a few times per minute', async () => {
      const { store } = bed().server;
      const [one, two, paused] = [await bed().zap(), await bed().zap(undefined, 'x'), await bed().zap(undefined, 'y')];
      const number = await bed().event('A');
      const later = Date.now() + HOUR;
      const fail = async (zap: string) => {
        await bed().pass(zap, 0, [], { failures: 1, nextAttemptAt: later, nextRedriveAt: later });
        return store.subscription(CHANNEL, zap);
      };
      const retry = (body: object, token?: string) => bed().post(CONSOLE_RETRY_PATH, body, token);
      for (const zap of [one, two, paused]) await fail(zap);
      await store.pause({ channel: CHANNEL, id: paused }, Date.now());
      const { changes } = bed().server;
      const before = changes.length;
      expect((await retry({ zap: one })).json).toEqual({ zaps: 1 });
      await until(() => changes.slice(before).includes(`subscriptions ${CHANNEL}`));
      expect(await store.subscription(CHANNEL, one)).toMatchObject({ failures: 1, nextAttemptAt: 0, nextRedriveAt: 0 });
      expect((await retry({})).json).toEqual({ zaps: 1 });
      expect(await store.subscription(CHANNEL, two)).toMatchObject({ nextAttemptAt: 0 });
      expect(await store.subscription(CHANNEL, paused)).toMatchObject({ nextAttemptAt: later });
      expect((await retry({})).json).toEqual({ zaps: 0 });
      expect((await bed().list()).events).toMatchObject([{ number, outcome: 'waiting' }]);
      expect((await retry({ zap: '00000000-0000-4000-8000-000000000001' })).status).toBe(404);
      expect((await retry({ zap: 'x' })).status).toBe(400);
      await bed().link('b'.repeat(43));
      const statuses = [];
      for (let count = 0; count <= RETRIES_PER_MINUTE; count++) statuses.push((await retry({})).status);
      expect(new Set(statuses)).toEqual(new Set([200, 429]));
      expect(statuses.at(-1)).toBe(429);
      expect((await bed().list()).events).toHaveLength(1);
      expect((await retry({}, 'b'.repeat(43))).status).toBe(200);
      expect((await retry({}, 'c'.repeat(43))).status).toBe(401);
    });

    it('refuses malformed bodies', async () => {
      const zap = '00000000-0000-4000-8000-000000000001';
      const bodies = [
        {},
        { dry_run: true },
        { dry_run: 'maybe', conditions: {} },
        { number: 1, dry_run: true },
        { number: 1, zap: 'x', dry_run: true },
        { number: -1, zap, dry_run: true },
        { number: 1, zap, conditions: {}, dry_run: true },
        { conditions: { channel: 'x' }, dry_run: true },
        { conditions: {}, up_to: -1, dry_run: true },
        { conditions: {}, after: -1, dry_run: true },
        { conditions: {}, dry_run: true, channel: 'x' },
      ];
      for (const body of bodies) expect([body, (await send(body)).status]).toEqual([body, 400]);
    });
  });
}
