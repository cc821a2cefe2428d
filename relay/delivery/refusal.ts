/**
 * Failure policy: the effects of the result of an attempt on a subscription.
 *
 * - An event that the target refuses three times becomes a dead letter, and delivery continues with the next event.
 * - When three different events in a row are refused, the target is at fault. The third event and later events wait in
 *   order with exponential back-off, as if the target did not respond.
 * - When an event has failed in other ways for 10 minutes, each failed attempt is followed by one attempt of the next
 *   event. If the target accepts it, the failing event is set aside, and delivery continues. At most one event is set
 *   aside at a time. It is retried with a back-off of its own for a day. Responses about the target set no event aside.
 * - Deliveries that a target at fault has kept waiting for a day become dead letters.
 * - When a target that was at fault accepts a delivery, all dead letters of the outage are redriven once.
 */

import type { Subscription } from '../store/subscription.ts';
import { backOffMs, GIVE_UP_FAILURES, withJitter } from './back-off.ts';

interface Failure {
  /** The HTTP status or error code. Contains no part of the delivery or of the response body. */
  readonly reason: string;
  /** The beginning of the response, sealed; absent if the response is not text or cannot be sealed. */
  readonly response?: Uint8Array;
}

/** An attempt that failed because of the target or the connection. The delivery must be attempted again. */
export interface FailedAttempt extends Failure {
  readonly type: 'failed';
  /** Delay that the target requested; null if it requested none. */
  readonly retryAfterMs: number | null;
}

/** An attempt whose delivery the target permanently refused; see `isRefusal`. */
export interface RefusedAttempt extends Failure {
  readonly type: 'refused';
}

/** The result of an attempt. `gone` means that the Zap is off and must not be called again. */
export type AttemptResult = { readonly type: 'delivered' } | { readonly type: 'gone' } | RefusedAttempt | FailedAttempt;

/** Delays after the first and the second refusal of an event. */
const REFUSAL_DELAYS_MS: readonly number[] = [10_000, 60_000];
/** Number of different events refused in a row that shows that the target is at fault. */
const MAX_REFUSED_EVENTS = 3;

/** Time for which an event must have failed before the next one is attempted. */
const SUSPECT_MS = 10 * 60_000;
/** Responses that concern the target or its limits, so that another event would fail as well. */
const TARGET_FAILURES: ReadonlySet<string> = new Set(['HTTP 401', 'HTTP 402', 'HTTP 403', 'HTTP 429']);

/** 4xx statuses that concern the target, its credentials or the moment, so that the event may be accepted later. */
const OTHER_CLIENT_ERRORS: ReadonlySet<number> = new Set([401, 402, 403, 407, 408, 410, 421, 423, 424, 425, 426, 429]);

/** Returns true if an HTTP status is a permanent refusal of an event. */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !OTHER_CLIENT_ERRORS.has(status);

/** Kinds of failed attempts. They are few, so that each can be a time series of the metrics from the start. */
export const FAILURE_KINDS = ['refused', 'error_response', 'timeout', 'no_connection'] as const;

/** Returns the kind of a failure, given its reason: `HTTP` and a status, or an error code. */
export function kindOfFailure(reason: string): (typeof FAILURE_KINDS)[number] {
  const [, status] = /^HTTP (\d+)$/.exec(reason) ?? [];
  if (status !== undefined) return isRefusal(Number(status)) ? 'refused' : 'error_response';
  // Codes of undici, Node.js and this relay.
  return /TIMEOUT|TIMEDOUT/.test(reason) ? 'timeout' : 'no_connection';
}

/** The state of a delivery that has not failed. */
const NO_FAILURES = { failures: 0, failingSince: null, suspectSince: null, nextAttemptAt: 0, refusedTries: 0 };

/** The part of a subscription's state that depends on the results of attempts. */
type FailureState = Pick<Subscription, keyof typeof NO_FAILURES | 'lastFailure' | 'refusedEvents' | 'outageFrom'>;

/** Returns true if the target has been at fault since its last success. */
const isAtFault = ({ failures, refusedEvents }: FailureState): boolean =>
  refusedEvents >= MAX_REFUSED_EVENTS || failures >= GIVE_UP_FAILURES;

/** Returns the state after a failed attempt. @param random - a random number from 0 to 1 for the jitter */
export function afterFailure(
  state: FailureState,
  result: FailedAttempt | RefusedAttempt,
  now: number,
  random: number,
): FailureState {
  const failures = state.failures + 1;
  const isSuspect = result.type === 'failed' && !TARGET_FAILURES.has(result.reason);
  const failed = {
    ...state,
    failures,
    failingSince: state.failingSince ?? now,
    lastFailure: result.reason,
    suspectSince: isSuspect ? (state.suspectSince ?? now) : null,
  };
  if (result.type === 'failed') {
    return { ...failed, nextAttemptAt: now + (result.retryAfterMs ?? backOffMs(failures, random)) };
  }
  const refusedEvents = Math.min(state.refusedEvents + (state.refusedTries === 0 ? 1 : 0), MAX_REFUSED_EVENTS);
  const next = { ...failed, refusedTries: state.refusedTries + 1, refusedEvents };
  const refusalDelay = isAtFault(next) ? undefined : REFUSAL_DELAYS_MS[state.refusedTries];
  const delay = refusalDelay === undefined ? backOffMs(failures, random) : withJitter(refusalDelay, random);
  return { ...next, nextAttemptAt: now + delay };
}

/** Returns true if the delivery that was just refused becomes a dead letter, because the target is not at fault. */
export const isRefusedForGood = (state: FailureState): boolean =>
  state.refusedTries > REFUSAL_DELAYS_MS.length && !isAtFault(state);

/** Returns true if the first waiting delivery becomes a dead letter after three refusals, because the target is not at fault. */
export const givesUpRefused = (state: FailureState): boolean =>
  state.refusedTries > 0 && kindOfFailure(state.lastFailure ?? '') === 'refused' && !isAtFault(state);

/** Returns true if the delivery that has just failed may be at fault, rather than the target. */
export const isSuspected = ({ suspectSince }: FailureState, now: number): boolean =>
  suspectSince !== null && now - suspectSince >= SUSPECT_MS;

/** Returns the state after the refused delivery `seq` has become a dead letter. The next one starts without failures. */
export const afterRefusedForGood = (state: FailureState, seq: number): FailureState => ({
  ...state,
  ...NO_FAILURES,
  outageFrom: state.outageFrom ?? seq,
});

/** Returns the state after deliveries from `seq` on were given up, because the target was at fault for a day. */
export const afterGivingUp = (state: FailureState, seq: number): FailureState => ({
  ...state,
  suspectSince: null,
  refusedTries: 0,
  outageFrom: state.outageFrom ?? seq,
});

/**
 * Returns the state after the operator has skipped a delivery. The next delivery is attempted at once. The failures
 * still count while dead letters of an outage wait, because a skip does not show that the target has recovered.
 */
export const afterSkip = (state: FailureState): FailureState => {
  const { failures, failingSince, outageFrom } = state;
  return { ...state, ...NO_FAILURES, ...(outageFrom !== null && { failures, failingSince }) };
};

/** Returns the state after a successful attempt. The start of an outage is kept until its dead letters are redriven. */
export const afterSuccess = (state: FailureState): FailureState => ({
  ...NO_FAILURES,
  lastFailure: null,
  refusedEvents: 0,
  outageFrom: isAtFault(state) ? state.outageFrom : null,
});

/** Returns true if the target has recovered from an outage whose dead letters have not been redriven yet. */
export const hasRecovered = ({ failures, refusedEvents, outageFrom }: FailureState): boolean =>
  outageFrom !== null && failures === 0 && refusedEvents === 0;
