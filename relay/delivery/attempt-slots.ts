/**
 * Limits on the attempts of a process in flight: on their number, and on the memory that larger deliveries hold
 * meanwhile. Both limits are divided into the same shares.
 */

/**
 * Maximum number of sealed bytes of larger deliveries in flight. A share has room for the largest delivery, which has 7
 * MB.
 */
const MAX_BYTES = 40 * 1024 * 1024;
/** Share of the slots that retries may use, so that failing targets leave room for others. */
const RETRY_SHARE = 1 / 4;
/**
 * Share of the slots that one channel may use. A channel may have hundreds of targets that hang until their timeout.
 */
const CHANNEL_SHARE = 1 / 4;

/** A place for an attempt. */
export interface Slot {
  readonly channel: number;
  /** True if the previous attempt of the subscription failed. */
  readonly isRetry: boolean;
  /** The sealed bytes of a larger delivery; 0 for a small one. */
  readonly bytes: number;
}

/** Counts the use of a limit and of its shares. */
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

/** The slots of a process. */
export type AttemptSlots = ReturnType<typeof createAttemptSlots>;

/** Creates slots for a number of attempts in flight, and for the bytes of larger deliveries. */
export function createAttemptSlots(limit: number, byteLimit: number = MAX_BYTES) {
  const attempts = createUse(limit);
  const bytes = createUse(byteLimit);
  /** Slots with bytes for which there was no room, in the order of their first request. */
  const waiting = new Set<Slot>();

  /**
   * Returns true if no other slot has waited longer. A slot that is held up by the share of its channel or of retries
   * does not count.
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
     * Takes a slot. Returns false if no slot is free. A slot with bytes then has its turn before later slots with
     * bytes.
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
