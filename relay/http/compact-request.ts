/** Requests whose chunked bodies take little memory even if their chunks are small. */

import { IncomingMessage } from 'node:http';

/** Chunks below this size, in bytes, are joined. */
const SMALL_BYTES = 4096;

/**
 * A request that joins the small chunks of its body. Node.js holds a buffer of more than 100 bytes for each chunk until
 * the chunk is read. A stranger can send 11,000 chunks of one byte at once, so 500 connections would take more than a
 * gigabyte while the relay looks up their channels.
 */
export class CompactRequest extends IncomingMessage {
  #joined: Buffer | null = null;
  #length = 0;

  /** Adds a part of the body; null marks the end. Returns false if Node.js should pause reading from the connection. */
  override push(chunk: Buffer | null): boolean {
    if (chunk === null || chunk.length >= SMALL_BYTES || this.headers['transfer-encoding'] === undefined) {
      this.#pushJoined();
      return super.push(chunk);
    }
    if (this.#length + chunk.length > SMALL_BYTES) this.#pushJoined();
    // `setImmediate` joins more chunks than `nextTick`. Node.js parses all chunks that have arrived before it runs
    // immediates, but runs ticks after each chunk.
    if (this.#length === 0)
      setImmediate(() => {
        this.#pushJoined();
      });
    this.#joined ??= Buffer.allocUnsafeSlow(SMALL_BYTES);
    this.#length += chunk.copy(this.#joined, this.#length);
    return this.readableLength + this.#length < this.readableHighWaterMark;
  }

  #pushJoined(): void {
    if (!this.#joined || this.#length === 0) return;
    const joined = Buffer.from(this.#joined.subarray(0, this.#length));
    this.#length = 0;
    super.push(joined);
  }
}
