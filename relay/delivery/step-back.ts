/**
 * Detects that the database has stepped back to an earlier state, for example after a failover to a standby that lags
 * behind.
 */

import type { ClaimedChannel } from '../store/outcomes/claims.ts';
import type { Needed } from './content-cache.ts';

/** The newest position in a channel that a service has read from the store. */
export interface ServicePosition {
  /** Sequence number of the newest delivery of the channel. */
  readonly newestSeq: number;
  /** The newest delivery that has arrived since the claim; null before the first arrival. */
  readonly newestArrival: Needed | null;
}

/**
 * Returns true if the database has stepped back since a position was read. The database then lacks the position, or has
 * given its sequence number to another delivery.
 *
 * @param current - the channel, read after the position
 * @param ids - the ids of deliveries by sequence number, read after the position
 */
export function hasSteppedBack(
  { newestSeq, newestArrival }: ServicePosition,
  current: Pick<ClaimedChannel, 'newestSeq'>,
  ids: ReadonlyMap<number, string>,
): boolean {
  if (current.newestSeq < newestSeq) return true;
  if (!newestArrival) return false;
  // A delivery that has been deleted has no id.
  const { seq, deliveryId } = newestArrival;
  return (ids.get(seq) ?? deliveryId) !== deliveryId;
}
