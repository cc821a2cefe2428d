/**
 * The memory of a store. It holds, for each subject of a channel, the delivery with the newest state and the previous
 * delivery for comparison. TutorCruncher sends several events for one change, in any order, so deliveries are compared
 * with the state before the burst.
 *
 * - A **subject** is a channel, a model and a subject id. A delivery with exactly one event, whose model, subject id
 *   and time are known, has a subject. Wellbeing concerns, deliveries without stored content and events from the future
 *   ({@link MAX_AHEAD_MS}) have no subject.
 * - A **state** is a delivery of a subject whose content is stored, unless it arrived late. The newest state has the
 *   greatest event time and, among states with the same event time, the greatest sequence number.
 * - A **burst** is anchored at the event time of its first delivery to arrive. A delivery belongs to the current burst
 *   if its event time is at most {@link BURST_MS} from the anchor. A later delivery begins a new burst. An earlier
 *   delivery is late: it has no previous delivery, and is not a state.
 * - The **previous delivery** of every member of a burst is the state that was newest when the burst began. A member
 *   whose event time is not later than that of this state has no previous delivery.
 *
 * A store keeps the content of a delivery beyond the ordinary retention period if it is the newest state of its
 * subject, or if it is the previous delivery of a delivery that is waiting, is a dead letter, or is within the ordinary
 * retention period. Such a **remembered** delivery has no previous delivery of its own, and is deleted `memoryMs` after
 * its arrival. It counts towards the limits of a channel. Like a delivered delivery, it may be removed to make room.
 *
 * A deletion ({@link isDeletion}) ends the memory of its subject when it neither waits for a subscription nor is a dead
 * letter: states that are not newer than the deletion are no longer states, and remembered deliveries are removed. From
 * then on, an event that is not newer than the deletion is treated as late, and a newer event is treated as the first
 * event about its subject. If no subscription selects a deletion, the next step of retention ends the memory of its
 * subject.
 */

import { isDeletion } from '../../wire/deletions.ts';
import { hasContent, type DeliveryWithContent } from './has-content.ts';
import type { NewDelivery } from './delivery.ts';

/** Maximum time between the first event of a burst and any other event of the burst, in milliseconds. */
export const BURST_MS = 5_000;

/**
 * Maximum number of milliseconds from the arrival of an event to its event time; clocks may differ by this much. The
 * relay cannot verify signatures, so without this limit, a forged event from the future would make all genuine events
 * about its subject late.
 */
export const MAX_AHEAD_MS = 5 * 60 * 1000;

/** A delivery about a subject. */
export type DeliveryOfSubject = DeliveryWithContent & {
  readonly model: string;
  readonly subjectId: string;
  readonly eventTime: number;
};

/** Returns true if a delivery is about a subject that can be remembered. */
export const hasSubject = (delivery: NewDelivery): delivery is DeliveryOfSubject =>
  hasContent(delivery) &&
  !delivery.isConcern &&
  delivery.model !== null &&
  delivery.subjectId !== null &&
  delivery.eventTime !== null &&
  delivery.eventTime <= delivery.receivedAt + MAX_AHEAD_MS;

/** Returns true if a delivery ends the memory of its subject once it is settled. */
export const endsMemory = (delivery: DeliveryOfSubject): boolean => isDeletion(delivery.model, delivery.actions);

/** The newest state of a subject. */
export interface NewestState {
  readonly seq: number;
  readonly eventTime: number;
  /** Event time of the delivery that began its burst. */
  readonly burstTime: number;
  /** Sequence number of its previous delivery; null if it has none. */
  readonly previousSeq: number | null;
  /** True for a deletion that has ended the memory of its subject. */
  readonly hasEndedMemory: boolean;
}

/** The place of a new delivery in the memory of its subject. */
export interface Place {
  /** Event time of the delivery that began the burst; null for a late delivery, which is not a state. */
  readonly burstTime: number | null;
  /** Sequence number of its previous delivery; null if it has none. */
  readonly previousSeq: number | null;
}

/**
 * Returns the place of a delivery.
 *
 * @param newest - the newest state of the subject; null if there is none
 * @param timeOf - returns the event time of a delivery; null if its content has been removed
 */
export function placeOf(eventTime: number, newest: NewestState | null, timeOf: (seq: number) => number | null): Place {
  if (!newest) return { burstTime: eventTime, previousSeq: null };
  if (newest.hasEndedMemory) return { burstTime: eventTime > newest.eventTime ? eventTime : null, previousSeq: null };
  const afterBurst = eventTime - newest.burstTime;
  if (afterBurst > BURST_MS) return { burstTime: eventTime, previousSeq: newest.seq };
  if (afterBurst < -BURST_MS) return { burstTime: null, previousSeq: null };
  const { burstTime, previousSeq } = newest;
  // Every state before the burst is older than the first event of the burst, but may be newer than other events of the
  // burst.
  const isEarlier = previousSeq === null || eventTime >= burstTime || (timeOf(previousSeq) ?? eventTime) < eventTime;
  return { burstTime, previousSeq: isEarlier ? previousSeq : null };
}
