/**
 * Recognizes deliveries that arrive again, with the body and the signature of an earlier delivery in the same channel.
 * `relay/sealing/digest.ts` computes the digest of the body and the signature.
 */

import type { NewDelivery } from '../deliveries/new-delivery.ts';

/** Returns the digest of a delivery in Base64, as stored. */
export const digestText = ({ digest }: NewDelivery): string => Buffer.from(digest).toString('base64');

/** Returns a key for a digest that is unique among the digests of all channels. */
export const digestKey = (channel: number, digest: string): string => `${channel} ${digest}`;

/**
 * Compares a delivery with the newest earlier delivery that has the same digest. Returns `duplicate` within the
 * duplicate window, and `repeat` after the window.
 *
 * @param earlierAt - arrival of the newest earlier delivery with the digest; undefined if no such delivery is known
 * @param duplicateMs - length of the duplicate window in milliseconds
 */
export function repetitionOf(
  { receivedAt }: Pick<NewDelivery, 'receivedAt'>,
  earlierAt: number | undefined,
  duplicateMs: number,
): 'none' | 'duplicate' | 'repeat' {
  if (earlierAt === undefined) return 'none';
  return earlierAt > receivedAt - duplicateMs ? 'duplicate' : 'repeat';
}
