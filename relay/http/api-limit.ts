/** The rate limit of API requests. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { deriveChannel } from '../../wire/capability.ts';
import type { RegisteredChannels } from '../registered-channels.ts';
import { bearerIfAny } from './authorization.ts';
import { tooManyRequests } from './problem.ts';

const WINDOW_MS = 60_000;

/**
 * Returns the client that a request counts for: its channel if the channel is registered, or else its address. All users
 * of Zapier share a few addresses, while a stranger can invent any number of tokens. A channel that this process does not
 * know is looked up, as it is for a webhook, because strangers may have used up the limit of its address.
 *
 * @throws {Error} if the store fails, which every route would do as well
 */
async function clientOf(request: FastifyRequest, registered: RegisteredChannels): Promise<string> {
  const token = bearerIfAny(request);
  const channel = token === null ? null : deriveChannel(token);
  if (channel !== null && (registered.isKnown(channel) || (await registered.lookUp(channel)) !== null)) {
    return `channel ${channel}`;
  }
  return `address ${rateLimit.normalizeIP(request.ip)}`;
}

/** Returns the options of the rate limit's plugin. */
export const apiLimit = (requestsPerMinute: number, registered: RegisteredChannels): RateLimitPluginOptions => ({
  max: requestsPerMinute,
  timeWindow: WINDOW_MS,
  keyGenerator: (request) => clientOf(request, registered),
  errorResponseBuilder: () =>
    tooManyRequests('Too many requests for this channel or from this address. Try again in a minute.'),
});
