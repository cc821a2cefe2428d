/**
 * The limit on the memory of large responses until their clients have taken them.
 *
 * A client may request many responses and read none of them. The operating system then holds up to a few megabytes of
 * each response, even after the relay has closed the connection, and counts them as memory of the relay. Only when the
 * client closes the connection is it certain that the client has received the response, so a large response is the last
 * on its connection.
 */

import type { ServerResponse } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../intake/bytes-in-flight.ts';
import { MAX_LATEST_BYTES } from '../store/console/events.ts';
import { serviceUnavailable, type Problem } from './problem.ts';

/**
 * Maximum sizes of responses in progress, in bytes. A channel, or else an address, may have one response of the largest
 * size or several smaller responses; a process, seven of the largest size.
 */
export const LIMITS = { perChannel: MAX_LATEST_BYTES, perProcess: 7 * MAX_LATEST_BYTES };
/**
 * Time in milliseconds that a client has to receive a response: less than the time after which Node.js closes a
 * connection.
 */
const TAKEN_MS = 45_000;

/** The response to a request for which no bytes are left. */
export const tooManyLargeResponses = (): Problem =>
  serviceUnavailable('The relay is sending too many large responses at once. Try again in a few seconds.');

/**
 * Makes a response the last on its connection. Calls `taken` when the client has closed the connection. If the client
 * does not close it in time, resets the connection, so that the operating system frees the memory.
 */
export function closeWhenTaken(response: ServerResponse, taken: () => void, milliseconds = TAKEN_MS): void {
  const { socket } = response.req;
  response.shouldKeepAlive = false;
  // Node.js calls this method when the response has been sent, and would forget the connection although the client may
  // not have received the response.
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
 * Limits the bytes of all large responses of a server that are sent as a whole. When there is no room, the slowest
 * response of the channel that holds most bytes gives way to a channel that holds less.
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
