/** Limits on the attempts of a process that are in flight at the same time. */

/** Share of the slots that retries may use, so that failing targets leave room for others. */
const RETRY_SHARE = 1 / 4;
/** Share of the slots that one channel may use. A channel may have hundreds of targets that hang until their timeout. */
const CHANNEL_SHARE = 1 / 4;

/** The slots of a process. */
export type AttemptSlots = ReturnType<typeof createAttemptSlots>;

/** Creates slots for a number of attempts in flight. An attempt is a retry if the previous one of its subscription failed. */
export function createAttemptSlots(limit: number) {
  let used = 0;
  let retries = 0;
  const byChannel = new Map<number, number>();

  function change(by: 1 | -1, channel: number, isRetry: boolean): void {
    used += by;
    if (isRetry) retries += by;
    const ofChannel = (byChannel.get(channel) ?? 0) + by;
    if (ofChannel > 0) byChannel.set(channel, ofChannel);
    else byChannel.delete(channel);
  }

  return {
    /** Takes a slot. Returns false if none is free. */
    tryTake: (channel: number, isRetry: boolean): boolean => {
      if (used >= limit || (byChannel.get(channel) ?? 0) >= limit * CHANNEL_SHARE) return false;
      if (isRetry && retries >= limit * RETRY_SHARE) return false;
      change(1, channel, isRetry);
      return true;
    },
    /** Frees a slot that was taken with the same arguments. */
    free: (channel: number, isRetry: boolean): void => {
      change(-1, channel, isRetry);
    },
  };
}
