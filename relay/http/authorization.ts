/** Access to the connector's API with the token of a channel. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { deriveChannel, isToken } from '../../wire/capability.ts';
import type { Connections } from './connection-limits.ts';
import { acceptJsonBodies } from './json-body.ts';
import { forbidden, notFound, serviceUnavailable, unauthorized, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/** The response to a valid token whose channel does not exist. */
export const notRegistered = (): Problem =>
  notFound('This channel is not registered. Register it first with PUT /channel.');

/** The response to every request for a channel that the operator does not serve. */
export const notServed = (): Problem =>
  forbidden(
    "This relay does not serve this channel, because it is not on the operator's list. Ask the operator to add it to " +
      'RELAY_CHANNELS_FILE.',
  );

/** Returns the token or subscription secret of a request; null if the credential is missing or malformed. */
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

/**
 * Returns the channel that a request's bearer token grants access to.
 *
 * @throws {Problem} 401 if the token is missing or malformed
 */
export const authorizedChannel = (request: FastifyRequest): string => deriveChannel(bearerOf(request));

/**
 * Returns a request's channel.
 *
 * @throws {Problem} 401 if the token is missing or malformed, 403 if the channel is not served, 404 if the channel is
 *   not registered
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

/**
 * Returns the channel that the headers of a request grant access to.
 *
 * @throws {Problem} if the headers grant no access
 */
export type ChannelOf = (request: FastifyRequest, options: ServerOptions) => Promise<string>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The function that finds the channel of a request to this route; default: {@link registeredChannel}. */
    readonly channelOf?: ChannelOf;
  }
  interface FastifyRequest {
    /** The channel that the headers grant access to. Only the routes of the two APIs set this property. */
    channel: string;
  }
}

/**
 * Makes the routes accept or refuse a request based on its headers, after the rate limit has counted the request and
 * before a byte of the body is read. Sets the channel of an accepted request.
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
