/**
 * Envelopes that are changed after the relay has sealed them, for Zaps of an app that is built for a relay.
 *
 * @slow random changes, 3 s of CPU
 */

import { deflateRawSync } from 'node:zlib';

import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { deliveryOf, directZ, PRIVATE_KEY } from '../../../local/hook-calls.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import type { Trigger } from '../../../src/instant/trigger.ts';
import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { MAX_CONTENT_BYTES } from '../../../wire/sealing/format.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { loadRelayedTriggers, receive } from '../../support/relayed-triggers.ts';
import { RELAY_ORIGIN, sealedEnvelope, signedContent } from '../../support/sealed-envelope.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';

/** Matches the start of the error messages about rejected envelopes. */
const REJECTION =
  /^This request was refused because it (?:is not a sealed event|is sealed for another|was changed after)/;

let trigger: Trigger;

beforeAll(async () => {
  trigger = (await loadRelayedTriggers())('any_event');
});

/** Runs a Zap for a request with this content. The Zap's connection has {@link PRIVATE_KEY}. */
const perform = (content: string): Promise<FlatRecord[]> => receive(trigger, content);

/** Asserts that a request makes no record, and that the error tells the Zap's owner the reason. */
async function expectRejection(content: string): Promise<void> {
  const run = perform(content);
  await expect(run).rejects.toBeInstanceOf(directZ.errors.HaltedError);
  await expect(run).rejects.toThrow(REJECTION);
}

const contentOf = (action: string, privateKey = PRIVATE_KEY) =>
  signedContent(deliveryOf({ action, subject: { model: 'Client', id: 1, first_name: 'Zoë' } }), privateKey);

/** Returns a genuine envelope that contains an event with the given action. */
const envelopeOf = (action: string): Promise<string> =>
  sealedEnvelope(PRIVATE_KEY, contentOf(action), {
    actions: [action],
    model: 'client',
    subjectId: '1',
    eventTime: 1781114700000,
  });

function fieldsOf(text: string): JsonObject {
  const fields: unknown = JSON.parse(text);
  if (!isJsonObject(fields)) throw new Error('The envelope is not a JSON object.');
  return fields;
}

describe('a genuine envelope', () => {
  it('makes the record that the same delivery makes without a relay', async () => {
    const [record] = await perform(await envelopeOf('CREATED_A_CLIENT'));
    expect(record).toMatchObject({ event_action: 'CREATED_A_CLIENT', subject_id: 1 });
  });

  it('is refused like a request without a relay if its signature does not match', async () => {
    const forged = await sealedEnvelope(PRIVATE_KEY, contentOf('CREATED_A_CLIENT', OTHER_KEY));
    await expect(perform(forged)).rejects.toThrow(/its signature does not match this connection's private key/);
    const unsigned = await sealedEnvelope(PRIVATE_KEY, { ...contentOf('CREATED_A_CLIENT'), signature: '' });
    await expect(perform(unsigned)).rejects.toThrow(/has no Webhook-Signature header/);
  });
});

describe('a changed envelope makes no record and is rejected', () => {
  let text: string;
  let other: string;

  beforeAll(async () => {
    text = await envelopeOf('CREATED_A_CLIENT');
    other = await envelopeOf('EDITED_A_CLIENT');
  });

  it('when bits of it are flipped', async () => {
    const bits = fc.uniqueArray(fc.nat(Buffer.byteLength(text) * 8 - 1), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bits, async (flips) => {
        const bytes = Buffer.from(text);
        for (const bit of flips) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expectRejection(bytes.toString('utf8'));
      }),
      { numRuns: 300 },
    );
  });

  it('when parts of it come from another envelope of the same channel', async () => {
    const [ours, theirs] = [fieldsOf(text), fieldsOf(other)];
    const differing = Object.keys(ours).filter((key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]));
    expect(differing).toEqual(expect.arrayContaining(['delivery_id', 'key_id', 'actions', 'wrapped_key', 'sealed']));
    const parts = fc.subarray(differing, { minLength: 1, maxLength: differing.length - 1 });
    await fc.assert(
      fc.asyncProperty(parts, async (keys) => {
        const swapped = Object.fromEntries(keys.map((key) => [key, theirs[key]]));
        await expectRejection(JSON.stringify({ ...ours, ...swapped }));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[what: string, field: string, values: fc.Arbitrary<unknown>]>([
    ['id', 'delivery_id', fc.oneof(fc.uuid(), fc.anything())],
    ['channel', 'channel', fc.oneof(fc.constant(deriveChannel(deriveToken(OTHER_KEY, RELAY_ORIGIN))), fc.anything())],
    ['time', 'received_at', fc.oneof(fc.maxSafeInteger(), fc.anything())],
    ['event time', 'event_time', fc.oneof(fc.maxSafeInteger(), fc.constant(null), fc.anything())],
    ['set of actions', 'actions', fc.oneof(fc.array(fc.string()), fc.constant(null), fc.anything())],
    ['object', 'model', fc.oneof(fc.constantFrom('lesson', null), fc.anything())],
    ['subject', 'subject_id', fc.oneof(fc.nat().map(String), fc.anything())],
    ['data key', 'key_id', fc.oneof(fc.uuid(), fc.anything())],
  ])('when it is replayed under another %s', async (_what, field, values) => {
    const jsonOf = (value: unknown): string =>
      JSON.stringify({ ...fieldsOf(text), [field]: value }, (_key, part: unknown) =>
        typeof part === 'bigint' ? String(part) : part,
      );
    await fc.assert(
      fc.asyncProperty(values.map(jsonOf), async (replayed) => {
        fc.pre(replayed !== text);
        await expectRejection(replayed);
      }),
      { numRuns: 100 },
    );
  });

  it('when it is replaced with any other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: anyCharacter }), fc.json()), (content) => expectRejection(content)),
      { numRuns: 300 },
    );
  });
});

describe('a previous delivery', () => {
  const TIMES = ['2026-06-10T17:00:00Z', '2026-06-10T18:00:00Z'] as const;
  let text: string;
  let previous: JsonObject;
  let unknown: FlatRecord[];

  /** Returns an envelope of an event about the same client, with the given last name. */
  function envelopeAt(timestamp: string, last_name: string): Promise<string> {
    const subject = { model: 'Client', id: 1, first_name: 'Zoë', last_name };
    const delivery = deliveryOf({ action: 'EDITED_A_CLIENT', timestamp, subject });
    return sealedEnvelope(PRIVATE_KEY, signedContent(delivery, PRIVATE_KEY));
  }

  beforeAll(async () => {
    text = await envelopeAt(TIMES[1], 'Patel');
    previous = fieldsOf(await envelopeAt(TIMES[0], 'Raman'));
    unknown = await perform(text);
  });

  const performWith = (hostile: unknown) => perform(JSON.stringify({ ...fieldsOf(text), previous: hostile }));

  it('shows what changed if it is genuine', async () => {
    expect(unknown).toMatchObject([{ changes_known: false, changed_fields: null }]);
    expect(await performWith(previous)).toMatchObject([
      { changes_known: true, changed_fields: 'Client Last Name', changes: [{ before: 'Raman', after: 'Patel' }] },
    ]);
  });

  it('makes a record with unknown changes if bits are flipped, a field has another value, or it is any other value', async () => {
    const flipped = fc
      .record({ key: fc.constantFrom('sealed', 'wrapped_key'), bit: fc.nat(80 * 8 - 1) })
      .map(({ key, bit }) => {
        const bytes = Buffer.from(String(previous[key]), 'base64');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return { ...previous, [key]: bytes.toString('base64') };
      });
    const changed = fc
      .tuple(fc.constantFrom(...Object.keys(previous)), fc.jsonValue())
      .map(([key, value]) => ({ ...previous, [key]: value }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(flipped, changed, fc.jsonValue()), async (hostile) => {
        fc.pre(JSON.stringify(hostile) !== JSON.stringify(previous));
        expect(await performWith(hostile)).toEqual(unknown);
      }),
      { numRuns: 600 },
    );
  });

  it('makes a record with unknown changes if it is huge, or sealed for the channel of another connection', async () => {
    const megabytes = signedContent({ x: 'x'.repeat(4 * 1024 * 1024) }, PRIVATE_KEY);
    const huge = fieldsOf(await sealedEnvelope(PRIVATE_KEY, megabytes));
    const bomb = deflateRawSync(Buffer.alloc(MAX_CONTENT_BYTES * 10)).toString('base64');
    const theirs = fieldsOf(await sealedEnvelope(OTHER_KEY, contentOf('EDITED_A_CLIENT', OTHER_KEY)));
    const { channel } = previous;
    for (const hostile of [huge, { ...previous, sealed: bomb }, theirs, { ...theirs, channel }]) {
      expect(await performWith(hostile)).toEqual(unknown);
    }
  });

  it('makes a record with unknown changes if it is swapped with the delivery', async () => {
    const swapped = { ...previous, previous: fieldsOf(text) };
    expect(await perform(JSON.stringify(swapped))).toMatchObject([{ changes_known: false, subject_id: 1 }]);
  });
});
