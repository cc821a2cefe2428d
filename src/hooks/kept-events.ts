/**
 * Converts a delivery to the events that a trigger keeps, in three steps: verify the bytes, read the events, and keep
 * the events that match the filter. Live requests, stored deliveries and their earlier deliveries all pass through this
 * module, so no unverified event reaches a Zap.
 */

import { eventsOf, hasSubject, hasTooManyKeys, type TutorCruncherEvent, type WireEvent } from '../../wire/delivery.ts';
import { refusalOf, type Refusal } from '../../wire/signature.ts';
import { keeps, type EventFilter } from '../choices/event-filter.ts';
import { precedes, timeBetween, type BurstEvent, type EventInBurst } from '../record/burst.ts';

/** Maximum nesting depth of a delivery. TutorCruncher's deliveries have about eight levels. */
const MAX_NESTING = 200;

/** A delivery as TutorCruncher sent it, before its signature is verified. */
export interface SignedDelivery {
  readonly content: string;
  /** Headers in any letter case, with or without Zapier's prefix. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A delivery with the earlier deliveries about the same subject that the relay has stored. */
export interface ReceivedDelivery extends SignedDelivery {
  /** The newest delivery from before the burst; null if no such delivery is known. */
  readonly previous: SignedDelivery | null;
  /** Deliveries of the burst that arrived before this delivery, ordered by the times of their events. */
  readonly burst: readonly SignedDelivery[];
  /** True if the relay has received the same webhook before; default: false. */
  readonly isRepeat?: boolean;
}

/** A delivery with verified bytes. `previous` and `burst` contain only earlier deliveries with verified bytes. */
export interface VerifiedDelivery {
  readonly body: string;
  readonly previous: string | null;
  readonly burst: readonly string[];
  readonly isRepeat: boolean;
}

/** The events of a delivery, and the events of the earlier deliveries that the relay sent with the delivery. */
export interface ReadDelivery {
  readonly events: readonly WireEvent[];
  readonly previous: TutorCruncherEvent | null;
  readonly burst: readonly TutorCruncherEvent[];
  readonly isRepeat: boolean;
}

/** An event that a trigger keeps, together with the earlier events. The signatures of all these events are verified. */
export interface KeptEvent extends EventInBurst {
  /**
   * True if the event's delivery has several events. Such events are not compared with earlier events. Default: false.
   */
  readonly isOneOfSeveral?: boolean;
  /** True if the relay has received the same webhook before; default: false. */
  readonly isRepeat?: boolean;
}

/**
 * Reason for refusing a delivery: a missing, malformed or wrong signature, a missing private key, or too many keys in
 * the body.
 */
export type DeliveryRefusal = Refusal | 'too-many-keys';

interface RefusedDelivery {
  readonly refusal: DeliveryRefusal;
}

/** Returns the verified bytes of a delivery as text, or the reason for refusing the delivery. */
function verifiedBody({ content, headers }: SignedDelivery, privateKey: string): string | RefusedDelivery {
  // The signature covers UTF-8 bytes, which cannot represent lone surrogates. Lone surrogates are replaced first, so
  // that the verified text and the parsed text are equal.
  const body = content.toWellFormed();
  const refusal = refusalOf(body, headers, privateKey);
  if (refusal) return { refusal };
  return hasTooManyKeys(body) ? { refusal: 'too-many-keys' } : body;
}

/** Verifies a delivery and the earlier deliveries that the relay sent with the delivery. */
export function verify(delivery: ReceivedDelivery, privateKey: string): VerifiedDelivery | RefusedDelivery {
  const body = verifiedBody(delivery, privateKey);
  if (typeof body !== 'string') return body;
  const verified = (earlier: readonly SignedDelivery[]): string[] =>
    earlier.map((each) => verifiedBody(each, privateKey)).filter((each) => typeof each === 'string');
  const [previous = null] = verified(delivery.previous ? [delivery.previous] : []);
  return { body, previous, burst: verified(delivery.burst), isRepeat: delivery.isRepeat ?? false };
}

function onlyEventIn(body: string): TutorCruncherEvent | null {
  const [event, ...others] = eventsOf(body, MAX_NESTING);
  return event && others.length === 0 && hasSubject(event) ? event : null;
}

/**
 * Reads a verified delivery. A malformed body with a correct signature is treated as a delivery without events, because
 * TutorCruncher also signs bodies that are not events, and the owner of a Zap could do nothing about an error.
 */
export function read({ body, previous, burst, isRepeat }: VerifiedDelivery): ReadDelivery {
  return {
    events: eventsOf(body, MAX_NESTING),
    previous: previous === null ? null : onlyEventIn(previous),
    burst: burst.map(onlyEventIn).filter((event) => event !== null),
    isRepeat,
  };
}

/** Returns the earlier events about the subject of an event, ordered by time. */
function earlierEventsFor(
  event: TutorCruncherEvent,
  { previous, burst }: ReadDelivery,
  filter: EventFilter,
): Omit<EventInBurst, 'event'> {
  const known = burst.flatMap((earlier): (BurstEvent & { readonly age: number })[] => {
    const age = timeBetween(earlier, event);
    return age === null ? [] : [{ event: earlier, isSelected: keeps(filter, earlier), age }];
  });
  return {
    previous: previous && precedes(previous, event) ? previous : null,
    burst: known
      .sort((one, other) => other.age - one.age)
      .map(({ event: earlier, isSelected }) => ({ event: earlier, isSelected })),
  };
}

/** Returns the events that match a filter. Earlier events are included only if the delivery contains a single event. */
export function keep(delivery: ReadDelivery, filter: EventFilter): KeptEvent[] {
  const { events, isRepeat } = delivery;
  const isSingle = events.length === 1;
  const kept: KeptEvent[] = [];
  for (const event of events) {
    if (!hasSubject(event) || !keeps(filter, event)) continue;
    const earlier = isSingle ? earlierEventsFor(event, delivery, filter) : { previous: null, burst: [] };
    kept.push({ event, ...earlier, isRepeat, ...(!isSingle && { isOneOfSeveral: true }) });
  }
  return kept;
}
