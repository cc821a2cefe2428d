/**
 * The worker of one subscription. It attempts the pending sends one at a time and in order, limits their rate, and
 * retries with exponential back-off while the target fails. The policy for failures is in `refusal.ts`. A send remains
 * pending until there is a response, so that each event arrives at least once. Redriven sends are attempted in between,
 * with a back-off of their own. The worker runs only while there is something to deliver.
 */

import { nameOf } from '../log.ts';
import { SKIPPED } from '../store/operator.ts';
import type { WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { GIVE_UP_AFTER_MS, mayGiveUp, STORE_RETRY_MS, waitedMs } from './back-off.ts';
import {
  afterFailure,
  afterGivingUp,
  afterRefusedForGood,
  afterSkip,
  afterSuccess,
  hasRecovered,
  isRefusedForGood,
  isSuspected,
  kindOfFailure,
  type FailedAttempt,
  type RefusedAttempt,
} from './refusal.ts';
import { createPacedAttempts, TOO_LARGE, type TimedResult } from './paced-attempts.ts';
import { createRedrive } from './redrive.ts';
import { createSendQueue } from './send-queue.ts';
import { createSubscriptionState, type ReportedSend, type SendEnd } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Number of sends that are given up before their results are saved. */
const MAX_UNSAVED = 1_000;

type Failure = TimedResult & (FailedAttempt | RefusedAttempt);

/** The worker of a subscription. */
export type SubscriptionWorker = ReturnType<typeof createSubscriptionWorker>;

/** Delivers to one subscription until it is stopped. */
export function createSubscriptionWorker(subscription: Subscription, options: WorkerOptions) {
  const { clock, log, random, results, store, metrics } = options;
  const state = createSubscriptionState(subscription, options);
  const attempt = createPacedAttempts(state, options);
  const queue = createSendQueue(store, subscription.key, subscription.isPending);
  const redrive = createRedrive(state, attempt, options);
  let running: Promise<void> | null = null;
  /** Time at which the current wait ends; 0 if the worker is not waiting. */
  let waitingUntil = 0;

  /** Returns the time at which the worker next has work to do; infinity if it has none. */
  function nextDueAt(): number {
    if (state.skipSeq() !== null) return 0;
    if (state.isPaused()) return Infinity;
    if (hasRecovered(state.current())) return 0;
    return Math.min(redrive.dueAt(), queue.isEmpty() ? Infinity : state.current().nextAttemptAt);
  }

  const hasWork = (): boolean => !state.stopped.aborted && nextDueAt() < Infinity;

  function startIfNeeded(): void {
    if (!running && hasWork()) running = run();
  }

  async function run(): Promise<void> {
    while (hasWork()) {
      try {
        await waitUntilDue();
        const skipSeq = state.skipSeq();
        if (!state.stopped.aborted && skipSeq !== null) await skip(skipSeq);
        if (!state.isHalted() && hasRecovered(state.current())) await redrive.startAfterOutage();
        if (!state.isHalted() && redrive.dueAt() <= clock.now()) await redrive.attemptBatch();
        while (!state.isHalted() && state.current().nextAttemptAt <= clock.now() && (await deliver()));
      } catch (error) {
        // The send is still pending, so the next pass continues with it.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, state.stopped);
      }
    }
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    running = null;
  }

  /** Waits for the end of the back-off. A redrive, a request of the operator or a stop ends the wait early. */
  async function waitUntilDue(): Promise<void> {
    const { signal } = state.wakeUp;
    if (nextDueAt() <= clock.now()) return;
    // The state that the wait depends on is saved first, because the wait may be long.
    await results.save();
    waitingUntil = nextDueAt();
    await clock.sleep(waitingUntil - clock.now(), signal);
    waitingUntil = 0;
  }

  /** Attempts the first pending send. Returns true if the next send can follow at once. */
  async function deliver(): Promise<boolean> {
    const send = await queue.at(0);
    const result = send && (await attempt(send, queue.inMemory, state.current().failures > 0));
    if (!result) return false;
    if (result.type === 'delivered') {
      reportDelivered(send, result);
      // Redriven sends are attempted between two pending sends.
      return !hasRecovered(state.current()) && redrive.dueAt() > clock.now();
    }
    if (result.durationMs !== null) return fail(send, result);
    const isTooLarge = result.reason === TOO_LARGE;
    giveUp(send, result, {}, isTooLarge ? 'too_large' : 'no_content');
    const problem = isTooLarge
      ? 'A delivery is larger than Zapier accepts.'
      : 'The content or the data key of a delivery is missing in the store.';
    log.warn({ reason: result.reason }, `${problem} Continuing with the next delivery.`);
    return true;
  }

  function reportDelivered(send: WaitingSend, result: TimedResult): void {
    const hasFailed = state.current().failures > 0;
    // The target works again, so the back-off of redriven sends ends.
    const redriven = hasFailed ? { redriveFailures: 0, nextRedriveAt: 0 } : {};
    const change = { ...afterSuccess(state.current()), lastSuccessAt: result.endedAt, ...redriven };
    queue.remove(send.seq);
    state.report(send, 'delivered', result, change, hasFailed);
  }

  /** Handles a failed attempt. Returns true if the next send can follow at once. */
  async function fail(send: WaitingSend, result: Failure): Promise<boolean> {
    const { reason } = result;
    const now = clock.now();
    const next = afterFailure(state.current(), result, now, random());
    const { failures, refusedEvents, nextAttemptAt } = next;
    log.warn(
      { reason, failures, refusedEvents, retryInSeconds: Math.round((nextAttemptAt - now) / 1000) },
      'A delivery attempt failed. Retrying after the delay.',
    );
    // A paused subscription does not give up deliveries, and a delivery that the operator skips is given up separately.
    const isHeld = state.isPaused() || state.skipSeq() !== null;
    if (!isHeld && isRefusedForGood(next)) {
      giveUp(send, result, afterRefusedForGood(next, send.seq));
      log.warn(
        { reason },
        'The target refused a delivery three times. Continuing with the next delivery. Redrive this dead letter when the Zap accepts it.',
      );
      return true;
    }
    state.report(send, 'pending', result, next);
    if (!isHeld && mayGiveUp(waitedMs(send, state.current(), now), failures)) {
      await giveUpOld(result, now);
      return false;
    }
    await results.save();
    return result.type === 'failed' && !isHeld && isSuspected(next, now) && probe(send, result);
  }

  /** Attempts the send after a failing one. If it is accepted, sets the failing one aside, and returns true. */
  async function probe(failing: WaitingSend, failure: TimedResult & FailedAttempt): Promise<boolean> {
    const send = await queue.at(1);
    if (!send || (await store.hasSetAside(subscription.key))) return false;
    const result = await attempt(send, () => queue.inMemory().slice(1), true);
    if (result?.type !== 'delivered') {
      if (result && result.durationMs !== null) state.report(send, 'pending', result, {});
      return false;
    }
    reportDelivered(send, result);
    // A request to skip the failing event has priority.
    if (state.skipSeq() === null) {
      queue.remove(failing.seq);
      redrive.setAside(failing, failure);
      log.warn(
        { reason: failure.reason, number: failing.number },
        'An event fails although the target accepts the next one. It is set aside and retried separately for a day.',
      );
    }
    return !hasRecovered(state.current());
  }

  /** Gives up the pending sends that are too old, without attempting them, until attempts are halted or the store fails. */
  async function giveUpOld({ reason, endedAt }: Failure, now: number): Promise<void> {
    let count = 0;
    while (!state.isHalted()) {
      const send = await queue.at(0);
      if (!send || waitedMs(send, state.current(), now) <= GIVE_UP_AFTER_MS) break;
      giveUp(send, { reason, endedAt, durationMs: null }, afterGivingUp(state.current(), send.seq));
      count++;
      // A long backlog must fill neither the memory nor the queue of results, which other channels share.
      if (count % MAX_UNSAVED === 0 && !(await results.save())) break;
    }
    log.warn(
      { count, reason },
      'Gave up deliveries that had waited for more than a day. They are redriven when the target accepts a delivery.',
    );
  }

  /** Gives up the delivery that the operator wants to skip, unless it was delivered in the meantime. */
  async function skip(seq: number): Promise<void> {
    const first = await queue.at(0);
    const [send] = queue.mayContain(seq) ? await store.pending(subscription.key, seq - 1, 1) : [];
    state.endSkip();
    if (send?.seq !== seq) {
      state.change({});
      return;
    }
    const result = { reason: SKIPPED, endedAt: Math.round(clock.now()), durationMs: null };
    // The counted failures belong to the first event.
    giveUp(send, result, first?.seq === seq ? afterSkip(state.current()) : {}, 'skipped');
    log.info({}, "Skipped a delivery at the operator's request.");
  }

  function giveUp(
    send: ReportedSend,
    result: SendEnd & { readonly reason: string },
    change: Partial<Subscription>,
    reason: string = kindOfFailure(result.reason),
  ): void {
    queue.remove(send.seq);
    state.report(send, 'dead', result, change);
    metrics?.buried.inc({ reason });
  }

  startIfNeeded();
  return {
    /** Returns the time of the next work: 0 if the worker is busy now, infinity if it only waits for new sends. */
    dueAt: (): number => (running ? waitingUntil : Infinity),

    offer: (send: WaitingSend): void => {
      queue.offer(send);
      startIfNeeded();
    },

    /** Notes that the store may have sends that were not offered. */
    expectMore: (): void => {
      queue.expectMore();
      startIfNeeded();
    },

    /** Applies changes from the store: requests of the operator, and sends that were not offered. */
    update: (updated: Subscription): void => {
      state.takeRequests(updated);
      if (updated.isRedriving) redrive.start();
      startIfNeeded();
    },

    /** Stops the worker. Resolves when no attempt is in flight. */
    stop: async (): Promise<void> => {
      state.stop();
      await running;
    },
  };
}
