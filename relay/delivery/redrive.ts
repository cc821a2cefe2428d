/**
 * The redrive of a subscription's sends, and the retries of the send that is set aside. While the target fails, the
 * redrive pauses with a back-off of its own, so that no other send waits for a send that always fails.
 */

import type { WaitingSend } from '../store/send.ts';
import { backOffMs, GIVE_UP_AFTER_MS, waitedMs } from './back-off.ts';
import { kindOfFailure, type FailedAttempt } from './refusal.ts';
import type { Attempt, TimedResult } from './paced-attempts.ts';
import type { SubscriptionState } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Size of a batch. Pending sends are attempted between two batches. */
const BATCH_SIZE = 10;

/** Attempts the sends of a subscription that are redriven or set aside. */
export function createRedrive(state: SubscriptionState, attempt: Attempt, options: WorkerOptions) {
  const { store, log, results, clock, random, metrics } = options;
  let isPending = state.current().isRedriving;

  function reportDelivered(send: WaitingSend, result: TimedResult): void {
    const { nextAttemptAt, refusedTries } = state.current();
    state.report(send, 'delivered', result, {
      lastSuccessAt: result.endedAt,
      redriveFailures: 0,
      nextRedriveAt: 0,
      // The target works again, so the back-off of pending sends ends. A refused event keeps the delay before its next
      // attempt.
      nextAttemptAt: refusedTries > 0 ? nextAttemptAt : Math.min(nextAttemptAt, clock.now()),
    });
  }

  function backOff(send: WaitingSend, result: TimedResult & FailedAttempt): void {
    const failures = state.current().redriveFailures + 1;
    const delay = result.retryAfterMs ?? backOffMs(failures, random());
    const change = { redriveFailures: failures, nextRedriveAt: clock.now() + delay };
    const isDead = send.isSetAside && waitedMs(send, state.current(), clock.now()) > GIVE_UP_AFTER_MS;
    state.report(send, isDead ? 'dead' : 'redriven', result, change);
    if (isDead) metrics?.buried.inc({ reason: kindOfFailure(result.reason) });
    log.warn(
      { reason: result.reason, failures, retryInSeconds: Math.round(delay / 1000) },
      'Redelivery of a dead letter, or of an event that is set aside, failed. Retrying after the delay.',
    );
  }

  return {
    /** Returns the time of the next attempt, in milliseconds since 1970; infinity if there is nothing to redrive. */
    dueAt: (): number => (isPending ? state.current().nextRedriveAt : Infinity),

    /** Notes that sends have been marked in the store. */
    start: (): void => {
      isPending = true;
    },

    /** Sets aside a send that has just failed, and schedules its next attempt. */
    setAside: (send: WaitingSend, { reason, endedAt }: TimedResult & FailedAttempt): void => {
      const change = { redriveFailures: 1, nextRedriveAt: clock.now() + backOffMs(1, random()) };
      state.report(send, 'set_aside', { reason, endedAt, durationMs: null }, change);
      isPending = true;
    },

    /** Marks the dead letters of an outage as redriven, in steps, unless attempts are halted. @throws if the store fails */
    startAfterOutage: async (): Promise<void> => {
      await results.save();
      let total = 0;
      while (!state.isHalted()) {
        const { channel, id, outageFrom } = state.current();
        if (outageFrom === null) break;
        const { count, nextSeq } = await store.redriveFrom(channel, id, outageFrom);
        total += count;
        isPending ||= count > 0;
        state.change({ outageFrom: nextSeq });
      }
      if (total > 0) log.info({ count: total }, 'The target has recovered. Redriving the dead letters of the outage.');
    },

    /** Attempts a batch of redriven sends. @throws if the store fails */
    attemptBatch: async (): Promise<void> => {
      // Without this, the store would return sends whose results are not saved yet.
      await results.save();
      const batch = await store.redriven(state.current().key, BATCH_SIZE);
      if (batch.length === 0) {
        isPending = false;
        state.change({ redriveFailures: 0, nextRedriveAt: 0 });
      }
      for (const [index, send] of batch.entries()) {
        if (state.isHalted()) return;
        const result = await attempt(send, () => batch.slice(index), state.current().redriveFailures > 0);
        if (result === null) return;
        if (result.type === 'failed') {
          backOff(send, result);
          return;
        }
        if (result.type === 'delivered') reportDelivered(send, result);
        else {
          state.report(send, 'dead', result, {});
          log.warn({ reason: result.reason }, 'A dead letter was refused again. It remains a dead letter.');
        }
      }
    },
  };
}
