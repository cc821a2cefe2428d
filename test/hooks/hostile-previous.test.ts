/**
 * Previous deliveries that a hostile relay could send. In every case, the Zap runs with the event, and the change
 * counts as unknown.
 */

import { deflateRawSync } from 'node:zlib';

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { EventFilter } from '../../src/event-filter.ts';
import { keptEvents } from '../../src/hooks/kept-events.ts';
import { relayHook } from '../../src/hooks/relay-hook.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { MAX_CONTENT_BYTES } from '../../wire/sealing/format.ts';
import { sign } from '../../wire/signature.ts';
import { deliveryOf, PRIVATE_KEY } from '../helpers.ts';
import { RELAY_ORIGIN, sealedEnvelope } from '../sealed-envelope.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
const ALL: EventFilter = { actions: { all_except: [] }, object: null };

const hook = relayHook(RELAY_ORIGIN, { label: 'Client Updated', choiceFields: [], filterFor: () => ALL });

/** Returns the events that a Zap keeps from a request to its URL. */
async function kept(envelope: JsonObject): Promise<ReturnType<typeof keptEvents>> {
  const bundle = { authData: { private_key: PRIVATE_KEY }, rawRequest: { content: JSON.stringify(envelope) } };
  return keptEvents(await hook.deliveryIn({} as ZObject, bundle as unknown as Bundle), PRIVATE_KEY, ALL);
}

const eventAt = (time: string, id = 7) => ({
  ...{ action: 'EDITED_A_CLIENT', verb: 'edited', branch: 3268, timestamp: `2026-06-10T${time}Z` },
  subject: { model: 'Client', id, last_name: 'Raman' },
});

const NOW = eventAt('18:00:00');
const EARLIER = eventAt('17:00:00');

/** Returns an envelope with a body, sealed for the Zap's channel. */
async function sealed(body: string, signature = sign(body, PRIVATE_KEY), times = {}): Promise<JsonObject> {
  const content = { signature, contentType: 'application/json', body: Buffer.from(body) };
  const metadata = { actions: [NOW.action], model: 'client', subjectId: '7', ...times };
  const envelope: unknown = JSON.parse(await sealedEnvelope(PRIVATE_KEY, content, metadata));
  if (!isJsonObject(envelope)) throw new Error('The envelope is not a JSON object.');
  return envelope;
}

const sealedEvents = (...events: unknown[]) => sealed(JSON.stringify(deliveryOf(...events)));

let delivery: JsonObject;
let previous: JsonObject;

beforeAll(async () => {
  delivery = await sealedEvents(NOW);
  previous = await sealedEvents(EARLIER);
});

/** Asserts that the Zap runs with the event and without a previous event. */
async function expectUnknown(hostile: unknown): Promise<void> {
  expect(await kept({ ...delivery, previous: hostile })).toEqual({
    events: [{ event: NOW, previous: null, burst: [], isRepeat: false }],
  });
}

describe('the previous delivery that a relay sends', () => {
  it('is used for the comparison if it is genuine', async () => {
    expect(await kept({ ...delivery, previous })).toEqual({
      events: [{ event: NOW, previous: EARLIER, burst: [], isRepeat: false }],
    });
    expect(await kept(delivery)).toEqual({ events: [{ event: NOW, previous: null, burst: [], isRepeat: false }] });
  });

  it('is ignored if it was sealed for the channel of another connection', async () => {
    const body = JSON.stringify(deliveryOf(EARLIER));
    const content = { signature: sign(body, OTHER_KEY), contentType: 'application/json', body: Buffer.from(body) };
    const theirs = JSON.parse(await sealedEnvelope(OTHER_KEY, content)) as JsonObject;
    await expectUnknown(theirs);
    await expectUnknown({ ...theirs, channel: delivery.channel });
  });

  it('is ignored if its body is not signed with the private key of the connection', async () => {
    const body = JSON.stringify(deliveryOf(EARLIER));
    for (const signature of [sign(body, OTHER_KEY), sign(`${body} `, PRIVATE_KEY), '', 'x'.repeat(60_000)]) {
      await expectUnknown(await sealed(body, signature));
    }
  });

  it('is ignored if it is about another subject, regardless of its metadata', async () => {
    await expectUnknown(await sealedEvents(eventAt('17:00:00', 8)));
    await expectUnknown(await sealedEvents({ ...EARLIER, branch: 3269 }));
    await expectUnknown(await sealedEvents({ ...EARLIER, subject: { ...EARLIER.subject, model: 'Contractor' } }));
  });

  it('is ignored unless it is earlier, regardless of its metadata', async () => {
    await expectUnknown(await sealedEvents(eventAt('18:00:01')));
    await expectUnknown(await sealed(JSON.stringify(deliveryOf(eventAt('19:00:00'))), undefined, { eventTime: 1 }));
    await expectUnknown(delivery);
  });

  it('is ignored if it does not have exactly one event', async () => {
    await expectUnknown(await sealedEvents());
    await expectUnknown(await sealedEvents(EARLIER, eventAt('16:00:00')));
  });

  it('is ignored if its body is not a delivery', async () => {
    for (const body of ['', '{', 'null', '[]', '{"events": {}}', '\ufeff', JSON.stringify(EARLIER)]) {
      await expectUnknown(await sealed(body));
    }
  });

  it('is ignored if it is huge', async () => {
    const megabytes = 'x'.repeat(4 * 1024 * 1024);
    await expectUnknown(await sealed(megabytes, sign('another body', PRIVATE_KEY)));
    await expectUnknown(await sealed(megabytes));
    await expectUnknown(await sealed(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`));
    await expectUnknown({ ...previous, sealed: Buffer.from(megabytes).toString('base64') });
    const bomb = deflateRawSync(Buffer.alloc(MAX_CONTENT_BYTES * 10)).toString('base64');
    await expectUnknown({ ...previous, sealed: bomb });
  });

  it('is ignored if it is not an envelope', async () => {
    for (const value of [null, true, 0, '', 'text', [], {}, [previous], { previous }, JSON.stringify(previous)]) {
      await expectUnknown(value);
    }
  });
});

describe('test data', () => {
  /** Returns the test data of a Zap if the relay returns these envelopes. */
  const received = (...events: readonly unknown[]) => {
    const z = { request: () => Promise.resolve({ status: 200, data: { events } }) } as unknown as ZObject;
    const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;
    return hook.receivedEvents(z, bundle, ALL);
  };

  it('consists of received deliveries with their previous deliveries, which are checked in the same way', async () => {
    const [theirs, later] = [await sealedEvents(eventAt('17:00:00', 8)), await sealedEvents(eventAt('18:00:01'))];
    const events = await received(
      { ...delivery, previous },
      { ...delivery, previous: theirs },
      { ...later, previous: 7 },
    );
    expect(events).toEqual([
      { event: NOW, previous: EARLIER, burst: [], isRepeat: false },
      { event: NOW, previous: null, burst: [], isRepeat: false },
      { event: eventAt('18:00:01'), previous: null, burst: [], isRepeat: false },
    ]);
  });
});

describe('a genuine previous delivery is ignored', () => {
  it('after bits of its sealed content or its wrapped key are flipped', async () => {
    const flips = fc.record({
      key: fc.constantFrom('sealed', 'wrapped_key'),
      bit: fc.nat(80 * 8 - 1),
    });
    await fc.assert(
      fc.asyncProperty(flips, async ({ key, bit }) => {
        const bytes = Buffer.from(String(previous[key]), 'base64');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expectUnknown({ ...previous, [key]: bytes.toString('base64') });
      }),
      { numRuns: 300 },
    );
  });

  it('after characters of its text are replaced or removed', async () => {
    const text = JSON.stringify(previous);
    const edits = fc.record({
      start: fc.nat(text.length - 1),
      count: fc.nat(20),
      insertion: fc.string({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(edits, async ({ start, count, insertion }) => {
        const edited = text.slice(0, start) + insertion + text.slice(start + count);
        let value: unknown = edited;
        try {
          value = JSON.parse(edited);
        } catch {
          // The text itself is used instead of the object.
        }
        fc.pre(JSON.stringify(value) !== text);
        await expectUnknown(value);
      }),
      { numRuns: 500 },
    );
  });

  it('if parts of it come from the delivery or from another genuine delivery', async () => {
    const others = [delivery, await sealedEvents(eventAt('16:00:00')), await sealedEvents(eventAt('16:00:00', 8))];
    const fields = Object.keys(previous).filter((key) => others.some((other) => other[key] !== previous[key]));
    expect(fields).toEqual(expect.arrayContaining(['delivery_id', 'key_id', 'wrapped_key', 'sealed']));
    const swaps = fc.record({
      other: fc.constantFrom(...others),
      keys: fc.subarray(fields, { minLength: 1, maxLength: fields.length - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(swaps, async ({ other, keys }) => {
        const mixed = { ...previous, ...Object.fromEntries(keys.map((key) => [key, other[key]])) };
        // Two envelopes may share fields, so a mixture of them may be valid.
        fc.pre(![previous, other].some((envelope) => JSON.stringify(envelope) === JSON.stringify(mixed)));
        await expectUnknown(mixed);
      }),
      { numRuns: 300 },
    );
  });
});
