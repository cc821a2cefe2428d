/**
 * Conversion of a delivery to the events that a trigger keeps. It verifies the bytes, reads them, and keeps the events
 * that match the filter. Live requests, test data and the earlier deliveries all pass through this module, so no
 * unverified event reaches a Zap.
 */

import { eventsOf, hasSubject, hasTooManyKeys, type TutorCruncherEvent, type WireEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { refusalOf, type Refusal } from '../../wire/signature.ts';
import { keeps, type EventFilter } from '../instant/event-filter.ts';
import type { PersonRun } from '../record/runs.ts';
import { precedes, timeBetween, type BurstEvent, type EventInBurst } from '../record/burst.ts';

/** Maximum nesting depth of a delivery. TutorCruncher's deliveries have about eight. */
const MAX_NESTING = 200;

/** A delivery as TutorCruncher sent it, before its signature is verified. */
export interface SignedDelivery {
  readonly content: string;
  /** Headers in any letter case, with or without Zapier's prefix. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A delivery with earlier deliveries about the same subject, according to the relay. */
export interface ReceivedDelivery extends SignedDelivery {
  /** The newest delivery from before the burst; null if there is none. */
  readonly previous: SignedDelivery | null;
  /** Deliveries of the burst that arrived before, in the order of their event times. */
  readonly burst: readonly SignedDelivery[];
  /** True if TutorCruncher sent the same webhook before, according to the relay; default: false. */
  readonly isRepeat?: boolean;
}

/** An event that a trigger keeps. The earlier events are verified like the event itself. */
export interface KeptEvent extends EventInBurst {
  /** True if its delivery has several events, which the relay does not compare with earlier ones; default: false. */
  readonly isOneOfSeveral?: boolean;
  /** True if the event's webhook arrived before, according to the relay; default: false. */
  readonly isRepeat?: boolean;
  /** True for the event of the sample, which is about no record in TutorCruncher; default: false. */
  readonly isSample?: boolean;
  /** The complete record of the subject, if it has been read already. */
  readonly record?: JsonObject;
  /** The complete record of the subject, if the Zap has chosen to show it. */
  readonly details?: JsonObject;
  /** The run, if the Zap runs for each person of the subject. The record of the event then shows only this person's rows. */
  readonly onlyFor?: PersonRun;
}

/** Reasons for refusing a delivery: its signature, or an event with too many keys. */
export type DeliveryRefusal = Refusal | 'too-many-keys';

type EventsOrRefusal<Event> = { readonly events: Event[] } | { readonly refusal: DeliveryRefusal };

/**
 * Verifies and reads a delivery. A body that is correctly signed but malformed is treated as having no events:
 * TutorCruncher also signs bodies that are not events, and the owner of a Zap could not act on an error.
 */
function verifiedEvents({ content, headers }: SignedDelivery, privateKey: string): EventsOrRefusal<WireEvent> {
  // The signature covers UTF-8 bytes, which cannot represent lone surrogates. Without this check, the parsed text could
  // differ from the verified text.
  const body = content.toWellFormed();
  const refusal = refusalOf(body, headers, privateKey);
  if (refusal) return { refusal };
  return hasTooManyKeys(body) ? { refusal: 'too-many-keys' } : { events: eventsOf(body, MAX_NESTING) };
}

function onlyEventOf(delivery: SignedDelivery, privateKey: string): TutorCruncherEvent | null {
  const verified = verifiedEvents(delivery, privateKey);
  const [event, ...others] = 'events' in verified ? verified.events : [];
  return event && others.length === 0 && hasSubject(event) ? event : null;
}

/** Returns the earlier events that accompany the only event of a delivery. Leaves out events about other subjects. */
function earlierEventsOf(
  event: TutorCruncherEvent,
  delivery: ReceivedDelivery,
  privateKey: string,
  filter: EventFilter,
): Omit<EventInBurst, 'event'> {
  const previous = delivery.previous && onlyEventOf(delivery.previous, privateKey);
  const burst = delivery.burst.flatMap((each): (BurstEvent & { readonly age: number })[] => {
    const earlier = onlyEventOf(each, privateKey);
    const age = earlier && timeBetween(earlier, event);
    return earlier && age !== null ? [{ event: earlier, isSelected: keeps(filter, earlier), age }] : [];
  });
  return {
    previous: previous && precedes(previous, event) ? previous : null,
    burst: burst
      .sort((one, other) => other.age - one.age)
      .map(({ event: earlier, isSelected }) => ({ event: earlier, isSelected })),
  };
}

/** Verifies a delivery, and returns the events that match a filter, with the earlier events if there is a single one. */
export function keptEvents(
  delivery: ReceivedDelivery,
  privateKey: string,
  filter: EventFilter,
): EventsOrRefusal<KeptEvent> {
  const verified = verifiedEvents(delivery, privateKey);
  if ('refusal' in verified) return verified;
  const { isRepeat = false } = delivery;
  const isSingle = verified.events.length === 1;
  const events: KeptEvent[] = [];
  for (const event of verified.events) {
    if (!hasSubject(event) || !keeps(filter, event)) continue;
    const earlier = isSingle ? earlierEventsOf(event, delivery, privateKey, filter) : { previous: null, burst: [] };
    events.push({ event, ...earlier, isRepeat, ...(!isSingle && { isOneOfSeveral: true }) });
  }
  return { events };
}
