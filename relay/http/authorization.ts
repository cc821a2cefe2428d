/** Access to the connector's API with the token of a channel, and the rate limits of both APIs. */

import rateLimit, { type RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { deriveChannel, hashOfSecret, isToken } from '../../wire/capability.ts';
import { REGISTRATION_SECRET_HEADER } from '../../wire/relay-api.ts';
import type { Connections } from './connections.ts';
import { acceptJsonBodies } from './json-body.ts';
import { forbidden, notFound, serviceUnavailable, tooManyRequests, unauthorized, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * Maximum number of requests per minute for each channel or console link, or else for each address. An open page makes
 * 24.
 */
const REQUESTS_PER_MINUTE = 300;

/** The response to a valid token whose channel does not exist. */
export const notRegistered = (): Problem =>
  notFound('This channel is not registered. Register it first with PUT /channel.');

/** The response to every request for a channel that the operator does not serve. */
export const notServed = (): Problem =>
  forbidden(
    "This relay does not serve this channel, because it is not on the operator's list. Ask the operator to add it to " +
      'RELAY_CHANNELS_FILE.',
  );

/** Returns the token or subscription secret of a request; null if it is missing or malformed. */
export function bearerIfAny({ headers }: FastifyRequest): string | null {
  const [, bearer = ''] = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '') ?? [];
  return isToken(bearer) ? bearer : null;
}

/**
 * Returns the token or subscription secret of a request.
 *
 * @throws {Problem} 401 if the credential is missing or malformed
 */
export function bearerOf(request: FastifyRequest): string {
  const bearer = bearerIfAny(request);
  if (bearer !== null) return bearer;
  throw unauthorized('The token is missing or malformed. Send "Authorization: Bearer <token>".');
}

/** Returns the channel to which a request's bearer token grants access. @throws {Problem} 401 as {@link bearerOf} */
export const authorizedChannel = (request: FastifyRequest): string => deriveChannel(bearerOf(request));

/** Returns true if a request contains a registration secret. */
export function isWithSecret({ headers }: FastifyRequest, { admission }: ServerOptions): boolean {
  const secret = headers[REGISTRATION_SECRET_HEADER];
  return typeof secret === 'string' && admission.isSecret(secret);
}

/**
 * Returns true if a request may register its channel: with the secret, or because the channel is on the operator's
 * list.
 */
export const mayRegister = (request: FastifyRequest, channel: string, options: ServerOptions): boolean =>
  isWithSecret(request, options) || options.admission.isListed(channel);

/**
 * Returns a request's channel.
 *
 * @throws {Problem} 401 as {@link bearerOf}, 403 if the channel is not served, 404 if it is not registered
 */
export async function registeredChannel(
  request: FastifyRequest,
  { registered, admission }: ServerOptions,
): Promise<string> {
  const channel = authorizedChannel(request);
  const registration = await registered.lookUp(channel);
  if (!(await admission.serves(channel, () => Promise.resolve(registration)))) throw notServed();
  if (!registration) throw notRegistered();
  return channel;
}

/** Returns the channel to which the headers of a request grant access. @throws {Problem} if they grant no access */
export type ChannelOf = (request: FastifyRequest, options: ServerOptions) => Promise<string>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The function that decides about requests to a route; default: {@link registeredChannel}. */
    readonly channelOf?: ChannelOf;
  }
  interface FastifyRequest {
    /** The channel to which the headers grant access, in the routes of both APIs. */
    channel: string;
  }
}

/**
 * Makes the routes decide about a request by its headers, after the rate limit has counted the request and before a
 * byte of its body is read. The request is refused, or its channel is set.
 */
export function decideByHeaders(
  app: FastifyInstance,
  connections: Connections,
  channelOf: (request: FastifyRequest) => Promise<string>,
): void {
  app.decorateRequest('channel', '');
  app.addHook('preParsing', async (request) => {
    request.channel = await channelOf(request);
    if (connections.tryAdmit(request, request.channel)) return;
    throw serviceUnavailable('The relay is handling too many requests at once. Try again in a few seconds.');
  });
  acceptJsonBodies(app);
}

/**
 * Returns the address of a request's client, or the network of an IPv6 address. Node.js forgets the address when the
 * client closes the connection.
 */
export const addressOf = ({ ip }: FastifyRequest): string => rateLimit.normalizeIP(ip);

/**
 * Returns the options of the rate-limit plugin.
 *
 * @param clientOf - returns the client whose limit a request counts towards; null for its address
 */
export const limitOf = (
  { apiRequestsPerMinute }: ServerOptions,
  whose: string,
  clientOf: (request: FastifyRequest) => Promise<string | null>,
): RateLimitPluginOptions => ({
  max: apiRequestsPerMinute ?? REQUESTS_PER_MINUTE,
  timeWindow: 60_000,
  keyGenerator: async (request) => {
    // Read before waiting, because Node.js forgets the address when the client closes the connection.
    const address = addressOf(request);
    return (await clientOf(request)) ?? `address ${address}`;
  },
  errorResponseBuilder: () => tooManyRequests(`Too many requests ${whose}. Try again in a minute.`),
});

/**
 * Returns the rate limit of the API. A request counts towards the channel of its token if the channel is registered or
 * may register. A request that ends a subscription with the subscription's secret counts towards the subscription's
 * channel. Any other request counts towards its address. All users of Zapier share a few addresses, whose limit
 * strangers may use up. A token alone gives no separate limit, because a stranger can invent any number of tokens.
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
