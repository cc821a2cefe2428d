/** The JSON text of envelopes that a relay sends. */

import { describe, expect, it } from '@jest/globals';

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

  it('consists of its parts, has the expected length, and contains the sealed bytes, for any contents', () => {
    const unknown = { actions: null, model: null, subjectId: null, eventTime: null };
    for (const length of LENGTHS) {
      const delivery = { ...DELIVERY, ...unknown, sealed: Buffer.alloc(length, 'é"\\') };
      for (const previous of [null, ...LENGTHS.map((other) => ({ ...PREVIOUS, sealed: Buffer.alloc(other, 'ß') }))]) {
        const read = readEnvelope(JSON.parse(checkedText({ ...delivery, previous })));
        expect(bytes(read.sealed).equals(delivery.sealed)).toBe(true);
        expect(read.previous && bytes(read.previous.sealed).equals(previous?.sealed ?? Buffer.alloc(0))).toBe(
          previous && true,
        );
      }
    }
  });

  it('ends with the deliveries of the burst, and shows that it is sent again or a repeat', () => {
    const marks = [{}, { isSentAgain: true }, { isRepeat: true }, { isSentAgain: true, isRepeat: true }];
    for (const length of [10, 48 * 1024 + 1]) {
      const burst = [1, 2, 3].map((each) => ({ ...PREVIOUS, sealed: Buffer.alloc(length, each) }));
      for (const previous of [null, PREVIOUS]) {
        for (const { isSentAgain = false, isRepeat = false } of marks) {
          const value: unknown = JSON.parse(checkedText({ ...DELIVERY, previous, burst, isSentAgain, isRepeat }));
          expect(value).toMatchObject({
            ...(isSentAgain && { sent_again: true }),
            ...(isRepeat && { is_repeat: true }),
          });
          const read = readEnvelope(value);
          expect(read.isRepeat).toBe(isRepeat);
          expect(read.burst.map(({ sealed }) => bytes(sealed))).toEqual(burst.map(({ sealed }) => sealed));
        }
      }
    }
    expect(envelopeText({ ...DELIVERY, isSentAgain: false, isRepeat: false })).toBe(envelopeText(DELIVERY));
  });

  it('contains the sealed bytes in their places, even if the metadata looks like such a place', () => {
    const delivery = { ...DELIVERY, actions: ['"sealed":""', 'sealed":"'], model: '","sealed":"","x":"' };
    const { metadata, sealed } = readEnvelope(JSON.parse(checkedText({ ...delivery, burst: [PREVIOUS] })));
    expect([metadata.actions, metadata.model]).toEqual([delivery.actions, delivery.model]);
    expect(bytes(sealed).equals(delivery.sealed)).toBe(true);
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
