/** Write-behind for results: collects the results of all channels of a process and saves them in one transaction. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { ClaimId } from '../store/claims.ts';
import type { ChannelResults, SendResult, SubscriptionProgress } from '../store/send.ts';
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

/** The unsaved results of a claim. Of several changes to a subscription, only the newest is saved. */
interface Unsaved {
  readonly sends: SendResult[];
  readonly progress: Map<number, SubscriptionProgress>;
}

/** Saves results with a delay. */
export class ResultsWriter {
  readonly #options: ResultsWriterOptions;
  readonly #unsaved = new Map<string, ClaimId & Unsaved>();
  #count = 0;
  #isSaveScheduled = false;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(options: ResultsWriterOptions) {
    this.#options = options;
  }

  /** Adds the result of an attempt, or none, and the state of the subscription after it. */
  add({ channel, claim }: ClaimId, send: SendResult | null, progress: SubscriptionProgress): void {
    const key = `${channel} ${claim}`;
    const unsaved = this.#unsaved.get(key) ?? {
      channel,
      claim,
      sends: [] as SendResult[],
      progress: new Map<number, SubscriptionProgress>(),
    };
    this.#unsaved.set(key, unsaved);
    if (send) unsaved.sends.push(send);
    const skippedSeq = progress.skippedSeq ?? unsaved.progress.get(progress.subscription)?.skippedSeq ?? null;
    unsaved.progress.set(progress.subscription, { ...progress, skippedSeq });
    this.#count++;
    if (this.#count === MAX_UNSAVED) void this.save();
    else this.#schedule(SAVE_DELAY_MS);
  }

  /** Forgets the results of a claim that is lost. */
  forget({ channel, claim }: ClaimId): void {
    this.#unsaved.delete(`${channel} ${claim}`);
  }

  /**
   * Saves all results added so far. Saves run one after another. Never rejects.
   *
   * @returns false if the store failed. The results are then kept for the next save.
   */
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
    const saved = [...this.#unsaved.values()];
    this.#unsaved.clear();
    this.#count = 0;
    if (saved.length === 0) return true;
    const results = saved.map(({ progress, ...rest }): ChannelResults => ({
      ...rest,
      progress: [...progress.values()],
    }));
    try {
      for (const claim of await store.saveResults(process(), results)) onLost(claim);
      return true;
    } catch (error) {
      for (const older of saved) this.#keep(older);
      log.error(
        { error: nameOf(error) },
        'Saving results failed. Retrying in 1 s. If the relay stops before then, some deliveries are sent again.',
      );
      if (!signal.aborted) this.#schedule(STORE_RETRY_MS);
      return false;
    }
  }

  /** Keeps results that were not saved, before those that have been added since. */
  #keep(older: ClaimId & Unsaved): void {
    const key = `${older.channel} ${older.claim}`;
    const newer = this.#unsaved.get(key);
    this.#unsaved.set(key, {
      ...older,
      sends: [...older.sends, ...(newer?.sends ?? [])],
      progress: new Map([...older.progress, ...(newer?.progress ?? [])]),
    });
  }
}
