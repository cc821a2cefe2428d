/** Retry policy: the delay before the next attempt, and the age after which a delivery is given up. */

import { MAX_SCHEDULE_MS } from '../store/claims.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Subscription } from '../store/subscription.ts';

const FIRST_DELAY_MS = 5_000;
/** The longest delay between two attempts. */
export const MAX_BACK_OFF_MS = MAX_SCHEDULE_MS;
/** Random fraction of each delay, so that subscriptions on one host do not retry in step. */
const JITTER = 0.25;

/** Age after which a delivery becomes a dead letter when another attempt fails; see {@link mayGiveUp}. */
export const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1000;
/**
 * Minimum number of consecutive failed attempts before deliveries are given up. A target that fails for a day reaches it.
 */
export const GIVE_UP_FAILURES = 20;

/** Delay before a failed call to the store is repeated. */
export const STORE_RETRY_MS = 1_000;

/** Shortens a delay by up to a quarter. @param random - a random number from 0 (shortest delay) to 1 (longest delay) */
export const withJitter = (milliseconds: number, random: number): number =>
  milliseconds * (1 - JITTER + JITTER * random);

/**
 * Returns the milliseconds before the next attempt: exponential back-off from 5 s to 1 h, minus up to a quarter of jitter.
 *
 * @param failures - number of consecutive failed attempts, at least 1
 */
export const backOffMs = (failures: number, random: number): number =>
  withJitter(Math.min(MAX_BACK_OFF_MS, FIRST_DELAY_MS * 2 ** (failures - 1)), random);

/** Returns the milliseconds that a delivery has waited for a subscription. The wait starts again when a pause ends. */
export const waitedMs = (
  { receivedAt }: Pick<Delivery, 'receivedAt'>,
  { resumedAt }: Pick<Subscription, 'resumedAt'>,
  now: number,
): number => now - Math.max(receivedAt, resumedAt ?? receivedAt);

/**
 * Returns true if a delivery becomes a dead letter after a failed attempt. The minimum number of failures protects a
 * backlog that is a day old because a process or its clock stopped: it is not given up at the first failure.
 *
 * @param ageMs - milliseconds that the delivery has waited
 * @param failures - number of consecutive failed attempts
 */
export const mayGiveUp = (ageMs: number, failures: number): boolean =>
  ageMs > GIVE_UP_AFTER_MS && failures >= GIVE_UP_FAILURES;
