/**
 * Rules for the earlier states that deliveries are compared with. For each subject of a channel, the store keeps the
 * newest state and the state before the current burst. TutorCruncher sends several events for one change, in any order,
 * so deliveries are compared with the state before the change.
 *
 * - A **subject** is identified by a channel, a model and a subject id. A delivery with exactly one event, whose model,
 *   subject id and time are known, has a subject. Wellbeing concerns, deliveries without content and events from the
 *   future ({@link MAX_EVENT_AHEAD_MS}) have no subject.
 * - A **state** is a stored delivery of a subject, unless the delivery arrived late. The newest state has the greatest
 *   event time and, among states with the same event time, the greatest sequence number.
 * - A **burst** is anchored at the event time of its first delivery to arrive, and contains the deliveries whose event
 *   times are at most {@link BURST_MS} from the anchor. A later delivery begins a new burst. An earlier delivery is
 *   late: it has no previous delivery, and is not a state. Once {@link MAX_BURST_MEMBERS} deliveries have followed the
 *   first, a delivery that is newer than all of them begins a new burst, and every other delivery is late.
 * - The **previous delivery** of every member of a burst is the state that was newest when the burst began. A member
 *   whose event time is not later than the event time of this state has no previous delivery.
 * - A member is also compared with **earlier deliveries of its burst**: deliveries of the burst that arrived before the
 *   member, regardless of their event times. Only the first delivery of the burst and the seven newest other deliveries
 *   are compared ({@link earlierInBurst}). Deliveries with the same event time are ordered by arrival.
 *
 * The columns of a delivery name its previous delivery and the first delivery of its burst, as determined when the
 * delivery was stored. A delivery is kept beyond its retention period if it is the newest state of its subject, or if
 * another delivery is compared with it. A delivery that is kept for this purpose is **remembered**. A remembered
 * delivery is no longer compared with earlier deliveries itself. The delivery is deleted `earlierStateMs` after its
 * arrival, or earlier to make room. A subject is forgotten when the delivery of its newest state is deleted, so the
 * number of subjects is limited by the number of deliveries.
 *
 * A delivery that reports a deletion (`wire/deletion.ts`) ends the comparison of its subject once none of the
 * delivery's sends waits or is a dead letter. The previous delivery is then no longer kept. Until the delivery of the
 * deletion is deleted, an event that is not newer than the deletion is treated as late, and a newer event is treated as
 * the first event about its subject.
 */

import { MAX_BURST_DELIVERIES } from '../../../wire/sealing/format.ts';
import type { NewDelivery } from './new-delivery.ts';

/** Maximum time between the first event of a burst and any other event of the burst, in milliseconds. */
export const BURST_MS = 5_000;

/**
 * Maximum number of deliveries of a burst after the first. The limit keeps many events about one subject from slowing
 * down ingest.
 */
export const MAX_BURST_MEMBERS = 500;

/**
 * Maximum time by which an event time can be later than the arrival of the event, in milliseconds. Without this limit,
 * a forged event from the future would make all genuine events about its subject late, because the relay cannot check
 * signatures.
 */
export const MAX_EVENT_AHEAD_MS = 5 * 60 * 1000;

/** Returns true if a delivery is about a subject that can be remembered. */
export const hasSubject = (
  delivery: NewDelivery,
): delivery is NewDelivery & { readonly model: string; readonly subjectId: string; readonly eventTime: number } =>
  delivery.content !== null &&
  !delivery.isConcern &&
  delivery.model !== null &&
  delivery.subjectId !== null &&
  delivery.eventTime !== null &&
  delivery.eventTime <= delivery.receivedAt + MAX_EVENT_AHEAD_MS;

/** The newest state and the current burst of a subject. */
export interface SubjectState {
  /** Sequence number of the newest state. */
  readonly seq: number;
  /** Event time of the newest state. */
  readonly eventTime: number;
  /** Arrival of the newest state. */
  readonly receivedAt: number;
  /** Event time of the delivery that began the current burst. */
  readonly burstTime: number;
  /** Sequence number of the delivery that began the current burst. */
  readonly burstSeq: number;
  /** Number of deliveries of the burst after the first, at most {@link MAX_BURST_MEMBERS}. */
  readonly burstMembers: number;
  /** Sequence number of the state that was newest when the burst began; null if no state existed. */
  readonly earlierSeq: number | null;
  /** Event time of the state that was newest when the burst began; null if no state existed. */
  readonly earlierTime: number | null;
  /** True if the newest state is a deletion that has ended the comparison of the subject. */
  readonly hasEnded: boolean;
}

/** The columns of a delivery that name its previous delivery and the first delivery of its burst. */
export interface EarlierStates {
  /** Sequence number of the previous delivery; null if the delivery has no previous delivery. */
  readonly earlierSeq: number | null;
  /** Sequence number of the first delivery of the burst; null for the first delivery itself, and outside of bursts. */
  readonly burst: number | null;
}

export const NO_STATES: EarlierStates = { earlierSeq: null, burst: null };

/**
 * Adds a delivery to the states of its subject. Returns the new states, and the earlier states that the delivery is
 * compared with.
 */
export function addState(
  known: SubjectState | undefined,
  { seq, eventTime, receivedAt }: Pick<SubjectState, 'seq' | 'eventTime' | 'receivedAt'>,
): { readonly state: SubjectState; readonly earlier: EarlierStates } {
  const delivery = { seq, eventTime, receivedAt, hasEnded: false };
  const noEarlier = { earlierSeq: null, earlierTime: null };
  const first = { ...delivery, ...noEarlier, burstTime: eventTime, burstSeq: seq, burstMembers: 0 };
  if (!known) return { state: first, earlier: NO_STATES };
  if (known.hasEnded) return { state: eventTime > known.eventTime ? first : known, earlier: NO_STATES };
  const { burstTime, earlierSeq, earlierTime } = known;
  const isFull = known.burstMembers >= MAX_BURST_MEMBERS;
  if (eventTime > burstTime + BURST_MS || (isFull && eventTime > known.eventTime)) {
    const state = { ...first, earlierSeq: known.seq, earlierTime: known.eventTime };
    return { state, earlier: { earlierSeq: known.seq, burst: null } };
  }
  if (eventTime < burstTime - BURST_MS || isFull) return { state: known, earlier: NO_STATES };
  const state = { ...known, burstMembers: known.burstMembers + 1 };
  const isLater = earlierTime !== null && earlierTime < eventTime;
  return {
    state: eventTime >= known.eventTime ? { ...state, ...delivery } : state,
    earlier: { earlierSeq: isLater ? earlierSeq : null, burst: known.burstSeq },
  };
}

/** A delivery of a burst. */
export interface BurstMember {
  readonly seq: number;
  /** Sequence number of the first delivery of the burst. */
  readonly burst: number;
  /** Size of the delivery in bytes. */
  readonly bytes: number;
}

/**
 * Returns the deliveries that a member of a burst is compared with: the first delivery of the burst, and the newest
 * other deliveries that arrived before the member.
 *
 * @param members - all members of the burst, ordered by event time, then by arrival
 */
export function earlierInBurst(seq: number, members: readonly BurstMember[]): BurstMember[] {
  const before = members.filter((member) => member.seq < seq);
  const newest = before.filter((member) => member.seq !== member.burst).slice(1 - MAX_BURST_DELIVERIES);
  return before.filter((member) => member.seq === member.burst || newest.includes(member));
}
