/** What is deleted when. */

import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { HOUR_MS, RETAIN_BATCH, type RetentionLimits, type Store, type StoreOptions } from './store/store.ts';

const EVERY_MS = 60_000;
/** Others get their turn between two batches. */
const PAUSE_MS = 20;

/** The same bytes are known for so long: TutorCruncher sends again for 19 minutes, people for days. */
export const DUPLICATE_MS = 72 * HOUR_MS;

/** The limits that a relay's store enforces when a delivery arrives. */
export const STORE_OPTIONS: StoreOptions = { maxChannelBytes: 1024 * 1024 * 1024, duplicateMs: DUPLICATE_MS };

/** How long things are kept. */
export const retentionLimits = (retentionHours: number): RetentionLimits => ({
  bodyMs: retentionHours * HOUR_MS,
  duplicateMs: DUPLICATE_MS,
  deadLetterMs: 14 * 24 * HOUR_MS,
});

/** Deletes what has been kept long enough, every minute until the signal is aborted. */
export async function keepTidy(
  store: Store,
  limits: RetentionLimits,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const count = await store.retain(limits, clock.now());
      if (count > 0) log.info({ count }, 'Deleted what was kept long enough.');
      if (count >= RETAIN_BATCH) {
        await clock.sleep(PAUSE_MS, signal);
        continue;
      }
    } catch {
      log.error({}, 'Could not delete what was kept long enough; trying again in a minute.');
    }
    await clock.sleep(EVERY_MS, signal);
  }
}
