/**
 * The redrive of a subscription's sends, and the retries of the send that is set aside. While the target fails, the
 * redrive pauses with a back-off of its own, so that no other send waits for a send that always fails.
 */

import type { WaitingSend } from '../store/send.ts';
import type { FailedAttempt } from './attempt-result.ts';
import { backOffMs, GIVE_UP_AFTER_MS, waitedMs } from './back-off.ts';
import { kindOfFailure } from './refusal.ts';
import type { PacedAttempts, TimedResult } from './paced-attempts.ts';
import type { SubscriptionState } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Maximum number of sends in a batch. Pending sends are attempted between two batches. */
const BATCH_SIZE = 10;

/** Attempts the sends of a subscription that are redriven or set aside. */
export class Redrive {
  readonly #state: SubscriptionState;
  readonly #attempts: PacedAttempts;
  readonly #options: WorkerOptions;
  #isPending: boolean;

  constructor(state: SubscriptionState, attempts: PacedAttempts, options: WorkerOptions) {
    this.#state = state;
    this.#attempts = attempts;
    this.#options = options;
    this.#isPending = state.current.isRedriving;
  }

  /** Time of the next attempt, in milliseconds since 1970; infinity if there is nothing to redrive. */
  get dueAt(): number {
    return this.#isPending ? this.#state.current.nextRedriveAt : Infinity;
  }

  /** Starts to redrive sends that have been marked in the store. */
  start(): void {
    this.#isPending = true;
  }

  /** Sets aside a send that has just failed, and schedules its next attempt. */
  setAside(send: WaitingSend, { reason, endedAt }: TimedResult & FailedAttempt): void {
    const { clock, random } = this.#options;
    const change = { redriveFailures: 1, nextRedriveAt: clock.now() + backOffMs(1, random()) };
    this.#state.report(send, 'set_aside', { reason, endedAt, durationMs: null }, change);
    this.#isPending = true;
  }

  /** Marks the dead letters of an outage as redriven, once. @throws if the store fails */
  async startAfterOutage(): Promise<void> {
    const { store, log, results } = this.#options;
    await results.save();
    const { channel, id, outageFrom } = this.#state.current;
    const count = await store.redrive(channel, id, outageFrom ?? 0);
    if (count > 0) {
      log.info({ count }, 'The target has recovered. Redriving the dead letters of the outage.');
      this.#isPending = true;
    }
    this.#state.change({ outageFrom: null });
  }

  /** Attempts a batch of redriven sends. @throws if the store fails */
  async attemptBatch(): Promise<void> {
    const { store, log, results } = this.#options;
    // Without this, the store would return sends whose results are not saved yet.
    await results.save();
    const batch = await store.redriven(this.#state.current.key, BATCH_SIZE);
    if (batch.length === 0) {
      this.#isPending = false;
      this.#state.change({ redriveFailures: 0, nextRedriveAt: 0 });
      return;
    }
    const seqs = batch.map(({ seq }) => seq);
    for (const [index, send] of batch.entries()) {
      if (this.#state.isHalted) return;
      const isRetry = this.#state.current.redriveFailures > 0;
      const result = await this.#attempts.attempt(send, () => seqs.slice(index), isRetry);
      if (result === null) return;
      if (result.type === 'failed') {
        this.#backOff(send, result);
        return;
      }
      if (result.type === 'delivered') this.#redelivered(send, result);
      else {
        this.#state.report(send, 'dead', result, {});
        log.warn({ reason: result.reason }, 'A dead letter was refused again. It remains a dead letter.');
      }
    }
  }

  #redelivered(send: WaitingSend, result: TimedResult): void {
    const { nextAttemptAt, refusedTries } = this.#state.current;
    this.#state.report(send, 'delivered', result, {
      lastSuccessAt: result.endedAt,
      redriveFailures: 0,
      nextRedriveAt: 0,
      // The target works again, so the back-off of pending sends ends. A refused event keeps the delay before its next
      // attempt.
      nextAttemptAt: refusedTries > 0 ? nextAttemptAt : Math.min(nextAttemptAt, this.#options.clock.now()),
    });
  }

  #backOff(send: WaitingSend, result: TimedResult & FailedAttempt): void {
    const { clock, random, log, metrics } = this.#options;
    const failures = this.#state.current.redriveFailures + 1;
    const delay = result.retryAfterMs ?? backOffMs(failures, random());
    const change = { redriveFailures: failures, nextRedriveAt: clock.now() + delay };
    const isDead = send.isSetAside && waitedMs(send, this.#state.current, clock.now()) > GIVE_UP_AFTER_MS;
    this.#state.report(send, isDead ? 'dead' : 'redriven', result, change);
    if (isDead) metrics?.buried.inc({ reason: kindOfFailure(result.reason) });
    log.warn(
      { reason: result.reason, failures, retryInSeconds: Math.round(delay / 1000) },
      'Redelivery of a dead letter, or of an event that is set aside, failed. Retrying after the delay.',
    );
  }
}
