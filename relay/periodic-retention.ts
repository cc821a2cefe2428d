/**
 * The periodic deletion of expired data, with its retention periods. `store/upkeep/retention.ts` contains the SQL
 * statements of each step.
 */

import { DAY_MS, HOUR_MS, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { recountNext, type Recounts } from './counter-checks.ts';
import type { Log } from './log.ts';
import type { Store } from './store/store.ts';
import type { StoreOptions } from './store/store-options.ts';

const INTERVAL_MS = 60_000;
/** Pause between two steps, in milliseconds. The pause lets other work proceed. */
const STEP_PAUSE_MS = 20;

/**
 * Duration of the window in which duplicates are recognized, in milliseconds. TutorCruncher retries a webhook for 19
 * minutes, but users sometimes resend a webhook days later.
 */
const DUPLICATE_MS = 72 * HOUR_MS;

/**
 * Maximum number of digests that are kept for a channel. This number of digests takes about 200 MB. At the default
 * limit of 3,000 webhooks per minute, a stranger with the webhook URL needs more than five hours to cause this many
 * digests.
 */
const MAX_DIGESTS = 1_000_000;
/**
 * Time that a delivery is kept as the earlier state of its subject, in milliseconds. A school term has about 90 days.
 */
const EARLIER_STATE_MS = 90 * DAY_MS;

/** Returns the limits and retention periods of a relay's store. */
export const storeOptions = (config: Pick<Config, 'maxChannelMb' | 'retentionHours'>): StoreOptions => ({
  maxChannelBytes: Math.floor(config.maxChannelMb * 1024 * 1024),
  maxChannelDeliveries: MAX_DIGESTS,
  duplicateMs: DUPLICATE_MS,
  bodyMs: config.retentionHours * HOUR_MS,
  deadLetterMs: 14 * DAY_MS,
  earlierStateMs: EARLIER_STATE_MS,
});

/**
 * Deletes expired data every minute, in steps, and then checks the counters of one channel, until the signal is
 * aborted.
 */
export async function runRetention(
  store: Pick<Store, 'retain'> & Recounts,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let steps = 0;
  let recounted = 0;
  while (!signal.aborted) {
    try {
      if (await store.retain(clock.now())) {
        steps++;
        await clock.sleep(STEP_PAUSE_MS, signal);
        continue;
      }
      if (steps > 0) log.info({ steps }, 'Deleted expired data.');
      steps = 0;
    } catch {
      log.error({}, 'Deleting expired data failed. Retrying in a minute.');
    }
    recounted = await recountNext(store, log, recounted);
    await clock.sleep(INTERVAL_MS, signal);
  }
}
