/** Deliveries of `npm start -- send`. They take the same path as TutorCruncher's: through the relay to the Zap. */

import { digestOf } from '../relay/store/digest.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { selectsAction } from '../wire/action-filter.ts';
import { eventsOf } from '../wire/delivery.ts';
import { EnvelopeOpener } from '../wire/sealing/envelope-opener.ts';
import type { DeliveryContent } from '../wire/sealing/format.ts';
import { SIGNATURE_HEADER } from '../wire/signature.ts';
import { postToRelay, turnOnAll, webhookUrlOf, type SetUp } from './relayed-zaps.ts';
import type { Report, ZapResult } from './zap-result.ts';
import { messageOf, type IncomingRequest } from './zapier.ts';

const keyOf = (content: Pick<DeliveryContent, 'body' | 'signature'>): string => digestOf(content).toString('hex');

/** Returns true if the relay sends a delivery to the Zap of a trigger. */
const isSelected = (triggerKey: string, body: string): boolean =>
  webhookTriggers.some(
    ({ definition, filter }) =>
      definition.key === triggerKey && eventsOf(body).some(({ action }) => selectsAction(filter.actions, action)),
  );

/** Sends deliveries to the relay, and recognizes them when the relay delivers them. */
export class SentDeliveries {
  readonly #starting: Promise<SetUp>;
  /** Digests of all deliveries that the relay has accepted. */
  readonly #accepted = new Set<string>();
  /** Reports by the digest of a delivery whose Zap has not run yet. */
  readonly #reports = new Map<string, Report>();

  /** @param starting - resolves at the end of the demonstration; deliveries that arrive earlier wait for it */
  constructor(starting: Promise<SetUp>) {
    this.#starting = starting;
  }

  /** Turns on the Zap of a trigger, sends a signed request to the relay, and resolves with the result of the Zap's run. */
  async send(triggerKey: string, { body, headers }: IncomingRequest): Promise<ZapResult> {
    const setUp = await this.#starting;
    const signature = String(headers[SIGNATURE_HEADER.toLowerCase()]);
    const key = keyOf({ body: Buffer.from(body), signature });
    if (this.#accepted.has(key)) {
      return {
        result: 'failed',
        message:
          'The relay has already received a delivery with the same bytes, and drops duplicates. Change the body, for ' +
          'example its request_time, and send it again.',
      };
    }
    try {
      await turnOnAll(setUp, triggerKey);
      const ran = new Promise<ZapResult>((resolve) => this.#reports.set(key, resolve));
      const url = await webhookUrlOf(setUp.zapier, triggerKey);
      const contentType = String(headers['content-type']);
      const { status } = await postToRelay(url, {
        body,
        headers: { 'Content-Type': contentType, [SIGNATURE_HEADER]: signature },
      });
      if (!status.startsWith('202')) return { result: 'failed', message: `The relay responded with ${status}.` };
      this.#accepted.add(key);
      return isSelected(triggerKey, Buffer.from(body).toString()) ? await ran : { result: 'accepted', records: 0 };
    } catch (error) {
      return { result: 'failed', message: messageOf(error) };
    }
  }

  /** Returns the report that a run of a Zap is owed; null if the delivery was not sent with {@link SentDeliveries.send}. */
  async reportOf({ body }: IncomingRequest): Promise<Report | null> {
    if (this.#reports.size === 0) return null;
    const { privateKey, relayOrigin } = await this.#starting;
    try {
      const envelope = await new EnvelopeOpener(privateKey, relayOrigin).openText(Buffer.from(body).toString());
      const key = keyOf({ body: Buffer.from(envelope.body), signature: envelope.signature });
      const report = this.#reports.get(key) ?? null;
      this.#reports.delete(key);
      return report;
    } catch {
      // The request did not come from the relay.
      return null;
    }
  }
}
