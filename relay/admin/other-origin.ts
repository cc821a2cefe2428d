/**
 * The refusal of a store that belongs to an origin other than `RELAY_ORIGIN`. An app that was built for the configured
 * origin could not use the channels of such a store. The relay does not start, and `check` reports the reason.
 */

import type { OwnOrigin } from '../store/channels/origin.ts';
import { countOf } from './formatting.ts';

/** Formats the number of channels and the number of Zaps in a store as text. */
export const usersOf = ({ channels, subscriptions }: OwnOrigin): string =>
  `${countOf(channels, 'channel')} and ${countOf(subscriptions, 'Zap')}`;

/**
 * Returns the error message for a store that belongs to a different origin; null if it belongs to the configured
 * origin.
 */
export function otherOriginProblem(own: OwnOrigin, configured: string): string | null {
  if (own.origin === configured) return null;
  return (
    `The store belongs to the relay at ${own.origin}, but RELAY_ORIGIN is ${configured}. Set RELAY_ORIGIN to ${own.origin}. ` +
    `With another origin, the webhook URLs in TutorCruncher must be replaced, and every Zap must be turned off and on: the ` +
    `store has ${usersOf(own)}. To change the origin nevertheless, see the output of "new-origin ${configured}".`
  );
}
