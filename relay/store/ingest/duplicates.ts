/**
 * Recognition of deliveries that arrive again: with the body and the signature of an earlier delivery of their channel,
 * which `relay/sealing/digest.ts` reduces to a digest.
 */

import type { NewDelivery } from '../deliveries/new-delivery.ts';

/** Returns the digest of a delivery in Base64, as the store keeps it. */
export const digestText = ({ digest }: NewDelivery): string => Buffer.from(digest).toString('base64');

/** Returns the key of a digest among the digests of all channels. */
export const digestKey = (channel: number, digest: string): string => `${channel} ${digest}`;

/**
 * Returns how a delivery relates to the newest earlier delivery with its digest: it is its duplicate within the
 * duplicate window, and its repeat after the window.
 *
 * @param earlierAt - arrival of the newest earlier delivery with the digest; undefined if there is none
 * @param duplicateMs - length of the duplicate window
 */
export function repetitionOf(
  { receivedAt }: Pick<NewDelivery, 'receivedAt'>,
  earlierAt: number | undefined,
  duplicateMs: number,
): 'none' | 'duplicate' | 'repeat' {
  if (earlierAt === undefined) return 'none';
  return earlierAt > receivedAt - duplicateMs ? 'duplicate' : 'repeat';
}
