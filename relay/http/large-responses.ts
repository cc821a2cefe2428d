/**
 * The limit on the memory that large responses occupy until their clients have received them.
 *
 * A client can request many responses and read none of them. The operating system then holds up to a few megabytes of
 * each response, even after the relay has closed the connection, and counts them as memory of the relay. A large
 * response is therefore the last response on its connection. When the client closes the connection, the client has
 * certainly received the response.
 */

import type { ServerResponse } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../intake/bytes-in-flight.ts';
import { MAX_LATEST_BYTES } from '../store/console/events.ts';
import { serviceUnavailable, type Problem } from './problem.ts';

/**
 * Maximum total sizes of the responses in progress, in bytes. A channel has room for one response of the largest size
 * or for several smaller responses. A request without a channel counts towards the same limit for its client's address.
 * A process has room for seven responses of the largest size.
 */
export const LIMITS = { perChannel: MAX_LATEST_BYTES, perProcess: 7 * MAX_LATEST_BYTES };
/**
 * Time that a client has to receive a response, in milliseconds. The time is shorter than the time after which Node.js
 * closes a connection.
 */
const TAKEN_MS = 45_000;

/** The response to a request when large responses have reached a limit of {@link LIMITS}. */
export const tooManyLargeResponses = (): Problem =>
  serviceUnavailable('The relay is sending too many large responses at once. Try again in a few seconds.');

/**
 * Makes a response the last on its connection. Calls `taken` when the connection has closed. If the client does not
 * close the connection in time, resets it, so that the operating system frees the memory.
 */
export function closeWhenTaken(response: ServerResponse, taken: () => void, milliseconds = TAKEN_MS): void {
  const { socket } = response.req;
  response.shouldKeepAlive = false;
  // Node.js calls this method when the response has been sent. The original method would discard the connection
  // although the client might not have received the response.
  socket.destroySoon = () => {
    socket.end();
  };
  const timer = setTimeout(() => socket.resetAndDestroy(), milliseconds);
  socket.once('close', () => {
    clearTimeout(timer);
    taken();
  });
}

/**
 * Limits the total size of all large responses of a server that are sent from a single buffer or string. When there is
 * no room, the slowest response of the channel that holds the most bytes gives way to a channel that holds fewer.
 */
export function limitLargeResponses(app: FastifyInstance, milliseconds = TAKEN_MS): BytesInFlight {
  const inFlight = createBytesInFlight(LIMITS);
  app.addHook('onSend', (request, reply, payload, next) => {
    const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
    if (bytes <= SMALL_BODY_BYTES) {
      next(null, payload);
      return;
    }
    const { socket } = request.raw;
    const sent = { complete: false, destroy: () => socket.resetAndDestroy() };
    const reservation = inFlight.open(request.channel || request.ip, sent);
    if (socket.destroyed || !reservation.growTo(Math.min(bytes, LIMITS.perChannel))) {
      next(tooManyLargeResponses());
      return;
    }
    closeWhenTaken(reply.raw, reservation.end, milliseconds);
    next(null, payload);
  });
  return inFlight;
}
