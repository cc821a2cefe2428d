/** Deliveries that arrive at a target in a chaos run. */

import type { DeliveryContent } from '../../wire/sealing/format.ts';
import { readEnvelope } from '../../wire/sealing/format.ts';
import { sign } from '../../wire/signature.ts';
import { openEnvelope } from '../harness/opened-deliveries.ts';
import { KEY } from '../harness/sample-delivery.ts';
import { sentEventIn, type SentEvent } from './sent-event.ts';

/** An event and the previous event in its envelope. */
export interface Arrival {
  readonly event: SentEvent;
  readonly previous: SentEvent | null;
}

/** Returns the event of an opened delivery; null if its signature is invalid. */
function verifiedEvent({ body, signature }: DeliveryContent): SentEvent | null {
  const bytes = Buffer.from(body);
  return signature === sign(bytes, KEY) ? sentEventIn(bytes.toString()) : null;
}

/**
 * Opens an envelope and checks the signatures in it, as a Zap does. A Zap ignores a previous delivery that it cannot
 * verify. A chaos run rejects it, because a relay should never send one.
 *
 * @returns null if the envelope, its previous delivery or one of the signatures is invalid
 */
export async function arrivalIn(envelope: Buffer): Promise<Arrival | null> {
  try {
    const fields: unknown = JSON.parse(envelope.toString());
    const opened = await openEnvelope(fields);
    const event = verifiedEvent(opened);
    const previous = opened.previous && verifiedEvent(opened.previous);
    const isComplete = (readEnvelope(fields).previous === null) === (previous === null);
    return event && isComplete ? { event, previous } : null;
  } catch {
    return null;
  }
}
