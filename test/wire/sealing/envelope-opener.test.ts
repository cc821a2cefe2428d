/** The opening of envelopes, and the rejection of all envelopes that differ from the sealed originals. */

import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import { type DeliveryMetadata, SealingRejection } from '../../../wire/sealing/format.ts';
import { sealedEnvelope } from '../../support/sealed-envelope.ts';
import {
  CHANNEL,
  CONTENT,
  ENVELOPE,
  ENVELOPE_WITH_PREVIOUS,
  METADATA,
  ORIGIN,
  PREVIOUS_CONTENT,
  PREVIOUS_METADATA,
  PRIVATE_KEY,
  SEALED_DEFLATED,
} from './vectors.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
const TEXT = JSON.stringify(ENVELOPE);
/** The expected contents of the frozen envelope. */
const OPENED = { ...CONTENT, metadata: METADATA, previous: null, burst: [], isRepeat: false };

/**
 * Returns the error with which the opener rejects a text. Fails if the text is opened or if another error is thrown.
 */
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
});
