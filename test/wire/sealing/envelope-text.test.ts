/** The JSON text of the envelopes that a relay sends. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  envelopeLength,
  envelopeParts,
  envelopeText,
  type EnvelopeBytes,
} from '../../../wire/sealing/envelope-text.ts';
import { readEnvelope } from '../../../wire/sealing/format.ts';
import {
  ENVELOPE,
  ENVELOPE_WITH_PREVIOUS,
  METADATA,
  PREVIOUS_METADATA,
  SEALED_PLAIN,
  SEALED_PREVIOUS,
  WRAPPED_KEY,
} from './vectors.ts';

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

const wrappedKey = bytes(WRAPPED_KEY);
const PREVIOUS = { ...PREVIOUS_METADATA, wrappedKey, sealed: bytes(SEALED_PREVIOUS) };
const DELIVERY: EnvelopeBytes = { ...METADATA, wrappedKey, sealed: bytes(SEALED_PLAIN), previous: null, burst: [] };

/** Numbers of sealed bytes: every remainder modulo three, and lengths close to the part size. */
const LENGTHS = [0, 1, 2, 3, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 300_000];

/** Returns the text of an envelope. Checks its parts and its length. */
function checkedText(delivery: EnvelopeBytes): string {
  const text = envelopeText(delivery);
  expect([...envelopeParts(delivery)].join('') === text).toBe(true);
  expect(envelopeLength(delivery)).toBe(Buffer.byteLength(text));
  return text;
}

describe('the text of an envelope', () => {
  it.each([
    ['without a previous delivery', null, ENVELOPE],
    ['with a previous delivery', PREVIOUS, ENVELOPE_WITH_PREVIOUS],
  ])('is the frozen text %s', (_which, previous, envelope) => {
    expect(envelopeText({ ...DELIVERY, previous })).toBe(JSON.stringify(envelope));
  });

  it('consists of its parts, has the expected length, and is read as it was, for any contents', () => {
    const sealed = fc.constantFrom(...LENGTHS).map((length) => Buffer.alloc(length, 'é"\\'));
    const earlier = sealed.map((content) => ({ ...PREVIOUS, sealed: content }));
    const envelope = fc.record({
      sealed,
      previous: fc.option(earlier),
      burst: fc.array(earlier, { maxLength: 3 }),
      isSentAgain: fc.boolean(),
      isRepeat: fc.boolean(),
      // These texts look like the placeholders of sealed bytes.
      actions: fc.constantFrom(null, ['"sealed":""', 'sealed":"']),
      model: fc.constantFrom(null, '","sealed":"","x":"'),
    });
    fc.assert(
      fc.property(envelope, (fields) => {
        const value: unknown = JSON.parse(checkedText({ ...DELIVERY, ...fields }));
        const read = readEnvelope(value);
        expect(value).toMatchObject(fields.isSentAgain ? { sent_again: true } : {});
        expect(read).toMatchObject({
          isRepeat: fields.isRepeat,
          metadata: { actions: fields.actions, model: fields.model },
          sealed: fields.sealed.toString('base64'),
          previous: fields.previous && { sealed: fields.previous.sealed.toString('base64') },
          burst: fields.burst.map((one) => ({ sealed: one.sealed.toString('base64') })),
        });
      }),
    );
  });

  it('has parts of at most 64 kB', () => {
    const large = {
      ...DELIVERY,
      sealed: Buffer.alloc(1_000_000),
      previous: { ...PREVIOUS, sealed: Buffer.alloc(1_000_000) },
    };
    const lengths = [...envelopeParts(large)].map((part) => part.length);
    expect(Math.max(...lengths)).toBe(64 * 1024);
    expect([...envelopeParts(DELIVERY)]).toEqual([envelopeText(DELIVERY)]);
  });
});
