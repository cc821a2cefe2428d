/**
 * The text about a store that belongs to another origin than `RELAY_ORIGIN`, for the start of a relay and for `check`.
 */

import type { OwnOrigin } from '../store/channels/origin.ts';
import { countOf } from './table.ts';

/** Returns the numbers of a store's channels and of its Zaps as text. */
export const usersOf = ({ channels, subscriptions }: OwnOrigin): string =>
  `${countOf(channels, 'channel')} and ${countOf(subscriptions, 'Zap')}`;

/** Returns the message about a store that belongs to another origin. */
export const otherOrigin = (own: OwnOrigin, configured: string): string =>
  `The store belongs to the relay at ${own.origin}, but RELAY_ORIGIN is ${configured}. Set RELAY_ORIGIN to ${own.origin}. ` +
  `Another origin needs new webhook URLs in TutorCruncher, and every Zap turned off and on: the store has ${usersOf(own)}. ` +
  `If you want it nevertheless, "new-origin ${configured}" says more.`;
