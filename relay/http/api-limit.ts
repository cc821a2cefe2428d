/** The rate limit of API requests. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { deriveChannel, hashOfSecret } from '../../wire/capability.ts';
import { bearerIfAny } from './authorization.ts';
import { tooManyRequests } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/** Requests per minute for each registered channel or console link, or else for each address. An open page makes 24. */
const REQUESTS_PER_MINUTE = 300;

/** Returns the client of a request that belongs to no channel. */
export const addressOf = ({ ip }: FastifyRequest): string => `address ${rateLimit.normalizeIP(ip)}`;

/** Returns the options of the rate-limit plugin. @param clientOf - returns the client whose limit a request counts towards */
export const limitOf = (
  { apiRequestsPerMinute }: ServerOptions,
  whose: string,
  clientOf: (request: FastifyRequest) => Promise<string>,
): RateLimitPluginOptions => ({
  max: apiRequestsPerMinute ?? REQUESTS_PER_MINUTE,
  timeWindow: 60_000,
  keyGenerator: clientOf,
  errorResponseBuilder: () => tooManyRequests(`Too many requests ${whose}. Try again in a minute.`),
});

/**
 * Returns the rate limit of the API. A request counts towards the registered channel of its token, or of the subscription
 * that it ends with its secret, or else towards its address. All users of Zapier share a few addresses, whose limit
 * strangers may have used up, and a stranger can invent any number of tokens.
 */
export function apiLimit(options: ServerOptions): RateLimitPluginOptions {
  const { registered, store } = options;
  return limitOf(options, 'for this channel or from this address', async (request) => {
    const bearer = bearerIfAny(request);
    if (bearer === null) return addressOf(request);
    const channel = deriveChannel(bearer);
    if (registered.known(channel) ?? (await registered.lookUp(channel))) return `channel ${channel}`;
    const { id } = request.params as { readonly id?: string };
    if (request.method !== 'DELETE' || id === undefined) return addressOf(request);
    const ended = await store.subscriptionWithSecret(id, hashOfSecret(bearer));
    return ended ? `channel ${ended.channel}` : addressOf(request);
  });
}
