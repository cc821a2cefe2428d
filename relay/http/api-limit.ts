/** The rate limit of API requests. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { deriveChannel, hashOfSecret } from '../../wire/capability.ts';
import { bearerIfAny } from './authorization.ts';
import { tooManyRequests } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

export const WINDOW_MS = 60_000;
/** Requests per minute for each registered channel or console link, or else for each address. An open page makes 24. */
export const REQUESTS_PER_MINUTE = 300;

/** Returns the client of a request that belongs to no channel. */
export const addressOf = ({ ip }: FastifyRequest): string => `address ${rateLimit.normalizeIP(ip)}`;

/** Returns the channel of the subscription that a request ends with its secret; null for other requests. */
async function channelOfSecret(
  { method, params }: FastifyRequest,
  bearer: string,
  store: ServerOptions['store'],
): Promise<string | null> {
  const { id } = params as { readonly id?: string };
  if (method !== 'DELETE' || id === undefined) return null;
  return (await store.subscriptionWithSecret(id, hashOfSecret(bearer)))?.channel ?? null;
}

/**
 * Returns the client whose limit a request counts towards: the registered channel of its token or of its subscription's
 * secret, or else the address. All users of Zapier share a few addresses, whose limit strangers may have used up, and a
 * stranger can invent any number of tokens.
 *
 * @throws {Error} if the store fails
 */
async function clientOf(request: FastifyRequest, { registered, store }: ServerOptions): Promise<string> {
  const bearer = bearerIfAny(request);
  if (bearer === null) return addressOf(request);
  const channel = deriveChannel(bearer);
  if (registered.known(channel) ?? (await registered.lookUp(channel))) return `channel ${channel}`;
  const channelOfSubscription = await channelOfSecret(request, bearer, store);
  return channelOfSubscription === null ? addressOf(request) : `channel ${channelOfSubscription}`;
}

/** Returns the options of the rate-limit plugin. */
export const apiLimit = (options: ServerOptions): RateLimitPluginOptions => ({
  max: options.apiRequestsPerMinute ?? REQUESTS_PER_MINUTE,
  timeWindow: WINDOW_MS,
  keyGenerator: (request) => clientOf(request, options),
  errorResponseBuilder: () =>
    tooManyRequests('Too many requests for this channel or from this address. Try again in a minute.'),
});
