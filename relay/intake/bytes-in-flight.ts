/** Limits on the memory that bodies use while they arrive and wait to be stored. */

/**
 * Maximum size of a small body. TutorCruncher's bodies have a few kilobytes. There is always room for small bodies,
 * because each connection carries one request at a time, and the number of connections is limited.
 */
export const SMALL_BODY_BYTES = 64 * 1024;

/** The bytes of larger bodies in flight. */
export type BytesInFlight = ReturnType<typeof createBytesInFlight>;

/** The bytes that one request holds. */
export type Reservation = ReturnType<BytesInFlight['open']>;

interface BytesInFlightLimits {
  /** Maximum number of bytes of all channels. */
  readonly perProcess: number;
  /** Maximum number of bytes of one channel. */
  readonly perChannel: number;
}

/** Counts the bytes of larger bodies in flight. */
export function createBytesInFlight({ perProcess, perChannel }: BytesInFlightLimits) {
  const byChannel = new Map<string, number>();
  let total = 0;

  /** Adds a number of bytes, which may be negative. Returns false, without a change, over a limit. */
  function tryAdd(channel: string, bytes: number): boolean {
    const ofChannel = (byChannel.get(channel) ?? 0) + bytes;
    if (total + bytes > perProcess || ofChannel > perChannel) return false;
    total += bytes;
    if (ofChannel > 0) byChannel.set(channel, ofChannel);
    else byChannel.delete(channel);
    return true;
  }

  return {
    /** Bytes of larger bodies in flight in this process. */
    get total(): number {
      return total;
    },

    /** Creates an empty reservation for a request to a channel. The caller must end it. */
    open: (channel: string) => {
      let held = 0;
      let hasEnded = false;
      return {
        /**
         * Changes the number of reserved bytes; a small number counts as 0. Returns false, without a change, over a
         * limit.
         */
        growTo: (bytes: number): boolean => {
          const counted = bytes <= SMALL_BODY_BYTES ? 0 : bytes;
          if (hasEnded || !tryAdd(channel, counted - held)) return false;
          held = counted;
          return true;
        },
        /** Ends the reservation. From then on, no bytes can be reserved. */
        end: (): void => {
          hasEnded = true;
          tryAdd(channel, -held);
          held = 0;
        },
      };
    },
  };
}
