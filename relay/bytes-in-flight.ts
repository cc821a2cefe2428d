/** Limits on the memory that bodies use while they arrive and wait to be stored. */

/**
 * Share of the process's limit that is reserved for channels with few bytes, so that large bodies do not crowd out
 * small ones.
 */
const SMALL_SHARE = 1 / 4;
/** A channel holds few bytes if it holds at most this share of its own limit. */
const FEW_BYTES_SHARE = 1 / 16;

/** Limits in bytes. */
export interface InFlightLimits {
  readonly perProcess: number;
  readonly perChannel: number;
}

/** The bytes that one request holds. */
export interface Reservation {
  readonly bytes: number;
  /** Changes the total number of reserved bytes. Returns false without any change if a limit would be exceeded. */
  readonly growTo: (bytes: number) => boolean;
  /** Releases all bytes. From then on, no bytes can be reserved. */
  readonly release: () => void;
}

/** Counts the bytes of bodies in flight. */
export class BytesInFlight {
  readonly #limits: InFlightLimits;
  readonly #byChannel = new Map<string, number>();
  #total = 0;

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /** Bytes in flight in this process. */
  get total(): number {
    return this.#total;
  }

  /** Creates an empty reservation for a request to a channel. The caller must release it. */
  open(channel: string): Reservation {
    let held = 0;
    let isReleased = false;
    const change = (bytes: number): void => {
      this.#add(channel, bytes - held);
      held = bytes;
    };
    return {
      get bytes() {
        return held;
      },
      growTo: (bytes) => {
        if (isReleased || !this.#hasRoom(channel, bytes - held)) return false;
        change(bytes);
        return true;
      },
      release: () => {
        isReleased = true;
        change(0);
      },
    };
  }

  #hasRoom(channel: string, bytes: number): boolean {
    const { perProcess, perChannel } = this.#limits;
    const ofChannel = (this.#byChannel.get(channel) ?? 0) + bytes;
    const isSmall = ofChannel <= perChannel * FEW_BYTES_SHARE;
    return ofChannel <= perChannel && this.#total + bytes <= perProcess * (isSmall ? 1 : 1 - SMALL_SHARE);
  }

  #add(channel: string, bytes: number): void {
    this.#total += bytes;
    const ofChannel = (this.#byChannel.get(channel) ?? 0) + bytes;
    if (ofChannel > 0) this.#byChannel.set(channel, ofChannel);
    else this.#byChannel.delete(channel);
  }
}
