/** Limits on the memory that bodies use while they arrive and wait to be stored. */

/**
 * Maximum size of a small body, in bytes. Most of TutorCruncher's bodies are a few kilobytes in size. Small bodies are
 * not counted, because each connection carries one request at a time, and the number of connections is limited.
 */
export const SMALL_BODY_BYTES = 64 * 1024;

/** Counts the bytes in flight of bodies that are larger than {@link SMALL_BODY_BYTES}. */
export type BytesInFlight = ReturnType<typeof createBytesInFlight>;

/** The reservation of bytes for one request. */
export type Reservation = ReturnType<BytesInFlight['open']>;

interface BytesInFlightLimits {
  /** Maximum number of bytes that all channels hold together. */
  readonly perProcess: number;
  /** Maximum number of bytes that one channel holds. */
  readonly perChannel: number;
}

/** A body that gives way during its arrival if another channel needs its bytes. */
interface ArrivingBody {
  /** True once the body has arrived. */
  readonly complete: boolean;
  /** Closes the connection that the body arrives on. */
  readonly destroy: () => unknown;
}

/**
 * Counts the bytes in flight of bodies that are larger than {@link SMALL_BODY_BYTES}. When all bytes are in use, the
 * slowest body of the channel that holds the most bytes gives way to a channel that holds fewer.
 */
export function createBytesInFlight({ perProcess, perChannel }: BytesInFlightLimits) {
  const byChannel = new Map<string, number>();
  /** The bodies that are no longer small and can give way, in the order in which they became large. */
  const arriving = new Map<ArrivingBody, { readonly channel: string; readonly end: () => void }>();
  let total = 0;

  /**
   * Adds a number of bytes, which can be negative. Returns false without making a change if the bytes would exceed a
   * limit.
   */
  function tryAdd(channel: string, bytes: number): boolean {
    const ofChannel = (byChannel.get(channel) ?? 0) + bytes;
    if (total + bytes > perProcess || ofChannel > perChannel) return false;
    total += bytes;
    if (ofChannel > 0) byChannel.set(channel, ofChannel);
    else byChannel.delete(channel);
    return true;
  }

  /**
   * Closes the connection of the slowest body of the channel that holds the most bytes. Returns false if no channel
   * holds more bytes than the given channel would hold after the change.
   */
  function makeRoom(channel: string, bytes: number): boolean {
    let most = (byChannel.get(channel) ?? 0) + bytes;
    // The channel would exceed its own limit, so other channels need not give way.
    if (most > perChannel) return false;
    let slowest: ArrivingBody | null = null;
    for (const [body, { channel: other }] of arriving) {
      const held = byChannel.get(other) ?? 0;
      if (held <= most || body.complete) continue;
      most = held;
      slowest = body;
    }
    if (!slowest) return false;
    arriving.get(slowest)?.end();
    slowest.destroy();
    return true;
  }

  return {
    /** Number of bytes in flight of all large bodies in this process. */
    get total(): number {
      return total;
    },

    /**
     * Creates an empty reservation for a request to a channel. The caller must end the reservation.
     *
     * @param body - the body, if it can give way during its arrival
     */
    open: (channel: string, body?: ArrivingBody) => {
      let held = 0;
      let hasEnded = false;
      /** Ends the reservation, so that it can reserve no more bytes. */
      const end = (): void => {
        hasEnded = true;
        tryAdd(channel, -held);
        held = 0;
        if (body) arriving.delete(body);
      };
      return {
        /**
         * Changes the number of reserved bytes. A small body counts as 0 bytes. Returns false without making a change
         * if the bytes would exceed a limit.
         */
        growTo: (bytes: number): boolean => {
          const counted = bytes <= SMALL_BODY_BYTES ? 0 : bytes;
          while (!hasEnded && !tryAdd(channel, counted - held)) {
            if (!makeRoom(channel, counted - held)) return false;
          }
          if (hasEnded) return false;
          held = counted;
          if (body && held > 0 && !arriving.has(body)) arriving.set(body, { channel, end });
          return true;
        },
        end,
      };
    },
  };
}
