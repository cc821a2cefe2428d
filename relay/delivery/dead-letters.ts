/**
 * The pending sends of a subscription that become dead letters: sends that the target has permanently refused, that can
 * never be attempted, that have waited for more than a day while the target failed, or that the operator skips.
 */

import type { Clock } from '../clock.ts';
import { kindOfFailure } from '../failure-kind.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { SKIPPED } from '../store/outcomes/operator.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import type { Store } from '../store/store.ts';
import type { ResultsWriter } from './results-writer.ts';
import { afterGivingUpOld, afterSkip, isOld } from './retry-policy.ts';
import type { SendQueue } from './send-queue.ts';
import type { SendEnd, ServedSubscription } from './served-subscription.ts';

/** Maximum number of sends that are given up before their results are saved. */
const MAX_UNSAVED = 1_000;

/** The result of a send that failed. */
type FailedEnd = SendEnd & { readonly reason: string };

interface DeadLettersParts {
  readonly served: ServedSubscription;
  readonly queue: SendQueue;
  readonly store: Pick<Store, 'pending'>;
  readonly results: Pick<ResultsWriter, 'save'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly metrics: Metrics | undefined;
}

/** Turns pending sends of a subscription into dead letters. */
export class DeadLetters {
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  /** Turns a pending send into a dead letter. @param kind - the reason label in the metrics */
  giveUp(
    send: WaitingSend,
    result: FailedEnd,
    change: Partial<Subscription>,
    kind: string = kindOfFailure(result.reason),
  ): void {
    const { queue, served, metrics } = this.#parts;
    queue.remove(send.seq);
    served.report(send, 'dead', result, change);
    metrics?.buried.inc({ reason: kind });
  }

  /**
   * Gives up the pending sends that are too old, without further attempts. Stops if attempts are halted, or if the
   * results of the sends cannot be saved.
   *
   * @throws if the pending sends cannot be read
   */
  async giveUpOld({ reason, endedAt }: FailedEnd, now: number): Promise<void> {
    const { queue, served, results, log } = this.#parts;
    let count = 0;
    while (!served.isHalted) {
      const send = await queue.at(0);
      if (!send || !isOld(send, served.current, now)) break;
      this.giveUp(send, { reason, endedAt, durationMs: null }, afterGivingUpOld(served.current, send.seq));
      count++;
      // A long backlog must fill neither the memory nor the queue of results, which other channels share.
      if (count % MAX_UNSAVED === 0 && !(await results.save())) break;
    }
    log.warn(
      { count, reason },
      'Gave up deliveries that had waited for more than a day. They are redriven when the target accepts a delivery.',
    );
  }

  /**
   * Gives up the delivery that the operator wants to skip, unless it was delivered in the meantime.
   *
   * @param seq - sequence number of the delivery
   * @throws if the store fails
   */
  async skip(seq: number): Promise<void> {
    const { queue, served, store, clock, log } = this.#parts;
    const { key } = served.current;
    const first = await queue.at(0);
    const [send] = queue.mayContain(seq) ? await store.pending(key, seq - 1, 1) : [];
    served.endSkip();
    if (send?.seq !== seq) {
      served.change({});
      return;
    }
    const result = { reason: SKIPPED, endedAt: Math.round(clock.now()), durationMs: null };
    // The failure count belongs to the first send, so skipping a later send leaves the count unchanged.
    this.giveUp(send, result, first?.seq === seq ? afterSkip(served.current) : {}, 'skipped');
    log.info({}, "Skipped a delivery at the operator's request.");
  }
}
