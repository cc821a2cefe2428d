import { createHash } from 'node:crypto';

import type { DeliveryContent } from '../../wire/sealing/format.ts';

/**
 * Returns the SHA-256 digest by which duplicates are recognized. The digest covers the signature, so that a delivery
 * with a forged signature does not turn the genuine one into a duplicate.
 */
export const digestOf = ({ body, signature }: Pick<DeliveryContent, 'body' | 'signature'>): Buffer =>
  createHash('sha256').update(signature).update('\n').update(body).digest();
