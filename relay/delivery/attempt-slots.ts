/**
 * Limits on the attempts in flight of a process: the number of attempts, and the total size of large deliveries. A
 * single channel can use only a share of each limit. The same applies to all retries together.
 */

/**
 * Maximum number of sealed bytes of large deliveries in flight. The share of one channel, a quarter, has room for the
 * largest delivery (7 MB).
 */
const MAX_BYTES = 40 * 1024 * 1024;
/** Share of each limit that retries can use, so that failing targets leave room for other targets. */
const RETRY_SHARE = 1 / 4;
/**
 * Share of each limit that one channel can use. A channel can have hundreds of targets that hang until the attempt
 * times out.
 */
const CHANNEL_SHARE = 1 / 4;

/** The capacity that one attempt uses, counted against the limits. */
export interface Slot {
  readonly channel: number;
  /** True if the previous attempt of the subscription failed. */
  readonly isRetry: boolean;
  /** Number of sealed bytes of a large delivery; 0 for a small delivery, whose bytes are not counted. */
  readonly bytes: number;
}

/** Creates a counter of the used part of a limit, and of the parts used by each channel and by retries. */
function createUse(limit: number) {
  const channelLimit = Math.ceil(limit * CHANNEL_SHARE);
  const retryLimit = Math.ceil(limit * RETRY_SHARE);
  const byChannel = new Map<number, number>();
  let used = 0;
  let retries = 0;

  const isWithinShares = ({ channel, isRetry }: Slot, amount: number): boolean =>
    (byChannel.get(channel) ?? 0) + amount <= channelLimit && (!isRetry || retries + amount <= retryLimit);

  return {
    isWithinShares,
    fits: (slot: Slot, amount: number): boolean => used + amount <= limit && isWithinShares(slot, amount),
    change: ({ channel, isRetry }: Slot, amount: number): void => {
      used += amount;
      if (isRetry) retries += amount;
      const ofChannel = (byChannel.get(channel) ?? 0) + amount;
      if (ofChannel > 0) byChannel.set(channel, ofChannel);
      else byChannel.delete(channel);
    },
  };
}

/** The slots that all attempts of a process share. */
export type AttemptSlots = ReturnType<typeof createAttemptSlots>;

/**
 * Creates the slots of a process.
 *
 * @param limit - maximum number of attempts in flight
 * @param byteLimit - maximum number of sealed bytes of large deliveries in flight
 */
export function createAttemptSlots(limit: number, byteLimit: number = MAX_BYTES) {
  const attempts = createUse(limit);
  const bytes = createUse(byteLimit);
  /** Requested slots for large deliveries that were not free yet, in the order of their first request. */
  const waiting = new Set<Slot>();

  /**
   * Returns true if no slot has waited longer than this slot. Slots that wait for the share of their channel, or for
   * the share of retries, are ignored.
   */
  function isNext(slot: Slot): boolean {
    for (const other of waiting) {
      if (other === slot) return true;
      if (attempts.isWithinShares(other, 1) && bytes.isWithinShares(other, other.bytes)) return false;
    }
    return true;
  }

  function isFree(slot: Slot): boolean {
    if (!attempts.fits(slot, 1)) return false;
    return slot.bytes === 0 || (isNext(slot) && bytes.fits(slot, slot.bytes));
  }

  function change(slot: Slot, by: 1 | -1): void {
    attempts.change(slot, by);
    if (slot.bytes > 0) bytes.change(slot, by * slot.bytes);
  }

  return {
    /**
     * Takes a slot. Returns false if the slot is not free. A slot for a large delivery then has priority over slots for
     * large deliveries that are requested later.
     */
    tryTake: (slot: Slot): boolean => {
      if (!isFree(slot)) {
        if (slot.bytes > 0) waiting.add(slot);
        return false;
      }
      waiting.delete(slot);
      change(slot, 1);
      return true;
    },
    /** Ends the wait for a slot that was not taken. */
    giveUp: (slot: Slot): void => {
      waiting.delete(slot);
    },
    /** Frees a slot that was taken. */
    free: (slot: Slot): void => {
      change(slot, -1);
    },
  };
}
