/**
 * The limit on the memory of large responses until their clients have taken them.
 *
 * A client may request many responses and read none. The operating system then holds up to some megabytes of each, even
 * after the relay has closed the connection, and counts them as memory of the relay. Only the client's end of the
 * connection shows that a response has been taken, so a large response is the last on its connection.
 */

import type { ServerResponse } from 'node:http';

import type { FastifyInstance } from 'fastify';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../intake/bytes-in-flight.ts';
import { MAX_LATEST_BYTES } from '../store/console/events.ts';
import { serviceUnavailable, type Problem } from './problem.ts';

/**
 * Each channel, or else each address, may have the largest response once or several smaller ones, and a process seven.
 */
export const LIMITS = { perChannel: MAX_LATEST_BYTES, perProcess: 7 * MAX_LATEST_BYTES };
/** Time that a client has to take a response. It is shorter than the time after which Node.js closes a connection. */
const TAKEN_MS = 45_000;

/** The response to a request for which no bytes are left. */
export const tooManyLargeResponses = (): Problem =>
  serviceUnavailable('The relay is sending too many large responses at once. Try again in a few seconds.');

/**
 * Makes a response the last on its connection. Calls back when the client has closed the connection. Resets it if the
 * client does not, so that the operating system frees the memory.
 */
export function closeWhenTaken(response: ServerResponse, taken: () => void, milliseconds = TAKEN_MS): void {
  const { socket } = response.req;
  response.shouldKeepAlive = false;
  // Node.js calls this method after the response, and would forget the connection although the client has not taken it.
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
 * Limits the bytes of all large responses of a server that are sent as a whole. The slowest response of the channel
 * that holds most gives way to a channel that holds less.
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
