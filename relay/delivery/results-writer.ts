/** Write-behind for results: collects the results of all channels of a process and saves them in one transaction. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { ClaimId, SendResult, SubscriptionProgress } from '../store/send.ts';
import type { Store } from '../store/store.ts';
import { STORE_RETRY_MS } from './back-off.ts';

/** Delay before results are saved. If the process dies, the deliveries of this period are sent again. */
const SAVE_DELAY_MS = 250;
/** Number of unsaved results that are saved without a delay. */
const MAX_UNSAVED = 500;

/** Dependencies of a {@link ResultsWriter}. */
export interface ResultsWriterOptions {
  readonly store: Pick<Store, 'saveResults'>;
  /** Returns the id under which the process holds its claims. */
  readonly process: () => string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the delays when aborted. */
  readonly signal: AbortSignal;
  /** Called for a claim that is lost. Its results were not saved. */
  readonly onLost: (claim: ClaimId) => void;
}

/** The unsaved results of one claim. */
interface Unsaved {
  readonly sends: SendResult[];
  /** The newest state of each subscription. */
  readonly progress: Map<number, SubscriptionProgress>;
}

/** Saves results with a delay. */
export class ResultsWriter {
  readonly #options: ResultsWriterOptions;
  #unsaved = new Map<ClaimId, Unsaved>();
  #count = 0;
  #isSaveScheduled = false;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(options: ResultsWriterOptions) {
    this.#options = options;
  }

  /**
   * Adds the result of an attempt, or none, and the state of the subscription after it.
   *
   * @param claim - always the same object for the same claim
   */
  add(claim: ClaimId, send: SendResult | null, progress: SubscriptionProgress): void {
    const results: Unsaved = this.#unsaved.get(claim) ?? { sends: [], progress: new Map() };
    this.#unsaved.set(claim, results);
    if (send) results.sends.push(send);
    results.progress.set(progress.subscription, progress);
    if (++this.#count === MAX_UNSAVED) void this.save();
    else this.#schedule(SAVE_DELAY_MS);
  }

  /** Forgets the results of a claim that is lost. */
  forget(lost: ClaimId): void {
    for (const id of this.#unsaved.keys()) {
      if (id.channel === lost.channel && id.claim === lost.claim) this.#unsaved.delete(id);
    }
  }

  /** Saves all results added so far. Never rejects. Returns false if the store failed, and keeps them for the next save. */
  save(): Promise<boolean> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  #schedule(milliseconds: number): void {
    if (this.#isSaveScheduled) return;
    this.#isSaveScheduled = true;
    void this.#options.clock.sleep(milliseconds, this.#options.signal).then(() => {
      this.#isSaveScheduled = false;
      return this.save();
    });
  }

  async #saveNow(): Promise<boolean> {
    const { store, log, signal, process, onLost } = this.#options;
    const [saved, count] = [this.#unsaved, this.#count];
    this.#unsaved = new Map();
    this.#count = 0;
    if (saved.size === 0) return true;
    const results = [...saved].map(([claim, { sends, progress }]) => ({
      ...claim,
      sends,
      progress: [...progress.values()],
    }));
    try {
      for (const claim of await store.saveResults(process(), results)) onLost(claim);
      return true;
    } catch (error) {
      for (const [claim, { sends, progress }] of this.#unsaved) {
        const before = saved.get(claim);
        saved.set(claim, {
          sends: [...(before?.sends ?? []), ...sends],
          progress: new Map([...(before?.progress ?? []), ...progress]),
        });
      }
      this.#unsaved = saved;
      this.#count += count;
      log.error(
        { error: nameOf(error) },
        'Saving results failed. Retrying in 1 s. If the relay stops before then, some deliveries are sent again.',
      );
      if (!signal.aborted) this.#schedule(STORE_RETRY_MS);
      return false;
    }
  }
}
