/** Write-behind for results: collects the results of all channels of a process and saves them together. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { HeldClaim, SendResult, SubscriptionProgress } from '../store/send.ts';
import type { Store } from '../store/store.ts';
import { STORE_RETRY_MS } from './back-off.ts';

/**
 * Delay before results are saved. If the process dies, the deliveries of this period are sent again. New events of the
 * channel wait while its results are saved: at 500 events per second to five Zaps, the slowest 1 % of the deliveries
 * with PostgreSQL take more than 198 ms with a delay of 250 ms, and more than 35 ms with this delay.
 */
const SAVE_DELAY_MS = 50;

/** Maximum number of results that are saved in one transaction, so that a long backlog delays nobody. */
const MAX_RESULTS = 1_000;

interface ResultsWriterOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the delays when aborted. */
  readonly signal: AbortSignal;
  /** Called for a claim that is lost. Its results were not saved. */
  readonly onLost: (claim: HeldClaim) => void;
}

/** The result of an attempt, or none, and the state of the subscription after it. */
interface Unsaved {
  /** Always the same object for the same claim. */
  readonly claim: HeldClaim;
  readonly send: SendResult | null;
  readonly progress: SubscriptionProgress;
}

/** The writer of a process. */
export type ResultsWriter = ReturnType<typeof createResultsWriter>;

/** Saves results with a delay. */
export function createResultsWriter({ store, clock, log, signal, onLost }: ResultsWriterOptions) {
  let unsaved: Unsaved[] = [];
  let isSaveScheduled = false;
  let saving: Promise<boolean> = Promise.resolve(true);

  /** Removes and returns the oldest results, at most {@link MAX_RESULTS}, of claims that the process holds under one id. */
  function takeOldest(): Unsaved[] {
    const process = unsaved[0]?.claim.process;
    const end = unsaved.findIndex(({ claim }, index) => index >= MAX_RESULTS || claim.process !== process);
    return unsaved.splice(0, end < 0 ? unsaved.length : end);
  }

  /** Returns the number of results that were saved. @throws if the store fails */
  async function saveOldest(): Promise<number> {
    const saved = takeOldest();
    const byClaim = Map.groupBy(saved, ({ claim }) => claim);
    const results = [...byClaim].map(([{ channel, claim }, own]) => ({
      channel,
      claim,
      sends: own.flatMap(({ send }) => send ?? []),
      // The newest state of each subscription counts.
      progress: [...new Map(own.map(({ progress }) => [progress.subscription, progress])).values()],
    }));
    try {
      const lost = await store.saveResults(saved[0]?.claim.process ?? '', results);
      for (const held of byClaim.keys()) {
        if (lost.some(({ channel, claim }) => channel === held.channel && claim === held.claim)) onLost(held);
      }
      return saved.length;
    } catch (error) {
      unsaved = [...saved, ...unsaved];
      throw error;
    }
  }

  async function saveNow(): Promise<boolean> {
    try {
      for (let left = unsaved.length; left > 0;) left -= await saveOldest();
      return true;
    } catch (error) {
      log.error(
        { error: nameOf(error) },
        'Saving results failed. Retrying in 1 s. If the relay stops before then, some deliveries are sent again.',
      );
      if (!signal.aborted) schedule(STORE_RETRY_MS);
      return false;
    }
  }

  /** Saves all results added so far. Never rejects. Returns false if the store failed, and keeps them for the next save. */
  function save(): Promise<boolean> {
    saving = saving.then(saveNow);
    return saving;
  }

  function schedule(milliseconds: number): void {
    if (isSaveScheduled) return;
    isSaveScheduled = true;
    void clock.sleep(milliseconds, signal).then(() => {
      isSaveScheduled = false;
      return save();
    });
  }

  return {
    save,
    add: (claim: HeldClaim, send: SendResult | null, progress: SubscriptionProgress): void => {
      unsaved.push({ claim, send, progress });
      schedule(SAVE_DELAY_MS);
    },
  };
}
