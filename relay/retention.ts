/** The periodic deletion of expired data. */

import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { HOUR_MS, RETAIN_BATCH, type RetentionLimits, type Store, type StoreOptions } from './store/store.ts';

const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS = 60_000;
/** Pause between two batches, which lets other work proceed. */
const BATCH_PAUSE_MS = 20;

/**
 * Time for which a repeated delivery is recognised as a duplicate. TutorCruncher retries for 19 minutes, but users may
 * resend deliveries manually days later.
 */
export const DUPLICATE_MS = 72 * HOUR_MS;

/** Returns the limits that a relay's store enforces when a delivery arrives. */
export const storeOptions = ({
  maxChannelMb,
  maxChannelDeliveries,
  memoryDays,
}: Pick<Config, 'maxChannelMb' | 'maxChannelDeliveries' | 'memoryDays'>): StoreOptions => ({
  maxChannelBytes: Math.floor(maxChannelMb * 1024 * 1024),
  maxChannelDeliveries,
  duplicateMs: DUPLICATE_MS,
  memoryMs: memoryDays * DAY_MS,
});

/** Returns the retention period of each kind of data. */
export const retentionLimits = ({
  retentionHours,
  memoryDays,
}: Pick<Config, 'retentionHours' | 'memoryDays'>): RetentionLimits => ({
  bodyMs: retentionHours * HOUR_MS,
  duplicateMs: DUPLICATE_MS,
  deadLetterMs: 14 * DAY_MS,
  memoryMs: memoryDays * DAY_MS,
});

/** Deletes expired data every minute, in batches, until the signal is aborted. */
export async function runRetention(
  store: Store,
  limits: RetentionLimits,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let steps = 0;
  while (!signal.aborted) {
    try {
      const count = await store.retain(limits, clock.now());
      if (count > 0) steps++;
      if (count < RETAIN_BATCH && steps > 0) {
        log.info({ steps }, 'Deleted expired data.');
        steps = 0;
      }
      if (count >= RETAIN_BATCH) {
        await clock.sleep(BATCH_PAUSE_MS, signal);
        continue;
      }
    } catch {
      log.error({}, 'Deleting expired data failed. Retrying in a minute.');
    }
    await clock.sleep(INTERVAL_MS, signal);
  }
}
