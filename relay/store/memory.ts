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
 *   delivery is late: it has no previous delivery, and is not a state. A burst of {@link MAX_BURST_MEMBERS} more
 *   deliveries is full: a newer delivery begins a new burst, and all others are late.
 * - The **previous delivery** of every member of a burst is the state that was newest when the burst began. A member
 *   whose event time is not later than that of this state has no previous delivery.
 * - A member is also compared with **earlier deliveries of its burst**: those that arrived before it, whatever their
 *   event times are, at most the first one and the newest seven ({@link earlierInBurst}). Deliveries with the same event
 *   time are in the order of arrival.
 *
 * A delivery has its previous delivery and the sequence number of the first delivery of its burst as columns. Both are
 * determined when it is stored, so all later reads find the same deliveries. These deliveries are kept as long as the
 * delivery itself.
 *
 * A delivery is kept beyond its retention period if it is the newest state of its subject, or if another delivery is
 * compared with it. Such a **remembered** delivery is itself no longer compared, and is deleted `memoryMs` after its
 * arrival. Like a delivered delivery, it may be removed to make room.
 *
 * A deletion (`wire/deletions.ts`) ends the memory of its subject once none of its sends waits or is a dead letter: the
 * previous delivery is then no longer kept. From then on until `memoryMs` after the arrival of the deletion, an event that is
 * not newer than the deletion is treated as late, and a newer event is treated as the first event about its subject.
 *
 * If the newest state of a subject is removed, the subject is forgotten.
 */

import { isDeletion } from '../../wire/deletions.ts';
import { MAX_BURST_DELIVERIES } from '../../wire/sealing/format.ts';
import type { NewDelivery } from './new-delivery.ts';

/** Maximum time between the first event of a burst and any other event of the burst, in milliseconds. */
export const BURST_MS = 5_000;

/**
 * Maximum number of deliveries that a burst has apart from the first. Without this limit, a stranger could make reads and
 * retention slow with many small events about one subject.
 */
export const MAX_BURST_MEMBERS = 500;

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
  /** Event time and sequence number of the delivery that began the current burst. */
  readonly burstTime: number;
  readonly burstSeq: number;
  /** Number of stored deliveries of the burst apart from the first, at most {@link MAX_BURST_MEMBERS}. */
  readonly burstMembers: number;
  /** The state that was newest when the burst began; null if there was none. */
  readonly earlier: { readonly seq: number; readonly eventTime: number } | null;
  /** True for a deletion that has ended the memory of the subject. */
  readonly hasEnded: boolean;
}

/** The states with which a delivery is compared, as columns of the delivery. */
export interface EarlierStates {
  /** Sequence number of the previous delivery; null if there is none. */
  readonly earlierSeq: number | null;
  /** Sequence number of the first delivery of the burst; null for this delivery itself, and outside of bursts. */
  readonly burst: number | null;
}

export const NO_STATES: EarlierStates = { earlierSeq: null, burst: null };

/** Adds a delivery to the memory of its subject. Returns the new memory, and what the delivery is compared with. */
export function remember(
  known: SubjectState | null,
  { seq, eventTime, receivedAt }: Pick<SubjectState, 'seq' | 'eventTime' | 'receivedAt'>,
): { readonly state: SubjectState; readonly earlier: EarlierStates } {
  const delivery = { seq, eventTime, receivedAt, hasEnded: false };
  const first = { ...delivery, burstTime: eventTime, burstSeq: seq, burstMembers: 0 };
  if (!known) return { state: { ...first, earlier: null }, earlier: NO_STATES };
  if (known.hasEnded) {
    return { state: eventTime > known.eventTime ? { ...first, earlier: null } : known, earlier: NO_STATES };
  }
  const { burstTime, earlier } = known;
  const isFull = known.burstMembers >= MAX_BURST_MEMBERS;
  if (eventTime > burstTime + BURST_MS || (isFull && eventTime > known.eventTime)) {
    const newest = { seq: known.seq, eventTime: known.eventTime };
    return { state: { ...first, earlier: newest }, earlier: { earlierSeq: known.seq, burst: null } };
  }
  if (eventTime < burstTime - BURST_MS || isFull) return { state: known, earlier: NO_STATES };
  const state = { ...known, burstMembers: known.burstMembers + 1 };
  return {
    state: eventTime >= known.eventTime ? { ...state, ...delivery } : state,
    earlier: {
      earlierSeq: earlier !== null && earlier.eventTime < eventTime ? earlier.seq : null,
      burst: known.burstSeq,
    },
  };
}

/**
 * Adds a delivery to the memory of its subject.
 *
 * @param subjects - the memory by subject, which is changed
 * @param isSelected - true if a subscription selects the delivery
 * @param replaced - receives the sequence number of the state that is no longer the newest
 */
export function rememberIn(
  subjects: Map<string, SubjectState>,
  subject: string,
  delivery: DeliveryOfSubject & { readonly seq: number },
  isSelected: boolean,
  replaced: Set<number>,
): EarlierStates {
  const known = subjects.get(subject) ?? null;
  const { state, earlier } = remember(known, delivery);
  const isNewest = state.seq === delivery.seq;
  // A deletion that no subscription selects ends the memory of its subject at once.
  const hasEnded = isNewest && !isSelected && isDeletion(delivery.model, delivery.actions);
  if (isNewest && known) replaced.add(known.seq);
  subjects.set(subject, hasEnded ? { ...state, hasEnded } : state);
  return hasEnded ? NO_STATES : earlier;
}

/** A delivery of a burst, whose first delivery has the sequence number `burst`. */
export interface BurstMember {
  readonly seq: number;
  readonly burst: number;
  readonly bytes: number;
}

/**
 * Returns the deliveries with which a member of a burst is compared: those that arrived before it, at most the first one
 * and the newest. All members are given in the order of their event times and then of their arrival.
 */
export function earlierInBurst(seq: number, members: readonly BurstMember[]): BurstMember[] {
  const before = members.filter((member) => member.seq < seq);
  const others = before.filter((member) => member.seq !== member.burst);
  const newest = new Set(others.slice(1 - MAX_BURST_DELIVERIES));
  return before.filter((member) => member.seq === member.burst || newest.has(member));
}
