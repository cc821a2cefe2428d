/** The successor of a Zap that is off. */

import type { Subscription } from '../store/rows/subscription.ts';

/**
 * Returns the newest Zap that is on and has the same trigger and choices as a Zap that is off; undefined if there is no
 * such Zap. If the Zap itself has been turned on again, returns this Zap.
 */
export function successorOf(ended: Subscription, zaps: readonly Subscription[]): Subscription | undefined {
  const choicesOf = ({ filter, description }: Subscription) =>
    JSON.stringify([filter, description?.trigger, description?.options]);
  const matching = zaps.filter((zap) => zap.endedAt === null && choicesOf(zap) === choicesOf(ended)).reverse();
  const id = ended.description?.zap_id ?? null;
  return matching.find(({ description }) => id !== null && description?.zap_id === id) ?? matching[0];
}
