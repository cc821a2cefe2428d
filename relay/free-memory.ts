/**
 * Maximum size in bytes of memory that several buffers may share, because Node.js allocates small buffers from a common
 * pool.
 */
export const MAX_SHARED_BYTES = 64 * 1024;

/** Empties a large buffer, so that a burst of large bodies does not occupy memory until the next garbage collection. */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > MAX_SHARED_BYTES) buffer.transfer(0);
}
