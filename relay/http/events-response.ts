/** The response to `GET /channel/events`, whose envelopes can be several megabytes in size. */

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply } from 'fastify';

import { envelopeParts, sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import { createBytesInFlight, SMALL_BODY_BYTES, type Reservation } from '../intake/bytes-in-flight.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import { closeWhenTaken, LIMITS, tooManyLargeResponses } from './large-responses.ts';

/**
 * Maximum time that a request waits for other large responses to end, in milliseconds. The connector's time limit for
 * the request is two seconds.
 */
const WAIT_MS = 1_000;
const LOOK_MS = 20;

/** Yields a list of deliveries as JSON, in parts. @param next - the value of `before` for the next page, if any */
export function* listParts(deliveries: readonly Delivery[], next: number | null): Generator<string> {
  let separator = '{"events":[';
  for (const delivery of deliveries) {
    yield separator;
    yield* envelopeParts(delivery);
    separator = ',';
  }
  yield `${deliveries.length === 0 ? '{"events":[' : ''}]${next === null ? '' : `,"next":${next}`}}`;
}

/** Limits the memory that all responses with stored deliveries use. */
export function createEventsResponses() {
  const inFlight = createBytesInFlight(LIMITS);

  async function reserve(reservation: Reservation): Promise<void> {
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
      if (reservation.growTo(LIMITS.perChannel)) return;
      await sleep(LOOK_MS);
    }
    throw tooManyLargeResponses();
  }

  return {
    /** Counts the sealed bytes that are being read or sent. */
    inFlight,
    /**
     * Reads deliveries and sends a response that contains them.
     *
     * @param read - reads deliveries with at most `MAX_LATEST_BYTES` in total, or a single larger delivery
     * @param parts - returns the JSON of the response in parts
     * @throws {Problem} 503 if too many large responses are being sent
     */
    send: async (
      channel: string,
      reply: FastifyReply,
      read: () => Promise<readonly Delivery[]>,
      parts: (deliveries: readonly Delivery[]) => Iterable<string>,
    ): Promise<FastifyReply> => {
      // The client disconnected during a look-up. The response is already closed, so no `close` event would end the
      // reservation.
      if (reply.raw.destroyed) return reply.hijack();
      const reservation = inFlight.open(channel);
      reply.raw.once('close', () => {
        if (!isLarge) reservation.end();
      });
      let isLarge = false;
      await reserve(reservation);
      const deliveries = await read();
      const bytes = deliveries.reduce((sum, delivery) => sum + sealedBytesIn(delivery), 0);
      reservation.growTo(Math.min(LIMITS.perChannel, bytes));
      isLarge = bytes > SMALL_BODY_BYTES;
      if (isLarge) closeWhenTaken(reply.raw, reservation.end);
      return reply.type('application/json; charset=utf-8').send(Readable.from(parts(deliveries)));
    },
  };
}
