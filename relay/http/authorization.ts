/** Authorization of API requests by the bearer token of a channel. */

import type { FastifyRequest } from 'fastify';

import { deriveChannel, isToken } from '../../wire/capability.ts';
import { forbidden, notFound, unauthorized, type Problem } from './problem.ts';
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

/** Returns the token or subscription secret of a request; null if it is missing or malformed. */
export function bearerIfAny({ headers }: FastifyRequest): string | null {
  const [, bearer = ''] = /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '') ?? [];
  return isToken(bearer) ? bearer : null;
}

/** Returns the token or subscription secret of a request. @throws {Problem} 401 if it is missing or malformed */
export function bearerOf(request: FastifyRequest): string {
  const bearer = bearerIfAny(request);
  if (bearer !== null) return bearer;
  throw unauthorized('The token is missing or malformed. Send "Authorization: Bearer <token>".');
}

/** Returns the channel to which a request's bearer token grants access. @throws {Problem} 401 as {@link bearerOf} */
export const authorizedChannel = (request: FastifyRequest): string => deriveChannel(bearerOf(request));

/** Returns a request's channel. @throws {Problem} 401 as {@link bearerOf}, 403 if it is not served, 404 if not registered */
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
