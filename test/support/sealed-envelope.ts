/** Builds envelopes as a relay does. */

import { randomBytes, randomUUID } from 'node:crypto';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { envelopeText, type SealedBytes } from '../../wire/sealing/envelope-text.ts';
import { DATA_KEY_BYTES, type DeliveryContent, type DeliveryMetadata } from '../../wire/sealing/format.ts';
import { wrapDataKey } from '../../wire/sealing/key-wrap.ts';
import { sealDelivery } from '../../wire/sealing/seal.ts';
import { sign } from '../../wire/signature.ts';

export const RELAY_ORIGIN = 'https://relay.example.com';

/** The origin of a relay that rejects every request at once. */
export const UNUSED_RELAY = 'http://127.0.0.1:9';

/** Returns a delivery as TutorCruncher signs it with a private key. */
export function signedContent(delivery: object, privateKey: string): DeliveryContent {
  const body = Buffer.from(JSON.stringify(delivery));
  return { body, signature: sign(body, privateKey), contentType: 'application/json' };
}

/** Returns a function that seals deliveries for a connection under a new data key. */
export async function createSeal(privateKey: string, keyId: string = randomUUID(), origin = RELAY_ORIGIN) {
  const names = { channel: deriveChannel(deriveToken(privateKey, origin)), keyId };
  const { publicKey } = await new EnvelopeOpener(privateKey, origin).sealKeyPair();
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const wrappedKey = await wrapDataKey(publicKey, dataKey, names);
  return (content: DeliveryContent, changes: Partial<DeliveryMetadata>): SealedBytes => {
    const metadata: DeliveryMetadata = {
      ...names,
      id: randomUUID(),
      receivedAt: Date.now(),
      actions: ['A'],
      model: null,
      subjectId: null,
      eventTime: null,
      ...changes,
    };
    return { ...metadata, wrappedKey, sealed: sealDelivery(dataKey, metadata, content) };
  };
}

/** Seals a delivery for a connection under a new data key. Returns the envelope as JSON text. */
export async function sealedEnvelope(
  privateKey: string,
  content: DeliveryContent,
  changes: Partial<DeliveryMetadata> = {},
  origin = RELAY_ORIGIN,
): Promise<string> {
  const seal = await createSeal(privateKey, changes.keyId, origin);
  return envelopeText({ ...seal(content, changes), previous: null, burst: [] });
}

/** Returns an envelope with the delivery of another envelope as its previous delivery. */
export const withPrevious = (envelope: string, previous: string): string =>
  JSON.stringify({ ...(JSON.parse(envelope) as object), previous: JSON.parse(previous) as unknown });

/** Returns an envelope with the deliveries of other envelopes as the earlier deliveries of its burst. */
export const withBurst = (envelope: string, burst: readonly string[]): string =>
  JSON.stringify({ ...(JSON.parse(envelope) as object), burst: burst.map((each) => JSON.parse(each) as unknown) });
