/** Opens deliveries to the sample channel, as a Zap does. */

import { EnvelopeOpener, type OpenedDelivery } from '../../wire/sealing/envelope-opener.ts';
import { envelopeText } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import { KEY, ORIGIN } from './sample-delivery.ts';

const opener = new EnvelopeOpener(KEY, ORIGIN);

/** Opens the body of an attempt. @throws {SealingRejection} if the body is not an envelope of the sample channel */
export const openAttempt = (body: Buffer): Promise<OpenedDelivery> => opener.openText(body.toString());

/** Opens an envelope in a response. @throws {SealingRejection} if the value is not an envelope of the sample channel */
export const openEnvelope = (envelope: unknown): Promise<OpenedDelivery> => opener.open(envelope);

/** Opens a stored delivery. @throws {SealingRejection} if the delivery was not sealed for the sample channel */
export const openDelivery = (delivery: Delivery): Promise<OpenedDelivery> => opener.openText(envelopeText(delivery));
