/** Retry policy: the delay before the next attempt, and the age after which a delivery is given up. */

import { DAY_MS } from '../clock.ts';
import { MAX_SCHEDULE_MS } from '../store/claims.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Subscription } from '../store/subscription.ts';

const FIRST_DELAY_MS = 5_000;
/** The longest delay between two attempts. */
export const MAX_BACK_OFF_MS = MAX_SCHEDULE_MS;
/** Random fraction of each delay, so that subscriptions on one host do not retry in step. */
const JITTER = 0.25;

/** Age after which a delivery becomes a dead letter when another attempt fails; see {@link mayGiveUp}. */
export const GIVE_UP_AFTER_MS = DAY_MS;
/** Minimum number of consecutive failures before deliveries are given up. A target that fails for a day reaches it. */
export const GIVE_UP_FAILURES = 20;

/** Delay before a failed call to the store is repeated. */
export const STORE_RETRY_MS = 1_000;

/** Shortens a delay by up to a quarter. @param random - a random number from 0 (shortest delay) to 1 (longest delay) */
export const withJitter = (milliseconds: number, random: number): number =>
  milliseconds * (1 - JITTER + JITTER * random);

/** Returns the milliseconds before the next attempt, after at least one failure: exponential back-off with jitter. */
export const backOffMs = (failures: number, random: number): number =>
  withJitter(Math.min(MAX_BACK_OFF_MS, FIRST_DELAY_MS * 2 ** (failures - 1)), random);

/** Returns the milliseconds that a delivery has waited for a subscription. The wait starts again when a pause ends. */
export const waitedMs = (
  { receivedAt }: Pick<Delivery, 'receivedAt'>,
  { resumedAt }: Pick<Subscription, 'resumedAt'>,
  now: number,
): number => now - Math.max(receivedAt, resumedAt ?? receivedAt);

/**
 * Returns true if a delivery of this age becomes a dead letter after consecutive failed attempts. A backlog that is a day
 * old because a process or its clock stopped is not given up at the first failure.
 */
export const mayGiveUp = (ageMs: number, failures: number): boolean =>
  ageMs > GIVE_UP_AFTER_MS && failures >= GIVE_UP_FAILURES;
