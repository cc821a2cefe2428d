/**
 * Maximum size, in bytes, of a block of memory that several buffers share. Node.js allocates small buffers from such
 * blocks.
 */
export const MAX_SHARED_BYTES = 64 * 1024;

/**
 * Releases the memory of a large buffer at once, so that a burst of large bodies does not occupy memory until the next
 * garbage collection. The buffer is empty afterwards.
 */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > MAX_SHARED_BYTES) buffer.transfer(0);
}
