/** Reads the body of a webhook within the limits on its size and on the bytes in flight. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

import type { Reservation } from '../bytes-in-flight.ts';
import { badRequest, contentTooLarge, Problem, serviceUnavailable } from './problem.ts';

/** Maximum size of a webhook's body. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Returns the length that a request declares; null for a chunked body. */
export const lengthOf = ({ 'content-length': length }: IncomingHttpHeaders): number | null =>
  length === undefined ? null : Number(length);

/** Initial size of the buffer for a body of unknown length. */
const FIRST_BYTES = 16 * 1024;

/** The response to a request whose body is too large. */
export const bodyTooLarge = (): Problem => contentTooLarge('10 MB');

/** The response to a request that exceeds a limit on the bytes in flight. */
export const tooManyBytes = (): Problem =>
  serviceUnavailable('The delivery was not stored: the relay is receiving too many bytes at once. Send it again.');

/**
 * Reads a body. Copies it into one buffer as it arrives, because a list of parts would take many times the memory if
 * the body arrived byte by byte.
 *
 * @param length - the value of the Content-Length header; null for a chunked body
 * @param reservation - the reservation for the body, which already holds `length` bytes
 * @throws {Problem} 413 if the body is too large, 503 if no more bytes can be reserved, 400 if the connection fails
 */
export async function readBody(payload: Readable, length: number | null, reservation: Reservation): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(length ?? 0);
  let received = 0;

  /** Reserves a number of bytes. @throws {Problem} if this would exceed a limit */
  function ensureCapacity(bytes: number): void {
    if (bytes <= buffer.length) return;
    if (bytes > MAX_BODY_BYTES) throw bodyTooLarge();
    const capacity = Math.min(MAX_BODY_BYTES, Math.max(bytes, 2 * buffer.length, FIRST_BYTES));
    if (!reservation.growTo(capacity)) throw tooManyBytes();
    const larger = Buffer.allocUnsafe(capacity);
    buffer.copy(larger, 0, 0, received);
    buffer = larger;
  }

  try {
    // The rest of a refused body is discarded after the response has been sent, so it must stay readable.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      ensureCapacity(received + chunk.length);
      received += chunk.copy(buffer, received);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw badRequest('The connection was closed before the complete body arrived. Send the delivery again.');
  }
  return buffer.subarray(0, received);
}
