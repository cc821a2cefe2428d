/** Write-behind for results: collects the results of all channels of a process and saves them in one transaction. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { ChannelResults, SendResult, SubscriptionProgress, ClaimId } from '../store/send.ts';
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

/** Leaves out the states of subscriptions that newer ones of the same claim replace. */
function withNewest(results: readonly ChannelResults[]): ChannelResults[] {
  const newest = new Map<string, SubscriptionProgress>();
  const keyOf = ({ claim }: ClaimId, { subscription }: SubscriptionProgress) => `${claim} ${subscription}`;
  for (const each of results) for (const one of each.progress) newest.set(keyOf(each, one), one);
  const isNewest = (id: ClaimId, one: SubscriptionProgress) => newest.get(keyOf(id, one)) === one;
  return results.map((each) => ({ ...each, progress: each.progress.filter((one) => isNewest(each, one)) }));
}

/** Saves results with a delay. */
export class ResultsWriter {
  readonly #options: ResultsWriterOptions;
  #unsaved: ChannelResults[] = [];
  #isSaveScheduled = false;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(options: ResultsWriterOptions) {
    this.#options = options;
  }

  /** Adds the result of an attempt, or none, and the state of the subscription after it. */
  add(claim: ClaimId, send: SendResult | null, progress: SubscriptionProgress): void {
    this.#unsaved.push({ ...claim, sends: send ? [send] : [], progress: [progress] });
    if (this.#unsaved.length === MAX_UNSAVED) void this.save();
    else this.#schedule(SAVE_DELAY_MS);
  }

  /** Forgets the results of a claim that is lost. */
  forget(lost: ClaimId): void {
    this.#unsaved = this.#unsaved.filter(({ channel, claim }) => channel !== lost.channel || claim !== lost.claim);
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
    const saved = this.#unsaved;
    this.#unsaved = [];
    if (saved.length === 0) return true;
    try {
      for (const claim of await store.saveResults(process(), withNewest(saved))) onLost(claim);
      return true;
    } catch (error) {
      this.#unsaved = [...saved, ...this.#unsaved];
      log.error(
        { error: nameOf(error) },
        'Saving results failed. Retrying in 1 s. If the relay stops before then, some deliveries are sent again.',
      );
      if (!signal.aborted) this.#schedule(STORE_RETRY_MS);
      return false;
    }
  }
}
