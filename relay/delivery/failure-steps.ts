/**
 * The steps that follow a failed attempt of the first pending send: giving up sends, probing the next send, or waiting.
 * `retry-policy.ts` decides which step follows.
 */

import type { Clock } from '../clock.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { FailedAttempt, RefusedAttempt } from './attempt-result.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { ResultsWriter } from './results-writer.ts';
import { afterFailure, afterRefusedForGood, isOld, stepAfterFailure } from './retry-policy.ts';
import type { SendEnd } from './served-subscription.ts';
import { probeNextSend, type SetAsideParts } from './set-aside.ts';

/** The dependencies of the steps, which the worker of the subscription provides. */
export interface FailureParts extends SetAsideParts {
  readonly deadLetters: Pick<DeadLetters, 'giveUp' | 'giveUpOld'>;
  readonly results: Pick<ResultsWriter, 'save'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Returns a random number from 0 to 1 for the jitter. */
  readonly random: () => number;
}

/**
 * Takes the step that follows a failed attempt of the first pending send. Returns true if another send can follow
 * immediately.
 *
 * @throws if the store fails
 */
export async function takeFailureStep(
  send: WaitingSend,
  failure: SendEnd & (FailedAttempt | RefusedAttempt),
  parts: FailureParts,
): Promise<boolean> {
  const { served, deadLetters, results, clock, log, random } = parts;
  const now = clock.now();
  const next = afterFailure(served.current, failure, now, random());
  // A paused subscription gives up no deliveries. A delivery that the operator skips is given up separately.
  const isHeld = served.isPaused || served.skipSeq !== null;
  const step = isHeld ? 'wait' : stepAfterFailure(next, isOld(send, served.current, now), now);
  if (step === 'give up') {
    deadLetters.giveUp(send, failure, afterRefusedForGood(next, send.seq));
    log.warn(
      { reason: failure.reason },
      'The target refused a delivery three times. Continuing with the next delivery. Redrive this dead letter when the Zap accepts it.',
    );
    return true;
  }
  served.report(send, 'waiting', failure, next);
  const { failures, refusedEvents, nextAttemptAt } = next;
  log.warn(
    { reason: failure.reason, failures, refusedEvents, retryInSeconds: Math.round((nextAttemptAt - now) / 1000) },
    'A delivery attempt failed. Retrying after the delay.',
  );
  if (step === 'give up old') await deadLetters.giveUpOld(failure, now);
  await results.save();
  return step === 'probe' && probeNextSend(send, failure, parts);
}
