/** Opens the sealed deliveries that a relay stores and sends, with keys derived from a connection's private key. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { EnvelopeOpener, type OpenedDelivery } from '../../wire/sealing/envelope-opener.ts';
import {
  type DeliveryContent,
  type DeliveryMetadata,
  SealingRejection,
  type RejectionReason,
} from '../../wire/sealing/format.ts';
import { SIGNATURE_HEADER } from '../../wire/signature.ts';
import { privateKeyOf, privateKeyProblem } from '../api/private-key.ts';
import { sha256 } from '../api/sha256.ts';
import type { ReceivedDelivery, SignedDelivery } from './kept-events.ts';
import { markOldKey } from './old-key.ts';
import { KEY_TOO_SHORT, refusedRequest } from './refusal-messages.ts';

/** A delivery that the relay stores. */
export interface StoredDelivery extends ReceivedDelivery {
  readonly metadata: DeliveryMetadata;
}

/** Maximum number of cached openers. Zapier runs the Zaps of many connections in one process. */
const MAX_OPENERS = 100;

/** Openers, keyed by a hash of the private key and the origin, least recently used first. */
const openers = new Map<string, EnvelopeOpener>();

/**
 * Returns the cached opener of a connection, which unwraps each data key only once.
 *
 * @throws {RangeError} if the private key is too short to derive keys from
 */
export function openerFor(privateKey: string, origin: string): EnvelopeOpener {
  const key = sha256(JSON.stringify([origin, privateKey]));
  const opener = openers.get(key) ?? new EnvelopeOpener(privateKey, origin);
  openers.delete(key);
  openers.set(key, opener);
  const [oldest = key] = openers.keys();
  if (openers.size > MAX_OPENERS) openers.delete(oldest);
  return opener;
}

const REJECTION_MESSAGES: Readonly<Record<RejectionReason, string>> = {
  malformed:
    'This request was refused because it is not a sealed event that this app can read. If you sent it yourself ' +
    'to try out the URL, ignore this message. Otherwise, check in TutorCruncher (Settings > API) that the integration ' +
    'contains the webhook URL that the trigger shows in the editor, not the URL of this Zap. If it does, the relay and ' +
    'this app have different versions: tell the person who gave you this app.',
  'other-channel':
    "This request was refused because it is sealed for another private key, not for this connection's. The most " +
    'likely cause is that the connection was given another private key while the Zap was on. Turn the Zap off and on ' +
    'again. If TutorCruncher still sends its events to the old webhook URL, copy the new one from the trigger in the ' +
    'editor into the integration whose private key this connection uses (Settings > API). The connection can no longer ' +
    'open this event: look for it in TutorCruncher, and do the work of the Zap by hand.',
  damaged:
    'This request was refused because it was changed after the relay sealed it, or because it did not come from the ' +
    'relay. If you sent it yourself to try out the URL, ignore this message. Otherwise, look up the event in ' +
    'TutorCruncher, and send this message to the person who gave you this app.',
};

const signedAs = ({ body, signature }: DeliveryContent): SignedDelivery => ({
  content: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
  headers: { [SIGNATURE_HEADER]: signature },
});

const receivedAs = (delivery: OpenedDelivery): ReceivedDelivery => ({
  ...signedAs(delivery),
  previous: delivery.previous && signedAs(delivery.previous),
  burst: delivery.burst.map(signedAs),
  isRepeat: delivery.isRepeat,
});

/**
 * Opens the delivery in a relay's request.
 *
 * @param trigger - label of the Zap's trigger
 * @throws {Error} a HaltedError if the connection cannot open the delivery
 */
export async function openedRequest(
  z: ZObject,
  bundle: Bundle,
  origin: string,
  trigger: string,
): Promise<ReceivedDelivery> {
  const privateKey = privateKeyOf(bundle);
  const content: unknown = bundle.rawRequest?.content;
  try {
    const opener = openerFor(privateKey, origin);
    return receivedAs(await opener.openText(typeof content === 'string' ? content : ''));
  } catch (error) {
    if (error instanceof SealingRejection && error.reason === 'other-channel') await markOldKey(z, bundle, trigger);
    // Any error other than a rejection means that the private key is too short.
    const reason = error instanceof SealingRejection ? REJECTION_MESSAGES[error.reason] : KEY_TOO_SHORT;
    throw refusedRequest(z, privateKeyProblem(privateKey) ?? reason);
  }
}

/** Opens the deliveries of `GET /channel/events`. Omits deliveries that are damaged or sealed for another key. */
export async function openedDeliveries(
  opener: EnvelopeOpener,
  envelopes: readonly unknown[],
): Promise<StoredDelivery[]> {
  const outcomes = await Promise.allSettled(envelopes.map((envelope) => opener.open(envelope)));
  return outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [{ ...receivedAs(outcome.value), metadata: outcome.value.metadata }] : [],
  );
}
