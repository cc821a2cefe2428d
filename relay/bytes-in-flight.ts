/** Limits on the memory that bodies use while they arrive and wait to be stored, and how it is freed. */

/**
 * Maximum size of a small body. TutorCruncher's have a few kilobytes. There is always room for small bodies, because each
 * connection carries one request at a time, and the number of connections is limited.
 */
export const SMALL_BODY_BYTES = 64 * 1024;

/** The bytes of larger bodies in flight. */
export type BytesInFlight = ReturnType<typeof createBytesInFlight>;

/** The bytes that one request holds. */
export type Reservation = ReturnType<BytesInFlight['open']>;

/** Counts the bytes of larger bodies in flight. */
export function createBytesInFlight({ perProcess, perChannel }: Readonly<Record<'perProcess' | 'perChannel', number>>) {
  const byChannel = new Map<string, number>();
  let bytesInAll = 0;

  const hasRoom = (channel: string, bytes: number): boolean =>
    bytesInAll + bytes <= perProcess && (byChannel.get(channel) ?? 0) + bytes <= perChannel;

  function add(channel: string, bytes: number): void {
    bytesInAll += bytes;
    const ofChannel = (byChannel.get(channel) ?? 0) + bytes;
    if (ofChannel > 0) byChannel.set(channel, ofChannel);
    else byChannel.delete(channel);
  }

  return {
    /** Bytes of larger bodies in flight in this process. */
    get total(): number {
      return bytesInAll;
    },

    /** Creates an empty reservation for a request to a channel. The caller must end it. */
    open: (channel: string) => {
      let held = 0;
      let hasEnded = false;
      const change = (bytes: number): void => {
        add(channel, bytes - held);
        held = bytes;
      };
      return {
        /** Changes the number of reserved bytes; a small one counts as 0. Returns false, without a change, over a limit. */
        growTo: (bytes: number): boolean => {
          if (hasEnded) return false;
          const counted = bytes <= SMALL_BODY_BYTES ? 0 : bytes;
          if (counted > held && !hasRoom(channel, counted - held)) return false;
          change(counted);
          return true;
        },
        /** Ends the reservation. From then on, no bytes can be reserved. */
        end: (): void => {
          hasEnded = true;
          change(0);
        },
      };
    },
  };
}

/** Maximum size of memory that several buffers may share: Node.js cuts small buffers from a common pool. */
export const MAX_SHARED_BYTES = 64 * 1024;

/** Empties a large buffer, so that a burst of large bodies does not occupy memory until the next garbage collection. */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > MAX_SHARED_BYTES) buffer.transfer(0);
}
