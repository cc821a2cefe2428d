/** Authorization of API requests by the bearer token of a channel. */

import type { FastifyRequest } from 'fastify';

import { deriveChannel, isToken } from '../../wire/capability.ts';
import type { Store } from '../store/store.ts';
import { notFound, unauthorized, type Problem } from './problem.ts';

const BEARER = /^Bearer ([^\s]+)$/i;

/** The response to a valid token whose channel does not exist. */
export const notRegistered = (): Problem =>
  notFound('This channel is not registered. Register it first with PUT /channel.');

/**
 * Returns the channel that a request's bearer token grants access to.
 *
 * @throws {Problem} 401 if the token is missing or malformed
 */
export function authorizedChannel(request: FastifyRequest): string {
  const [, token = ''] = BEARER.exec(request.headers.authorization ?? '') ?? [];
  if (!isToken(token)) {
    throw unauthorized('The token is missing or malformed. Send "Authorization: Bearer <token>".');
  }
  return deriveChannel(token);
}

/**
 * Returns the channel of a request's bearer token, if the channel is registered.
 *
 * @throws {Problem} 401 without a valid token, 404 for a channel that is not registered
 */
export async function registeredChannel(request: FastifyRequest, store: Pick<Store, 'registration'>): Promise<string> {
  const channel = authorizedChannel(request);
  if (!(await store.registration(channel))) throw notRegistered();
  return channel;
}
