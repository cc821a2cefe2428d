/** The Zap that takes the place of a Zap that is off. */

import type { Subscription } from '../store/rows/subscription.ts';

/**
 * Returns the newest Zap that is on and has the trigger and the choices of a Zap that is off, preferably the same Zap
 * turned on again; undefined if there is none.
 */
export function successorOf(ended: Subscription, zaps: readonly Subscription[]): Subscription | undefined {
  const choicesOf = ({ filter, description }: Subscription) =>
    JSON.stringify([filter, description?.trigger, description?.options]);
  const matching = zaps.filter((zap) => zap.endedAt === null && choicesOf(zap) === choicesOf(ended)).reverse();
  const id = ended.description?.zap_id ?? null;
  return matching.find(({ description }) => id !== null && description?.zap_id === id) ?? matching[0];
}
