/**
 * The list of the console's events, which is limited in size, and the details of an event that waits behind another
 * event.
 */

import { randomBytes } from 'node:crypto';

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import * as wire from '../../../wire/console-api.ts';
import { HOUR } from '../../harness/durations.ts';
import { openEnvelope } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL } from '../../harness/sample-delivery.ts';
import { numbersOf, startTestServer } from '../support/test-server.ts';

const bed = await startTestServer();
beforeEach(() => bed.renew());
afterAll(() => bed.close());

describe('the list of events', () => {
  it('omits large contents, and contents that the page has already opened', async () => {
    // Compression halves the size of random hexadecimal digits.
    await bed.post(bodyOf('A', randomBytes(wire.MAX_LISTED_CONTENT_BYTES + 1000).toString('hex')));
    await bed.event();
    const { events } = await bed.list();
    expect(events.map(({ envelope }) => envelope.sealed === null)).toEqual([false, true]);
    expect(events[1]?.envelope).toMatchObject({ channel: CHANNEL, actions: ['A'] });
    const { json } = await bed.get(`${wire.CONSOLE_EVENTS_PATH}/1`);
    expect((await openEnvelope(json.envelope)).body.length).toBeGreaterThan(2 * wire.MAX_LISTED_CONTENT_BYTES);
    const added = await bed.event();
    const known = (await bed.list('?known_up_to=2')).events;
    expect(known).toMatchObject([{ number: added }, { envelope: { sealed: null } }, { envelope: { sealed: null } }]);
    expect((await openEnvelope(known[0]?.envelope)).body.length).toBeGreaterThan(0);
  });

  it('has pages of a limited size, which contain every event once', async () => {
    const BYTES = 15_000;
    await bed.ingest('A', 140, () => randomBytes(BYTES));
    const first = await bed.list(`?limit=${wire.MAX_LISTED_EVENTS}`);
    const size = JSON.stringify(first).length;
    expect([size <= wire.MAX_PAGE_BYTES, size > wire.MAX_PAGE_BYTES - 2 * BYTES]).toEqual([true, true]);
    const second = await bed.list(`?limit=${wire.MAX_LISTED_EVENTS}&before=${first.next ?? 0}`);
    expect(second.next).toBeNull();
    const numbers = Array.from({ length: 140 }, (_, index) => 140 - index);
    expect(numbersOf([...first.events, ...second.events])).toEqual(numbers);
  });
});

it('an event that waits for its turn names the event that holds it up and the next attempt, unless the Zap is paused', async () => {
  const zap = await bed.subscribe();
  const [first, second] = [await bed.event(), await bed.event()];
  const nextAttemptAt = Date.now() + HOUR;
  await bed.pass(zap, 0, [], { failures: 1, lastFailure: 'HTTP 500', nextAttemptAt });
  const atZap = async (number: number) => {
    const { json } = await bed.get(`${wire.CONSOLE_EVENTS_PATH}/${number}/zaps`);
    return (json as unknown as wire.EventOutcomesResponse).zaps[0];
  };
  expect(await atZap(second)).toMatchObject({ behind: { number: first }, next_attempt_at: nextAttemptAt });
  expect(await atZap(first)).toMatchObject({ behind: null, next_attempt_at: nextAttemptAt });
  await bed.store.pause({ channel: CHANNEL, id: zap }, Date.now());
  expect(await atZap(second)).toMatchObject({ outcome: 'waiting', behind: null, next_attempt_at: null });
});
