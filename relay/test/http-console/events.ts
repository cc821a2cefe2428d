import { randomBytes } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  MAX_LISTED_CONTENT_BYTES,
  MAX_LISTED_EVENTS,
  MAX_PAGE_BYTES,
  type EventResponse,
} from '../../../wire/console-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import { openEnvelope } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL } from '../../harness/sample-delivery.ts';
import { numbersOf, type ConsoleServers } from '../console-server.ts';

/** Defines the tests of the list of events and of single events. */
export function consoleEvents({ bed }: ConsoleServers): void {
  describe('the list of events', () => {
    it('contains every event with its envelope, newest first, in pages', async () => {
      const zap = await bed().zap();
      const [one, two, three] = [await bed().event('A'), await bed().event('B'), await bed().event('A')];
      // The channels of earlier tests have used sequence numbers, which must not show.
      expect([one, two, three]).toEqual([1, 2, 3]);
      const { events, next } = await bed().list();
      expect(next).toBeNull();
      expect(events).toMatchObject([
        { number: three, outcome: 'waiting', zaps: [{ zap, outcome: 'waiting', was_on: true, is_sent_again: false }] },
        { number: two, outcome: 'not_wanted', zaps: [] },
        { number: one, outcome: 'waiting' },
      ]);
      const { body } = await openEnvelope(events[0]?.envelope);
      expect(String(body)).toContain('"action": "A"');

      const first = await bed().list('?limit=2');
      expect(numbersOf(first.events)).toEqual([three, two]);
      expect(first.next).toBe(two);
      expect(numbersOf((await bed().list(`?before=${first.next ?? 0}`)).events)).toEqual([one]);
      expect(await bed().list(`?before=${one}`)).toEqual({ events: [], next: null });
      expect(await bed().list(`?before=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ events: { length: 3 } });
    });

    it('omits large contents', async () => {
      // Hexadecimal digits of random bytes compress to half their length.
      await bed().server.post(bodyOf('A', randomBytes(MAX_LISTED_CONTENT_BYTES + 1000).toString('hex')));
      const [event] = (await bed().list()).events;
      const { sealed, ...metadata } = event?.envelope ?? {};
      expect(sealed === null).toBe(true);
      expect(metadata).toMatchObject({ channel: CHANNEL, actions: ['A'] });
      const { json } = await bed().get(`${CONSOLE_EVENTS_PATH}/${event?.number ?? 0}`);
      expect((await openEnvelope(json.envelope)).body.length).toBeGreaterThan(2 * MAX_LISTED_CONTENT_BYTES);
    });

    it('has pages of a limited size, which contain every event once', async () => {
      const BYTES = 15_000;
      await bed().ingest('A', 140, () => randomBytes(BYTES));
      const first = await bed().list(`?limit=${MAX_LISTED_EVENTS}`);
      const size = JSON.stringify(first).length;
      expect([size <= MAX_PAGE_BYTES, size > MAX_PAGE_BYTES - 2 * BYTES]).toEqual([true, true]);
      const second = await bed().list(`?limit=${MAX_LISTED_EVENTS}&before=${first.next ?? 0}`);
      expect(second.next).toBeNull();
      expect(numbersOf([...first.events, ...second.events])).toEqual(
        Array.from({ length: 140 }, (_, index) => 140 - index),
      );
    });

    it('omits the contents that the page has already opened', async () => {
      const [known, added] = [await bed().event('A'), await bed().event('A')];
      const { events } = await bed().list(`?known_up_to=${known}`);
      expect(events).toMatchObject([{ number: added }, { number: known, envelope: { sealed: null } }]);
      expect((await openEnvelope(events[0]?.envelope)).body.length).toBeGreaterThan(0);
    });

    it('can be filtered by outcome, for all Zaps and for one Zap', async () => {
      const earlier = await bed().event('A');
      const [one, other] = [await bed().zap(), await bed().zap({ all_except: ['B'] }, 'x')];
      const delivered = await bed().event('A');
      const dead = await bed().event('A');
      const unwanted = await bed().event('B');
      const failed = await bed().event('A');
      const waiting = await bed().event('A');
      await bed().fail(one, dead);
      await bed().pass(one, unwanted, [dead], { failures: 1 });
      await bed().pass(other, failed);
      await bed().fail(one, failed);

      const found = async (query: string) => numbersOf((await bed().list(query)).events);
      const byOutcome = { delivered: [delivered], given_up: [dead], failed: [failed], waiting: [waiting] };
      for (const [outcome, numbers] of Object.entries(byOutcome)) {
        expect(await found(`?outcome=${outcome}`)).toEqual(numbers);
      }
      expect(await found('?outcome=not_wanted')).toEqual([unwanted, earlier]);
      expect(await found(`?outcome=delivered&zap=${other}`)).toEqual([failed, dead, delivered]);
      expect(await found(`?outcome=given_up&zap=${other}`)).toEqual([]);
      expect(await found(`?outcome=failed&zap=${other}`)).toEqual([]);
      expect(await found(`?outcome=failed&zap=${one}`)).toEqual([failed]);
      expect(await found(`?outcome=not_wanted&zap=${one}`)).toEqual([unwanted, earlier]);
      expect(await found(`?zap=${one}`)).toEqual([waiting, failed, dead, delivered, earlier]);
      expect(await found('?action=B&action=C')).toEqual([unwanted]);
      expect(await found('?action=A&outcome=not_wanted')).toEqual([earlier]);
      expect(await found(`?action=B&zap=${one}`)).toEqual([]);
      expect(await found(`?from=${Number.MAX_SAFE_INTEGER}`)).toEqual([]);
      expect(await found('?to=0')).toEqual([]);
      expect(await bed().outcomeCounts()).toEqual({ failed: 1, given_up: 1, waiting: 1, delivered: 1, not_wanted: 2 });
    });

    it('can be filtered by a new Zap, in pages that end after a limited number of other events', async () => {
      const oldest = await bed().event('A');
      await bed().ingest('B', 1_000);
      const zap = await bed().zap();
      const { events: found, next } = await bed().list(`?zap=${zap}`);
      expect([found, next]).toEqual([[], oldest + 1]);
      const rest = await bed().list(`?zap=${zap}&before=${next ?? 0}`);
      expect([numbersOf(rest.events), rest.next]).toEqual([[oldest], null]);
    });

    it('refuses malformed conditions, and a Zap of another channel', async () => {
      const actions = Array.from({ length: 101 }, (_, index) => `action=A${index}`).join('&');
      const numbers = [
        'before=x',
        'before=-1',
        'before=99999999999999999999',
        'limit=0',
        `limit=${MAX_LISTED_EVENTS + 1}`,
      ];
      for (const query of [...numbers, 'outcome=lost', 'zap=x', 'from=yesterday', actions, 'action=', 'channel=x']) {
        expect([query, (await bed().get(`${CONSOLE_EVENTS_PATH}?${query}`)).status]).toEqual([query, 400]);
      }
      const zap = '00000000-0000-4000-8000-000000000001';
      expect((await bed().get(`${CONSOLE_EVENTS_PATH}?zap=${zap}`)).status).toBe(404);
    });
  });

  describe('one event', () => {
    it('has attempts and the time of the next attempt', async () => {
      const [zap, other] = [await bed().zap(), await bed().zap({ actions: ['B'] }, 'x')];
      const number = await bed().event('A');
      await bed().pass(zap, number - 1, [], { failures: 1, nextAttemptAt: 1234 });
      await bed().fail(zap, number, 'ECONNREFUSED');
      const { status, json } = await bed().get(`${CONSOLE_EVENTS_PATH}/${number}`);
      expect(status).toBe(200);
      const event = json as unknown as EventResponse;
      expect(event).toMatchObject({ number, outcome: 'failed' });
      expect(event.zaps).toMatchObject([
        {
          zap,
          outcome: 'failed',
          next_attempt_at: 1234,
          given_up_reason: null,
          attempts: [{ number: 1, failure: 'ECONNREFUSED', response: 'IQ==', duration_ms: 5, is_sent_again: false }],
        },
      ]);
      expect(JSON.stringify(event)).not.toContain(other);
      expect(String((await openEnvelope(event.envelope)).body)).toContain('"action": "A"');
      const { json: outcomes } = await bed().get(`${CONSOLE_EVENTS_PATH}/${number}/zaps`);
      expect({ ...outcomes, envelope: event.envelope }).toEqual(event);
    });

    it.each([
      [404, ['0', '999999', `${Number.MAX_SAFE_INTEGER}`]],
      [400, ['x', '-1', '99999999999999999999', '1.5']],
    ])('is refused with the status %i for the numbers %j', async (expected, numbers) => {
      await bed().event('A');
      for (const path of numbers.flatMap((number) => [number, `${number}/zaps`])) {
        expect([path, (await bed().get(`${CONSOLE_EVENTS_PATH}/${path}`)).status]).toEqual([path, expected]);
      }
    });
  });

  describe('a Zap that has been turned off', () => {
    const description = { trigger: 'New Client', options: [], zap_id: '1' };
    const turnOff = (zap: string) => bed().server.api('DELETE', `${SUBSCRIPTIONS_PATH}/${zap}`);

    it('keeps the outcomes of its past events, except of those that were waiting', async () => {
      const zap = await bed().zap({ actions: ['A'], description });
      const [delivered, dead, waiting] = [await bed().event(), await bed().event(), await bed().event()];
      await bed().fail(zap, dead);
      await bed().pass(zap, dead, [dead]);
      await turnOff(zap);

      const { events } = await bed().list();
      expect(events).toMatchObject([
        { number: waiting, outcome: 'not_wanted', zaps: [] },
        { number: dead, outcome: 'given_up', zaps: [{ zap, outcome: 'given_up', was_on: true }] },
        { number: delivered, outcome: 'delivered', zaps: [{ zap, outcome: 'delivered', was_on: true }] },
      ]);
      const { zaps, ended_zaps } = (await bed().get(CONSOLE_OVERVIEW_PATH)).json;
      expect(zaps).toEqual([]);
      expect(ended_zaps).toEqual([
        {
          ...{ id: zap, description, created_at: expect.any(Number), ended_at: expect.any(Number) },
          ...{ is_gone: false, dead_letters: 1 },
        },
      ]);
      expect(await bed().outcomeCounts()).toMatchObject({ delivered: 1, given_up: 1 });
      const { json } = await bed().get(`${CONSOLE_EVENTS_PATH}/${dead}/zaps`);
      expect(json.zaps).toMatchObject([{ zap, given_up_reason: 'HTTP 500', attempts: [{ failure: 'HTTP 500' }] }]);
      expect(numbersOf((await bed().list(`?zap=${zap}`)).events)).toEqual([dead, delivered]);
      expect(numbersOf((await bed().list(`?zap=${zap}&outcome=given_up`)).events)).toEqual([dead]);
    });

    it('receives no event again', async () => {
      const zap = await bed().zap();
      const number = await bed().event();
      await bed().pass(zap, number, [number]);
      await turnOff(zap);
      const send = (body: object) => bed().post(CONSOLE_SEND_AGAIN_PATH, { ...body, dry_run: false });
      expect((await send({ number, zap })).status).toBe(409);
      expect((await send({ conditions: { zap } })).status).toBe(409);
      expect((await send({ conditions: { outcome: 'given_up' } })).json).toMatchObject({ deliveries: 0, waiting: 0 });
      const again = await bed().zap();
      expect(again).not.toBe(zap);
      expect((await send({ number, zap: again })).json).toMatchObject({ deliveries: 1 });
    });
  });
}
