/**
 * Delivery → events that a trigger keeps: verify the bytes, read them, keep the events that match the filter. Live
 * requests and test data both pass through here, so nothing reaches a Zap unverified.
 */

import { eventsOf, hasSubject, type TutorCruncherEvent } from '../../wire/delivery.ts';
import { refusalOf, type Refusal } from '../../wire/signature.ts';
import { keeps, type EventFilter } from '../event-filter.ts';

/** Levels of nesting in a delivery. TutorCruncher's deliveries have about eight. */
const MAX_NESTING = 200;

/** The kept events of a delivery, in order, or the reason why its signature was refused. */
export type KeptEvents = { readonly events: TutorCruncherEvent[] } | { readonly refusal: Refusal };

/**
 * Verifies a delivery and returns the events that match a filter. A body that is correctly signed but makes no sense
 * contains no events: TutorCruncher signs other things too, and the owner of a Zap could do nothing about an error.
 *
 * @param content - the raw body
 * @param headers - the request's headers in any letter case, with or without Zapier's prefix
 * @param privateKey - the connection's private API key
 */
export function keptEvents(
  content: string,
  headers: Readonly<Record<string, unknown>>,
  privateKey: string,
  filter: EventFilter,
): KeptEvents {
  // The signature covers UTF-8 bytes, which cannot represent lone surrogates. Without this, the text that is parsed
  // could differ from the text that was verified.
  const body = content.toWellFormed();
  const refusal = refusalOf(body, headers, privateKey);
  if (refusal) return { refusal };
  const events = eventsOf(body, MAX_NESTING).filter(hasSubject);
  return { events: events.filter((event) => keeps(filter, event)) };
}
