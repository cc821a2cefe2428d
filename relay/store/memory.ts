/**
 * The memory of a store. It holds, for each subject of a channel, the newest state and the previous state for
 * comparison. TutorCruncher sends several events for one change, in any order, so deliveries are compared with the state
 * before the burst.
 *
 * - A **subject** is a channel, a model and a subject id. A delivery with exactly one event, whose model, subject id
 *   and time are known, has a subject. Wellbeing concerns, deliveries without content and events from the future
 *   ({@link MAX_AHEAD_MS}) have no subject.
 * - A **state** is a stored delivery of a subject, unless it arrived late. The newest state has the greatest event time
 *   and, among states with the same event time, the greatest sequence number.
 * - A **burst** is anchored at the event time of its first delivery to arrive. A delivery belongs to the current burst
 *   if its event time is at most {@link BURST_MS} from the anchor. A later delivery begins a new burst. An earlier
 *   delivery is late: it has no previous delivery, and is not a state.
 * - The **previous delivery** of every member of a burst is the state that was newest when the burst began. A member
 *   whose event time is not later than that of this state has no previous delivery. The delivery pins its previous
 *   delivery, which is kept as long as the delivery itself.
 *
 * A delivery is kept beyond its retention period if it is the newest state of its subject or is pinned. Such a
 * **remembered** delivery has no previous delivery of its own, and is deleted `memoryMs` after its arrival. Like a
 * delivered delivery, it may be removed to make room.
 *
 * A deletion (`wire/deletions.ts`) ends the memory of its subject once none of its sends waits or is a dead letter: an
 * earlier state is then no longer kept. From then on until `memoryMs` after the arrival of the deletion, an event that is
 * not newer than the deletion is treated as late, and a newer event is treated as the first event about its subject.
 *
 * If the newest state of a subject is removed, the subject is forgotten.
 */

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
export type DeliveryOfSubject = NewDelivery & {
  readonly model: string;
  readonly subjectId: string;
  readonly eventTime: number;
};

/** Returns true if a delivery is about a subject that can be remembered. */
export const hasSubject = (delivery: NewDelivery): delivery is DeliveryOfSubject =>
  delivery.content !== null &&
  !delivery.isConcern &&
  delivery.model !== null &&
  delivery.subjectId !== null &&
  delivery.eventTime !== null &&
  delivery.eventTime <= delivery.receivedAt + MAX_AHEAD_MS;

/** The memory of a subject. */
export interface SubjectState {
  /** Sequence number, event time and arrival of the newest state. */
  readonly seq: number;
  readonly eventTime: number;
  readonly receivedAt: number;
  /** Event time of the delivery that began the current burst. */
  readonly burstTime: number;
  /** The state that was newest when the burst began; null if there was none. */
  readonly earlier: { readonly seq: number; readonly eventTime: number } | null;
  /** True for a deletion that has ended the memory of the subject. */
  readonly hasEnded: boolean;
}

/** The effect of a new delivery on the memory of its subject. */
export interface Remembered {
  /** The new memory; the old one if the delivery is not the newest state. */
  readonly state: SubjectState;
  /** Sequence number of the previous delivery; null if there is none. */
  readonly previousSeq: number | null;
}

/**
 * Adds a delivery to the memory of its subject.
 *
 * @param known - the memory of the subject; null if there is none
 */
export function remember(
  known: SubjectState | null,
  { seq, eventTime, receivedAt }: Pick<SubjectState, 'seq' | 'eventTime' | 'receivedAt'>,
): Remembered {
  const first = { seq, eventTime, receivedAt, burstTime: eventTime, earlier: null, hasEnded: false };
  if (!known) return { state: first, previousSeq: null };
  if (known.hasEnded) return { state: eventTime > known.eventTime ? first : known, previousSeq: null };
  const afterBurst = eventTime - known.burstTime;
  if (afterBurst < -BURST_MS) return { state: known, previousSeq: null };
  const earlier = afterBurst > BURST_MS ? { seq: known.seq, eventTime: known.eventTime } : known.earlier;
  const burstTime = afterBurst > BURST_MS ? eventTime : known.burstTime;
  const isNewest = eventTime >= known.eventTime;
  return {
    state: isNewest ? { seq, eventTime, receivedAt, burstTime, earlier, hasEnded: false } : known,
    previousSeq: earlier !== null && earlier.eventTime < eventTime ? earlier.seq : null,
  };
}
