/** Write-behind for attempts: collects the attempts that the console shows and saves them to the store in batches. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Attempt, ConsoleStore } from '../store/console-store.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Subscription } from '../store/subscription.ts';
import type { AttemptResult } from './attempt.ts';

/** Delay before attempts are saved. If the process dies, the attempts of this period are missing from the console. */
const SAVE_DELAY_MS = 100;
/** Delay before attempts are saved again after the store has failed. */
const RETRY_MS = 1_000;
/**
 * Maximum number of unsaved attempts while the store fails. Beyond it, the oldest are dropped, because nothing depends
 * on them.
 */
const MAX_UNSAVED = 1_000;

/**
 * Returns the attempt to record; null if it need not be recorded. A success without a preceding failure is not recorded
 * for a new delivery, which saves a row in the store.
 *
 * @param endedAt - milliseconds since 1970
 */
export function attemptToRecord(
  { id, cursor, failures }: Subscription,
  { seq, isSentAgain = false }: Delivery,
  result: AttemptResult,
  endedAt: number,
  durationMs: number,
): Attempt | null {
  if (result.outcome === 'gone') return null;
  const isDeadLetter = seq <= cursor;
  if (result.outcome === 'delivered' && failures === 0 && !isDeadLetter) return null;
  const failure = 'reason' in result ? result.reason : null;
  return { subscriptionId: id, seq, endedAt, failure, durationMs, isSentAgain };
}

/** Dependencies of an {@link AttemptWriter}. */
export interface AttemptWriterOptions {
  readonly store: Pick<ConsoleStore, 'recordAttempts'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the delays when aborted. */
  readonly signal: AbortSignal;
}

/** Saves attempts with a delay. */
export class AttemptWriter {
  readonly #options: AttemptWriterOptions;
  #unsaved: Attempt[] = [];
  #isSaveScheduled = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: AttemptWriterOptions) {
    this.#options = options;
  }

  /** Adds an attempt and schedules a save. */
  readonly add = (attempt: Attempt): void => {
    this.#unsaved.push(attempt);
    if (this.#unsaved.length > MAX_UNSAVED) this.#unsaved.shift();
    this.#schedule(SAVE_DELAY_MS);
  };

  /** Saves all attempts added so far. Saves run one after another. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  #schedule(milliseconds: number): void {
    if (this.#isSaveScheduled) return;
    this.#isSaveScheduled = true;
    void this.#saveAfter(milliseconds);
  }

  async #saveAfter(milliseconds: number): Promise<void> {
    await this.#options.clock.sleep(milliseconds, this.#options.signal);
    this.#isSaveScheduled = false;
    await this.save();
  }

  async #saveNow(): Promise<void> {
    const { store, log, signal } = this.#options;
    const attempts = this.#unsaved;
    if (attempts.length === 0) return;
    this.#unsaved = [];
    try {
      await store.recordAttempts(attempts);
    } catch (error) {
      this.#unsaved = [...attempts, ...this.#unsaved].slice(-MAX_UNSAVED);
      log.error({ error: nameOf(error) }, 'Saving attempts for the console failed. Retrying in a second.');
      if (!signal.aborted) this.#schedule(RETRY_MS);
    }
  }
}
