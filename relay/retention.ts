/** The periodic deletion of expired data. */

import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { HOUR_MS } from './clock.ts';
import type { Store, StoreOptions } from './store/store.ts';

const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS = 60_000;
/** Pause between two steps, which lets other work proceed. */
const STEP_PAUSE_MS = 20;

/**
 * Time for which a repeated delivery is recognised as a duplicate. TutorCruncher retries for 19 minutes, but users may
 * resend deliveries manually days later.
 */
const DUPLICATE_MS = 72 * HOUR_MS;

/** Returns the limits and retention periods of a relay's store. */
export const storeOptions = ({
  maxChannelMb,
  maxChannelDeliveries,
  retentionHours,
  memoryDays,
}: Pick<Config, 'maxChannelMb' | 'maxChannelDeliveries' | 'retentionHours' | 'memoryDays'>): StoreOptions => ({
  maxChannelBytes: Math.floor(maxChannelMb * 1024 * 1024),
  maxChannelDeliveries,
  duplicateMs: DUPLICATE_MS,
  bodyMs: retentionHours * HOUR_MS,
  deadLetterMs: 14 * DAY_MS,
  memoryMs: memoryDays * DAY_MS,
});

/** Deletes expired data every minute, in steps, until the signal is aborted. */
export async function runRetention(
  store: Pick<Store, 'retain'>,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let steps = 0;
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
    await clock.sleep(INTERVAL_MS, signal);
  }
}
