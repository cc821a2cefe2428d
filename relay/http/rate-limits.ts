/** The rate limits of the connector's API and of the console's API. */

import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

import { deriveChannel, hashOfSecret } from '../../wire/capability.ts';
import { bearerIfAny } from './authorization.ts';
import { addressOf } from './client-address.ts';
import { tooManyRequests } from './problem.ts';
import { mayRegister } from './registration.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Maximum number of requests per minute for each channel or console link. All other requests are counted by client
 * address, with the same maximum. An open page makes 24 requests per minute.
 */
const REQUESTS_PER_MINUTE = 300;

/**
 * Returns the options of the rate-limit plugin.
 *
 * @param clientOf - returns the channel or link whose limit applies to a request; null if the limit of the client's
 *   address applies
 */
export const limitOf = (
  { apiRequestsPerMinute }: Pick<ServerOptions, 'apiRequestsPerMinute'>,
  whose: string,
  clientOf: (request: FastifyRequest) => Promise<string | null>,
): RateLimitPluginOptions => ({
  max: apiRequestsPerMinute ?? REQUESTS_PER_MINUTE,
  timeWindow: 60_000,
  keyGenerator: async (request) => {
    // The address is read before waiting, because Node.js discards the address when the client closes the connection.
    const address = addressOf(request);
    return (await clientOf(request)) ?? `address ${address}`;
  },
  errorResponseBuilder: () => tooManyRequests(`Too many requests ${whose}. Try again in a minute.`),
});

/**
 * Returns the rate limit of the API. A request counts towards the channel of its token if the channel is registered, or
 * if the request may register the channel. A request that ends a subscription with the subscription's secret counts
 * towards the subscription's channel. Any other request counts towards its address. All users of Zapier share a few
 * addresses, and strangers can exhaust the limit of an address. The token of an unregistered channel has no limit of
 * its own, because a stranger can invent any number of tokens.
 */
export function apiLimit(options: ServerOptions): RateLimitPluginOptions {
  const { registered, store } = options;
  return limitOf(options, 'for this channel or from this address', async (request) => {
    const bearer = bearerIfAny(request);
    if (bearer === null) return null;
    const channel = deriveChannel(bearer);
    const isOfChannel = mayRegister(request, channel, options) || registered.known(channel) !== null;
    if (isOfChannel || (await registered.lookUp(channel))) return `channel ${channel}`;
    const { id } = request.params as { readonly id?: string };
    if (request.method !== 'DELETE' || id === undefined) return null;
    const ended = await store.subscriptionWithSecret(id, hashOfSecret(bearer));
    return ended ? `channel ${ended.channel}` : null;
  });
}
