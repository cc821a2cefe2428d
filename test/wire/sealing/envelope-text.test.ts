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

describe('the text of an envelope', () => {
  it.each([
    ['without a previous delivery', null, ENVELOPE],
    ['with a previous delivery', PREVIOUS, ENVELOPE_WITH_PREVIOUS],
  ])('is the frozen text %s', (_which, previous, envelope) => {
    expect(envelopeText({ ...DELIVERY, previous })).toBe(JSON.stringify(envelope));
  });

  it('consists of its parts, and has the expected length, for any sealed contents', () => {
    const unknown = { actions: null, model: null, subjectId: null, eventTime: null };
    for (const length of LENGTHS) {
      const delivery = { ...DELIVERY, ...unknown, sealed: Buffer.alloc(length, 'é"\\') };
      for (const previous of [null, ...LENGTHS.map((other) => ({ ...PREVIOUS, sealed: Buffer.alloc(other, 'ß') }))]) {
        const text = envelopeText({ ...delivery, previous });
        expect([...envelopeParts({ ...delivery, previous })].join('') === text).toBe(true);
        expect(envelopeLength({ ...delivery, previous })).toBe(Buffer.byteLength(text));
        const read = readEnvelope(JSON.parse(text));
        expect(bytes(read.sealed).equals(delivery.sealed)).toBe(true);
        expect(read.previous && bytes(read.previous.sealed).equals(previous?.sealed ?? Buffer.alloc(0))).toBe(
          previous && true,
        );
      }
    }
  });

  it('lists the deliveries of the burst after the previous delivery', () => {
    for (const length of [10, 48 * 1024 + 1]) {
      const burst = [1, 2, 3].map((each) => ({ ...PREVIOUS, sealed: Buffer.alloc(length, each) }));
      for (const previous of [null, PREVIOUS]) {
        const delivery = { ...DELIVERY, previous, burst, isSentAgain: true };
        const text = envelopeText(delivery);
        expect([...envelopeParts(delivery)].join('') === text).toBe(true);
        expect(envelopeLength(delivery)).toBe(Buffer.byteLength(text));
        expect(readEnvelope(JSON.parse(text)).burst.map(({ sealed }) => bytes(sealed))).toEqual(
          burst.map(({ sealed }) => sealed),
        );
      }
    }
  });

  it('shows that a person has sent the delivery again', () => {
    for (const previous of [null, PREVIOUS]) {
      for (const length of [10, 300_000]) {
        const delivery = { ...DELIVERY, previous, sealed: Buffer.alloc(length) };
        const text = envelopeText({ ...delivery, isSentAgain: true });
        expect(JSON.parse(text)).toEqual({ ...JSON.parse(envelopeText(delivery)), sent_again: true });
        expect([...envelopeParts({ ...delivery, isSentAgain: true })].join('') === text).toBe(true);
        expect(envelopeLength({ ...delivery, isSentAgain: true })).toBe(Buffer.byteLength(text));
        expect(readEnvelope(JSON.parse(text))).toEqual(readEnvelope(JSON.parse(envelopeText(delivery))));
      }
    }
  });

  it('shows that the delivery is a repeat', () => {
    for (const [previous, length] of [
      [null, 10],
      [PREVIOUS, 300_000],
    ] as const) {
      const delivery = { ...DELIVERY, previous, sealed: Buffer.alloc(length) };
      for (const isSentAgain of [false, true]) {
        const repeat = { ...delivery, isSentAgain, isRepeat: true };
        const text = envelopeText(repeat);
        expect(JSON.parse(text)).toEqual({
          ...JSON.parse(envelopeText({ ...delivery, isSentAgain })),
          is_repeat: true,
        });
        expect([...envelopeParts(repeat)].join('') === text).toBe(true);
        expect(envelopeLength(repeat)).toBe(Buffer.byteLength(text));
        expect(readEnvelope(JSON.parse(text))).toMatchObject({ isRepeat: true });
      }
      expect(envelopeText({ ...delivery, isRepeat: false })).toBe(envelopeText(delivery));
      expect(readEnvelope(JSON.parse(envelopeText(delivery)))).toMatchObject({ isRepeat: false });
    }
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
