/** Checks the counters of channels against the rows that they count. `store/upkeep/counters.ts` has the statements. */

import type { Log } from './log.ts';
import { shortNameOf } from './short-name.ts';
import type { Store } from './store/store.ts';

/** The store's calls that recount the rows of channels. */
export type Recounts = Pick<Store, 'channelAfter' | 'counterExcess' | 'correctCounters'>;

/**
 * Counts the rows of a channel, and corrects the channel's counters. Returns the excess of each counter over the count;
 * null if all counters are correct.
 */
export async function recount(store: Pick<Recounts, 'counterExcess' | 'correctCounters'>, key: number) {
  const excess = await store.counterExcess(key);
  if (excess) await store.correctCounters(key, excess);
  return excess;
}

/**
 * Corrects the counters of the first channel whose key is greater than `after`. Returns the key of this channel; 0 if
 * there is no such channel.
 */
export async function recountNext(store: Recounts, log: Log, after: number): Promise<number> {
  let last = after;
  try {
    const next = await store.channelAfter(after);
    if (!next) return 0;
    last = next.key;
    const corrected = await recount(store, next.key);
    const fields = { channel: shortNameOf(next.channel), ...corrected };
    if (corrected) log.warn(fields, 'The counters of a channel differed from its rows, and have been corrected.');
  } catch {
    log.error({}, 'Counting the rows of a channel failed. Continuing with the next channel in a minute.');
  }
  return last;
}
