/**
 * Reads the body of a webhook. Limits apply to the size of the body, to pauses during its arrival, and to the bytes in
 * flight.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

import { freeMemory } from '../free-memory.ts';
import { type Reservation, SMALL_BODY_BYTES } from '../intake/bytes-in-flight.ts';
import { badRequest, Problem } from './problem.ts';

/** Maximum size of a webhook's body, in bytes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Maximum pause between parts of a body, in milliseconds. After a longer pause, the relay closes the connection. */
const STALLED_MS = 5_000;

/** Returns the length that a request declares; null for a chunked body. */
export const lengthOf = ({ 'content-length': length }: IncomingHttpHeaders): number | null =>
  length === undefined ? null : Number(length);

/**
 * Reads a body. Copies the body into one buffer as it arrives, because a list of chunks would take many times the
 * memory if the body arrived byte by byte. The buffer of a larger body is allocated once with its full size, because
 * the operating system provides memory only when the buffer is written to.
 *
 * @param length - the value of the Content-Length header, at most {@link MAX_BODY_BYTES}; null for a chunked body
 * @param reservation - reserves bytes as the body arrives
 * @param refuse - returns the response to a body that is too large, or that exceeds a limit on the bytes in flight
 * @throws {Problem} if the body is refused, or if the connection fails
 */
export async function readBody(
  payload: Readable,
  length: number | null,
  reservation: Reservation,
  refuse: (reason: 'too_large' | 'busy') => Problem,
): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(length ?? Infinity, SMALL_BODY_BYTES));
  let received = 0;
  const stalled = setTimeout(() => payload.destroy(), STALLED_MS);

  /** Makes room for a body of the given size. @throws {Problem} if the bytes would exceed a limit */
  function ensureCapacity(bytes: number): void {
    if (bytes > MAX_BODY_BYTES) throw refuse('too_large');
    if (!reservation.growTo(bytes)) throw refuse('busy');
    if (bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(length ?? MAX_BODY_BYTES);
    buffer.copy(larger, 0, 0, received);
    buffer = larger;
  }

  try {
    // The remainder of a refused body is discarded after the response has been sent, so the request must stay readable.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      stalled.refresh();
      ensureCapacity(received + chunk.length);
      received += chunk.copy(buffer, received);
    }
  } catch (error) {
    freeMemory(buffer);
    if (error instanceof Problem) throw error;
    throw badRequest('The connection was closed before the complete body arrived. Send the delivery again.');
  } finally {
    clearTimeout(stalled);
  }
  return buffer.subarray(0, received);
}
