import { createHash } from 'node:crypto';

import type { DeliveryContent } from '../../wire/sealing/format.ts';

/**
 * Returns the digest that identifies duplicates. The digest includes the signature, because otherwise a forgery with
 * the same body would make the original a duplicate.
 */
export const digestOf = ({ body, signature }: Pick<DeliveryContent, 'body' | 'signature'>): Buffer =>
  createHash('sha256').update(signature).update('\n').update(body).digest();

/** Number of bytes that are hashed in one step, which takes about a millisecond. */
const STEP_BYTES = 512 * 1024;

/**
 * Returns the digest of a large delivery. Awaits `pause` between steps, so that hashing does not block the event loop.
 */
export async function digestInSteps(
  { body, signature }: Pick<DeliveryContent, 'body' | 'signature'>,
  pause: () => Promise<unknown>,
): Promise<Buffer> {
  const hash = createHash('sha256').update(signature).update('\n');
  for (let start = 0; start < body.length; start += STEP_BYTES) {
    hash.update(body.subarray(start, start + STEP_BYTES));
    await pause();
  }
  return hash.digest();
}
