import { systemClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { StoreUnavailable } from './store.ts';

/** Pauses between two attempts to open the store, and between two log lines. */
const RETRY_MS = 2_000;
const LOG_MS = 60_000;

/** Opens a store. Retries after temporary failures until the signal is aborted and it returns null. Throws others. */
export async function openWhenAvailable<T>(
  open: () => Promise<T>,
  log: Pick<Log, 'warn'>,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<T | null> {
  let logAt = -Infinity;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof StoreUnavailable && error.isTemporary)) throw error;
      if (clock.now() >= logAt) {
        log.warn({}, `${error.message} The relay is waiting for its store and retries every ${RETRY_MS / 1000} s.`);
        logAt = clock.now() + LOG_MS;
      }
    }
    await clock.sleep(RETRY_MS, signal);
    if (signal.aborted) return null;
  }
}
