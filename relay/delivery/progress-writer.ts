/** Write-behind for progress: collects the progress of subscriptions and saves it to the store in batches. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from '../store/subscription.ts';

/** Delay before the progress of attempts is saved. If the process dies, deliveries from this period are sent again. */
const SAVE_DELAY_MS = 20;
/** Maximum delay of deferred progress, unless it is saved with other progress. */
const DEFERRED_SAVE_MS = 5_000;

/**
 * Urgency of progress. `soon` is for attempts. `deferred` is for cursors that only skipped deliveries that the filter
 * does not select. Losing such progress costs a read, but causes no duplicate.
 */
export type Urgency = 'soon' | 'deferred';

/** Dependencies of a {@link ProgressWriter}. */
export interface ProgressWriterOptions {
  readonly store: Pick<Store, 'progress'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the save delay when aborted. */
  readonly signal: AbortSignal;
}

/** The newest progress of each subscription, by lease. */
class Unsaved {
  readonly #byLease = new Map<string, Map<string, Progress>>();

  set(progress: Progress): void {
    const ofLease = this.#byLease.get(progress.leaseId);
    if (ofLease) ofLease.set(progress.subscriptionId, progress);
    else this.#byLease.set(progress.leaseId, new Map([[progress.subscriptionId, progress]]));
  }

  /** Adds progress, unless there is already progress of the same subscription. */
  setOlder(progress: Progress): void {
    if (!this.#byLease.get(progress.leaseId)?.has(progress.subscriptionId)) this.set(progress);
  }

  hasLease(leaseId: string): boolean {
    return this.#byLease.has(leaseId);
  }

  values(): Progress[] {
    return [...this.#byLease.values()].flatMap((ofLease) => [...ofLease.values()]);
  }
}

/** Saves progress with a delay. Of several changes to a subscription under one lease, only the last is saved. */
export class ProgressWriter {
  readonly #options: ProgressWriterOptions;
  #unsaved = new Unsaved();
  #isSaveScheduled = false;
  #saving: Promise<boolean> = Promise.resolve(true);
  #deferredSince: number | null = null;
  #isRetryDue = false;

  constructor(options: ProgressWriterOptions) {
    this.#options = options;
  }

  /**
   * Adds progress. Schedules a save if the progress is urgent; the caller saves deferred progress when a save is due.
   */
  add(progress: Progress, urgency: Urgency): void {
    this.#unsaved.set(progress);
    if (urgency === 'deferred') this.#deferredSince ??= this.#options.clock.now();
    else if (!this.#isSaveScheduled) void this.#saveAfterDelay();
  }

  /**
   * True if deferred progress or progress whose save failed has waited for its maximum delay, or if there is progress
   * of subscriptions that were locked during the previous save.
   */
  get isSaveDue(): boolean {
    if (this.#isRetryDue) return true;
    return this.#deferredSince !== null && this.#options.clock.now() - this.#deferredSince >= DEFERRED_SAVE_MS;
  }

  /** Returns true if there is unsaved progress under a lease. */
  hasUnsaved(leaseId: string): boolean {
    return this.#unsaved.hasLease(leaseId);
  }

  /**
   * Saves all progress added so far. Saves run one after another. Never rejects.
   *
   * @returns false if the store failed. The progress is then kept for the next save. Progress of subscriptions that
   *   another database session has locked is also kept.
   */
  save(): Promise<boolean> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  async #saveAfterDelay(): Promise<void> {
    this.#isSaveScheduled = true;
    await this.#options.clock.sleep(SAVE_DELAY_MS, this.#options.signal);
    await this.save();
  }

  /** Keeps progress that was not saved. Progress that has arrived since replaces older progress of its subscription. */
  #keep(progress: readonly Progress[]): void {
    for (const entry of progress) this.#unsaved.setOlder(entry);
  }

  async #saveNow(): Promise<boolean> {
    const { store, clock, log } = this.#options;
    const progress = this.#unsaved.values();
    this.#unsaved = new Unsaved();
    this.#isSaveScheduled = false;
    this.#deferredSince = null;
    this.#isRetryDue = false;
    if (progress.length === 0) return true;
    try {
      const locked = await store.progress(progress);
      if (locked.length > 0) {
        this.#keep(locked);
        this.#isRetryDue = true;
      }
      return true;
    } catch (error) {
      this.#keep(progress);
      this.#deferredSince = clock.now();
      log.error(
        { error: nameOf(error) },
        'Saving progress failed. Retrying within a few seconds. If the relay stops before then, some deliveries are sent again.',
      );
      return false;
    }
  }
}
