/** Opening of envelopes, and rejection of all envelopes that differ from what the relay sealed. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import {
  type DeliveryMetadata,
  type EnvelopeFields,
  type SealedFields,
  SealingRejection,
} from '../../../wire/sealing/format.ts';
import { sealKeyFingerprint, sealKeyFromText, sealKeySeed, sealKeyText } from '../../../wire/sealing/seal-key.ts';
import { sealedEnvelope } from '../../sealed-envelope.ts';
import {
  CHANNEL,
  CONTENT,
  ENVELOPE,
  ENVELOPE_WITH_PREVIOUS,
  FINGERPRINT,
  METADATA,
  ORIGIN,
  PREVIOUS_CONTENT,
  PREVIOUS_METADATA,
  PRIVATE_KEY,
  SEAL_KEY,
  SEALED_DEFLATED,
} from './vectors.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
const TEXT = JSON.stringify(ENVELOPE);
/** The opened frozen envelope. */
const OPENED = { ...CONTENT, metadata: METADATA, previous: null, burst: [], isRepeat: false };

/** Returns the rejection of a text. Fails if the text is opened or if another error is thrown. */
async function rejectionOf(opener: EnvelopeOpener, text: string): Promise<SealingRejection> {
  try {
    await opener.openText(text);
  } catch (error) {
    if (error instanceof SealingRejection) return error;
    throw error;
  }
  throw new Error('The envelope was opened.');
}

/** Returns a genuine envelope of another delivery. */
const sealedWith = (changes: Partial<DeliveryMetadata>, body: string): Promise<string> =>
  sealedEnvelope(PRIVATE_KEY, { ...CONTENT, body: Buffer.from(body) }, { ...METADATA, id: randomUUID(), ...changes });

describe('the seal key', () => {
  it('is the frozen key', async () => {
    const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, ORIGIN).sealKeyPair();
    expect(sealKeyText(publicKey)).toBe(SEAL_KEY);
    expect(sealKeyFingerprint(publicKey)).toBe(FINGERPRINT);
    expect(Buffer.from(sealKeyFromText(SEAL_KEY) ?? [])).toEqual(Buffer.from(publicKey));
  });

  it('is not accepted from any other text', () => {
    for (const text of ['', SEAL_KEY.slice(1), `${SEAL_KEY}A`, `${SEAL_KEY}=`, SEAL_KEY.replace(/w$/, 'x')]) {
      expect(sealKeyFromText(text)).toBeNull();
    }
  });

  it('is not derived from a key that could be guessed', () => {
    expect(() => sealKeySeed('x'.repeat(19))).toThrow(RangeError);
    expect(() => new EnvelopeOpener('x'.repeat(19), ORIGIN)).toThrow(RangeError);
  });
});

describe('an opener', () => {
  it.each([
    ['without compression', ENVELOPE, null],
    ['with compression', { ...ENVELOPE, sealed: SEALED_DEFLATED }, null],
    ['with its previous delivery', ENVELOPE_WITH_PREVIOUS, { ...PREVIOUS_CONTENT, metadata: PREVIOUS_METADATA }],
  ])('opens the frozen envelope %s', async (_how, envelope, previous) => {
    const opened = await new EnvelopeOpener(PRIVATE_KEY, ORIGIN).open(envelope);
    expect({ ...opened, body: Buffer.from(opened.body) }).toEqual({ ...OPENED, previous });
  });

  it('opens the deliveries of the burst in order, except for damaged ones', async () => {
    const { previous: genuine } = ENVELOPE_WITH_PREVIOUS;
    const damaged = { ...genuine, event_time: 1 };
    const burst = [genuine, damaged, 7, ENVELOPE];
    const opened = await new EnvelopeOpener(PRIVATE_KEY, ORIGIN).open({ ...ENVELOPE, burst });
    const deliveries = [
      { ...PREVIOUS_CONTENT, metadata: PREVIOUS_METADATA },
      { ...CONTENT, metadata: METADATA },
    ];
    expect(opened).toEqual({ ...OPENED, burst: deliveries });
  });

  it('leaves out earlier deliveries that have arrived later, apart from the difference between two clocks', async () => {
    const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);
    for (const minutes of [5, 6]) {
      const receivedAt = METADATA.receivedAt + minutes * 60_000;
      const earlier: unknown = JSON.parse(await sealedEnvelope(PRIVATE_KEY, CONTENT, { receivedAt }, ORIGIN));
      const opened = await opener.open({ ...ENVELOPE, previous: earlier, burst: [earlier] });
      expect([opened.previous, ...opened.burst].map((one) => one?.metadata.receivedAt)).toEqual(
        minutes === 5 ? [receivedAt, receivedAt] : [undefined],
      );
    }
  });

  it('opens more deliveries under a data key that it has unwrapped', async () => {
    const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);
    for (let round = 0; round < 3; round++) {
      expect((await opener.openText(TEXT)).metadata).toEqual(METADATA);
      expect((await rejectionOf(opener, TEXT.replace('oKGio6Sl', 'oKGio6Sk'))).reason).toBe('damaged');
    }
  });

  it('opens deliveries under any number of data keys, in any order', async () => {
    const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);
    const texts = await Promise.all(Array.from({ length: 70 }, () => sealedWith({ keyId: randomUUID() }, '{}')));
    for (const text of [...texts, ...texts.toReversed()]) {
      expect(String(Buffer.from((await opener.openText(text)).body))).toBe('{}');
    }
  });

  it.each([
    ['private key', OTHER_KEY, ORIGIN],
    ['relay', PRIVATE_KEY, 'https://other.example.com'],
  ])('rejects an envelope for another %s with that reason', async (_what, privateKey, origin) => {
    const opener = new EnvelopeOpener(privateKey, origin);
    expect(await rejectionOf(opener, TEXT)).toEqual(new SealingRejection('other-channel'));
    // The message contains no part of the delivery.
    const claimed = TEXT.replace(CHANNEL, deriveChannel(deriveToken(privateKey, origin)));
    const { reason, message } = await rejectionOf(opener, claimed);
    expect([reason, message]).toEqual(['damaged', 'The sealed delivery is damaged, or sealed for another key.']);
  });

  it('rejects values that are not envelopes', async () => {
    const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);
    for (const text of ['', '{', 'null', '[]', '{}', '"text"', CONTENT.body.toString()]) {
      expect((await rejectionOf(opener, text)).reason).toBe('malformed');
    }
  });
});

describe('a changed envelope is never opened, and causes only a rejection', () => {
  const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);

  it('after any single bit is flipped', async () => {
    const bytes = Buffer.from(TEXT);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await rejectionOf(opener, flipped.toString('utf8'));
    }
  });

  it('when its sealed bytes or its wrapped key are truncated or extended', async () => {
    for (const key of ['sealed', 'wrapped_key'] as const) {
      const bytes = Buffer.from(ENVELOPE[key], 'base64');
      for (let length = 0; length < bytes.length; length++) {
        const shorter = bytes.subarray(0, length).toString('base64');
        await rejectionOf(opener, JSON.stringify({ ...ENVELOPE, [key]: shorter }));
      }
      const longer = Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64');
      await rejectionOf(opener, JSON.stringify({ ...ENVELOPE, [key]: longer }));
    }
  });

  it('with any other value of a field', async () => {
    const others: Readonly<Record<keyof SealedFields, fc.Arbitrary<unknown>>> = {
      format: fc.anything(),
      channel: fc.oneof(fc.string(), fc.anything()),
      delivery_id: fc.oneof(fc.uuid(), fc.anything()),
      key_id: fc.oneof(fc.uuid(), fc.anything()),
      received_at: fc.oneof(fc.maxSafeInteger(), fc.anything()),
      actions: fc.oneof(fc.array(fc.string()), fc.subarray([...(ENVELOPE.actions ?? [])]), fc.anything()),
      model: fc.oneof(fc.constantFrom('lesson', null), fc.anything()),
      subject_id: fc.oneof(fc.nat().map(String), fc.anything()),
      event_time: fc.oneof(fc.maxSafeInteger(), fc.constant(null), fc.anything()),
      wrapped_key: fc.oneof(fc.base64String(), fc.anything()),
      sealed: fc.oneof(fc.base64String(), fc.anything()),
    };
    for (const [key, values] of Object.entries(others)) {
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const text = JSON.stringify({ ...ENVELOPE, [key]: value }, (_key, part: unknown) =>
            typeof part === 'bigint' ? String(part) : part,
          );
          fc.pre(text !== TEXT);
          await rejectionOf(opener, text);
        }),
        { numRuns: 100 },
      );
    }
  });

  it('when parts of two genuine envelopes of one channel are swapped', async () => {
    const keyId = randomUUID();
    const texts = [
      await sealedWith({ keyId, receivedAt: 1, actions: ['A'], subjectId: '1', eventTime: 1 }, '{"a":1}'),
      await sealedWith({ keyId, receivedAt: 2, actions: ['B'], subjectId: '2', eventTime: 2 }, '{"b":2}'),
    ];
    for (const text of texts) await opener.openText(text);
    const [first, second] = texts.map((text) => JSON.parse(text) as Record<string, unknown>);
    if (!first || !second) throw new Error('There are no two envelopes.');
    const fields = Object.keys(first).filter((key) => first[key] !== second[key] && key !== 'actions');
    expect(fields).toEqual(['delivery_id', 'received_at', 'subject_id', 'event_time', 'wrapped_key', 'sealed']);
    for (let choice = 1; choice < 2 ** fields.length; choice++) {
      const swapped = fields.filter((_, index) => choice & (1 << index)).map((key) => [key, second[key]]);
      await rejectionOf(opener, JSON.stringify({ ...first, ...Object.fromEntries(swapped) }));
    }
    for (const actions of [['B'], ['A', 'B'], [], null]) {
      await rejectionOf(opener, JSON.stringify({ ...first, actions }));
    }
  });
});

describe('a changed previous delivery is not opened, but the delivery itself is', () => {
  const opener = new EnvelopeOpener(PRIVATE_KEY, ORIGIN);

  async function expectNoPrevious(previous: unknown): Promise<void> {
    const opened = await opener.open({ ...ENVELOPE, previous });
    expect(opened).toEqual(OPENED);
  }

  it('if it belongs to the channel of another private key or relay', async () => {
    const theirs = [
      await sealedEnvelope(OTHER_KEY, CONTENT, {}, ORIGIN),
      await sealedEnvelope(PRIVATE_KEY, CONTENT, {}, 'https://other.example.com'),
    ];
    for (const text of theirs) {
      const envelope = JSON.parse(text) as EnvelopeFields;
      await expectNoPrevious(envelope);
      await expectNoPrevious({ ...envelope, channel: CHANNEL });
    }
  });

  it('if it is replaced with another value', async () => {
    const { previous } = ENVELOPE_WITH_PREVIOUS;
    const values = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom(...Object.keys(previous)), fc.jsonValue())
        .map(([key, value]) => ({ ...previous, [key]: value })),
    );
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(previous));
        await expectNoPrevious(value);
      }),
      { numRuns: 300 },
    );
  });

  it('a genuine previous delivery does not affect the rejection of its envelope', async () => {
    const text = JSON.stringify(ENVELOPE_WITH_PREVIOUS).replace('oKGio6Sl', 'oKGio6Sk');
    expect((await rejectionOf(opener, text)).reason).toBe('damaged');
  });
});
