/**
 * Attempts of a subscription's sends that are redriven or set aside. After a failure, these attempts wait for the end
 * of a separate back-off, so that no other send waits for a send that always fails.
 */

import type { Clock } from '../clock.ts';
import { kindOfFailure } from '../failure-kind.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSend } from './attempts.ts';
import type { FailedAttempt } from './attempt-result.ts';
import type { ResultsWriter } from './results-writer.ts';
import { afterFailedRedrive, afterRedriven, isOld, NO_REDRIVE_FAILURES } from './retry-policy.ts';
import type { SendEnd, ServedSubscription } from './served-subscription.ts';

/** Maximum number of sends in a batch. Pending sends are attempted between two batches. */
const BATCH_SIZE = 10;

interface SeparateRetriesParts {
  readonly served: ServedSubscription;
  readonly attempt: AttemptSend;
  readonly store: Pick<Store, 'redriveFrom' | 'redriven'>;
  readonly results: Pick<ResultsWriter, 'save'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly random: () => number;
}

/** Attempts the sends of a subscription that are redriven or set aside. */
export class SeparateRetries {
  readonly #parts: SeparateRetriesParts;
  /** True if the subscription might have sends that are redriven or set aside. */
  #isPending: boolean;

  constructor(parts: SeparateRetriesParts) {
    this.#parts = parts;
    this.#isPending = parts.served.current.isRedriving;
  }

  /** The time of the next attempt, in milliseconds since 1970; infinity if no send is redriven or set aside. */
  get dueAt(): number {
    return this.#isPending ? this.#parts.served.current.nextRedriveAt : Infinity;
  }

  /** Starts attempting the sends that the store has marked as redriven. */
  start(): void {
    this.#isPending = true;
  }

  /** Sets aside a send that has just failed, and schedules its next attempt. */
  setAside(send: WaitingSend, { reason, endedAt }: SendEnd): void {
    const { served, clock, random } = this.#parts;
    const change = afterFailedRedrive(NO_REDRIVE_FAILURES, null, clock.now(), random());
    served.report(send, 'set_aside', { reason, endedAt, durationMs: null }, change);
    this.#isPending = true;
  }

  /**
   * Marks the dead letters of an outage as redriven, in steps, unless attempts are halted.
   *
   * @throws if the store fails
   */
  async startAfterOutage(): Promise<void> {
    const { served, store, results, log } = this.#parts;
    await results.save();
    let total = 0;
    while (!served.isHalted) {
      const { channel, id, outageFrom } = served.current;
      if (outageFrom === null) break;
      const { count, nextSeq } = await store.redriveFrom(channel, id, outageFrom);
      total += count;
      this.#isPending ||= count > 0;
      served.change({ outageFrom: nextSeq });
    }
    if (total > 0) log.info({ count: total }, 'The target has recovered. Redriving the dead letters of the outage.');
  }

  /** Attempts a batch of redriven sends, until an attempt fails. @throws if the store fails */
  async attemptBatch(): Promise<void> {
    const { served, store, results, attempt } = this.#parts;
    // Without this save, the store would return sends whose results are not saved yet.
    await results.save();
    const batch = await store.redriven(served.current.key, BATCH_SIZE);
    if (batch.length === 0) {
      this.#isPending = false;
      served.change(NO_REDRIVE_FAILURES);
    }
    for (const [index, send] of batch.entries()) {
      if (served.isHalted) return;
      const result = await attempt(send, () => batch.slice(index), served.current.redriveFailures > 0);
      if (result === null) return;
      if (result.type === 'failed') {
        this.#backOff(send, result);
        return;
      }
      this.#reportEnd(send, result);
    }
  }

  /** Reports a send that was accepted or refused, or that can never be attempted. */
  #reportEnd(send: WaitingSend, result: SendEnd & { readonly type: string }): void {
    const { served, clock, log } = this.#parts;
    if (result.type === 'delivered') {
      served.report(send, 'delivered', result, afterRedriven(served.current, result.endedAt, clock.now()));
      return;
    }
    served.report(send, 'dead', result, {});
    log.warn({ reason: result.reason }, 'A dead letter was refused again. It remains a dead letter.');
  }

  /** Reports a send that failed, and schedules the next batch. */
  #backOff(send: WaitingSend, result: SendEnd & FailedAttempt): void {
    const { served, clock, log, metrics, random } = this.#parts;
    const now = clock.now();
    const change = afterFailedRedrive(served.current, result.retryAfterMs, now, random());
    const isDead = send.isSetAside && isOld(send, served.current, now);
    served.report(send, isDead ? 'dead' : 'waiting', result, change);
    if (isDead) metrics?.buried.inc({ reason: kindOfFailure(result.reason) });
    log.warn(
      {
        reason: result.reason,
        failures: change.redriveFailures,
        retryInSeconds: Math.round((change.nextRedriveAt - now) / 1000),
      },
      'Redelivery of a dead letter, or of an event that is set aside, failed. Retrying after the delay.',
    );
  }
}
