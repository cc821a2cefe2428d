/**
 * Retry policy, as pure functions: the state of a subscription after an attempt, the time of the next attempt, and the
 * step that follows a failure.
 *
 * - A delivery that fails is attempted again with exponential back-off.
 * - An event that the target refuses three times becomes a dead letter, and delivery continues with the next event,
 *   unless the target is at fault.
 * - The target is at fault when three different events in a row are refused, or after 20 failures in a row. From its
 *   first refusal on, the third event is held: the event and all later events wait in order with exponential back-off,
 *   as if the target did not respond. No refusal then creates a dead letter.
 * - When an event has failed in other ways for 10 minutes, each failed attempt is followed by one attempt of the next
 *   event. If the target accepts the next event, the failing event is set aside, and delivery continues. At most one
 *   event is set aside at a time. The event that is set aside is retried for a day with a separate back-off. Responses
 *   caused by the target itself or its limits, such as 401, set no event aside.
 * - Deliveries that have waited for a day become dead letters at the next failure, if at least 20 attempts in a row
 *   have failed. Three refused events without these failures are not enough.
 * - When a target that was at fault accepts a delivery, all dead letters of the outage are redriven once.
 */

import { DAY_MS } from '../clock.ts';
import { MAX_BACK_OFF_MS } from '../store/outcomes/claims.ts';
import type { SubscriptionState, WaitingSend } from '../store/rows/send.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import type { FailedAttempt, RefusedAttempt } from './attempt-result.ts';

// Delays and ages

/** Delay in milliseconds before a failed call to the store is repeated. */
export const STORE_RETRY_MS = 1_000;

const FIRST_DELAY_MS = 5_000;
/** Random fraction of each delay, so that subscriptions on one host do not retry in step. */
const JITTER = 0.25;
/** Delays after the first and the second refusal of an event. */
const REFUSAL_DELAYS_MS: readonly number[] = [10_000, 60_000];
/** Number of refusals after which an event is given up, unless the target is at fault. */
const MAX_REFUSALS = REFUSAL_DELAYS_MS.length + 1;

/** Time that a delivery must have waited before it is given up because the target is at fault. */
const GIVE_UP_AFTER_MS = DAY_MS;

/** Shortens a delay by up to a quarter. @param random - a random number from 0 (shortest delay) to 1 (longest delay) */
const withJitter = (milliseconds: number, random: number): number => milliseconds * (1 - JITTER + JITTER * random);

/**
 * Returns the exponential back-off before the next attempt, with jitter, in milliseconds.
 *
 * @param failures - number of failures, at least 1
 * @param random - a random number from 0 to 1 for the jitter
 */
export const backOffMs = (failures: number, random: number): number =>
  withJitter(Math.min(MAX_BACK_OFF_MS, FIRST_DELAY_MS * 2 ** (failures - 1)), random);

/**
 * Returns true if a send has waited for more than a day. The wait starts again when a pause of the subscription ends.
 */
export const isOld = (
  { receivedAt }: Pick<WaitingSend, 'receivedAt'>,
  { resumedAt }: Pick<Subscription, 'resumedAt'>,
  now: number,
): boolean => now - Math.max(receivedAt, resumedAt ?? receivedAt) > GIVE_UP_AFTER_MS;

// The first pending send

/** Number of different events that a target must refuse in a row to be at fault. */
const MAX_REFUSED_EVENTS = 3;
/**
 * Number of consecutive failures after which a target is at fault. A target that fails for a day reaches this number. A
 * backlog that is a day old for another reason, such as a stopped process, is not given up at the first failure.
 */
const MAX_FAILURES = 20;

/** Time that an event must keep failing before the next event is attempted, in milliseconds. */
const SUSPECT_MS = 10 * 60_000;
/** Failures caused by the target itself or its limits. A different event would fail as well. */
const TARGET_FAILURES: ReadonlySet<string> = new Set(['HTTP 401', 'HTTP 402', 'HTTP 403', 'HTTP 429']);

/** The part of a subscription's state that changes when a different send becomes the first pending send. */
const NOT_ATTEMPTED = { failures: 0, failingSince: null, suspectSince: null, nextAttemptAt: 0, refusedTries: 0 };

/** Returns true if the target has been at fault since its last success. */
export const isAtFault = ({ failures, refusedEvents }: SubscriptionState): boolean =>
  refusedEvents >= MAX_REFUSED_EVENTS || failures >= MAX_FAILURES;

/** Returns the state after a failed attempt. @param random - a random number from 0 to 1 for the jitter */
export function afterFailure(
  state: SubscriptionState,
  result: FailedAttempt | RefusedAttempt,
  now: number,
  random: number,
): SubscriptionState {
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
  const refused = { ...failed, refusedTries: state.refusedTries + 1, refusedEvents };
  const refusalDelay = isAtFault(refused) ? undefined : REFUSAL_DELAYS_MS[state.refusedTries];
  const delay = refusalDelay === undefined ? backOffMs(failures, random) : withJitter(refusalDelay, random);
  return { ...refused, nextAttemptAt: now + delay };
}

/**
 * The step that follows a failed attempt of the first pending send.
 *
 * - `give up`: the send becomes a dead letter, because the target has permanently refused it;
 * - `give up old`: the sends that have waited for more than a day become dead letters, because the target is at fault;
 * - `probe`: the next send is attempted, because the first send may be at fault;
 * - `wait`: the send is attempted again at the time of the next attempt.
 */
export type FailureStep = 'give up' | 'give up old' | 'probe' | 'wait';

/**
 * Returns the step that follows a failure.
 *
 * @param state - the state after the failure
 * @param isSendOld - true if the first pending send is old; see {@link isOld}
 */
export function stepAfterFailure(state: SubscriptionState, isSendOld: boolean, now: number): FailureStep {
  if (state.refusedTries >= MAX_REFUSALS && !isAtFault(state)) return 'give up';
  if (isSendOld && state.failures >= MAX_FAILURES) return 'give up old';
  return state.suspectSince !== null && now - state.suspectSince >= SUSPECT_MS ? 'probe' : 'wait';
}

/**
 * Returns the state after the refused delivery `seq` has become a dead letter. The failure counts start at 0 for the
 * next delivery.
 */
export const afterRefusedForGood = (state: SubscriptionState, seq: number): SubscriptionState => ({
  ...state,
  ...NOT_ATTEMPTED,
  outageFrom: state.outageFrom ?? seq,
});

/**
 * Returns the state after the delivery `seq` has been given up because it has waited for more than a day and the target
 * is at fault.
 */
export const afterGivingUpOld = (state: SubscriptionState, seq: number): SubscriptionState => ({
  ...state,
  suspectSince: null,
  refusedTries: 0,
  outageFrom: state.outageFrom ?? seq,
});

/**
 * Returns the state after the operator has skipped the first pending delivery. The next delivery is attempted
 * immediately. The failures still count while dead letters of an outage wait, because a skip does not show that the
 * target has recovered.
 */
export function afterSkip(state: SubscriptionState): SubscriptionState {
  const next = { ...state, ...NOT_ATTEMPTED };
  if (state.outageFrom === null) return next;
  return { ...next, failures: state.failures, failingSince: state.failingSince };
}

/**
 * Returns the state after a successful attempt. The start of an outage is kept until its dead letters are redriven. A
 * success after failures ends the back-off of redriven sends, because the target works again.
 */
export const afterSuccess = (state: SubscriptionState, endedAt: number): SubscriptionState => ({
  ...state,
  ...NOT_ATTEMPTED,
  ...(state.failures > 0 && NO_REDRIVE_FAILURES),
  lastFailure: null,
  refusedEvents: 0,
  outageFrom: isAtFault(state) ? state.outageFrom : null,
  lastSuccessAt: endedAt,
});

/** Returns true if the target has recovered from an outage whose dead letters have not been redriven yet. */
export const hasRecovered = ({ failures, refusedEvents, outageFrom }: SubscriptionState): boolean =>
  outageFrom !== null && failures === 0 && refusedEvents === 0;

// Sends that are redriven or set aside

/** The changes that end the back-off of redriven sends. */
export const NO_REDRIVE_FAILURES = { redriveFailures: 0, nextRedriveAt: 0 };

/**
 * Returns the changes after a failed attempt of a redriven send.
 *
 * @param random - a random number from 0 to 1 for the jitter
 */
export function afterFailedRedrive(
  { redriveFailures }: Pick<SubscriptionState, 'redriveFailures'>,
  retryAfterMs: number | null,
  now: number,
  random: number,
): typeof NO_REDRIVE_FAILURES {
  const failures = redriveFailures + 1;
  return { redriveFailures: failures, nextRedriveAt: now + (retryAfterMs ?? backOffMs(failures, random)) };
}

/**
 * Returns the changes after a successful attempt of a redriven send. The target works again, so the back-off of pending
 * sends ends. A refused event keeps the delay before its next attempt.
 */
export const afterRedriven = (
  { refusedTries, nextAttemptAt }: SubscriptionState,
  endedAt: number,
  now: number,
): Partial<SubscriptionState> => ({
  ...NO_REDRIVE_FAILURES,
  lastSuccessAt: endedAt,
  nextAttemptAt: refusedTries > 0 ? nextAttemptAt : Math.min(nextAttemptAt, now),
});
