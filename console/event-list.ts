/** The loaded part of the event list, and its updates. */

import type { EventListResponse, ListedEvent } from '../wire/console-api.ts';
import { deliveryNames, openDelivery, type DeliveryNames, type LinkAccess } from './opened-delivery.ts';

/** An event in the list with the names in its contents. The page does not keep the other contents. */
export interface NamedEvent extends ListedEvent {
  readonly opened: DeliveryNames;
}

/** The loaded events, with the newest event first. */
export interface EventList {
  readonly events: readonly NamedEvent[];
  /** Position where the search for older events continues; null if all events have been searched. */
  readonly next: number | null;
  /**
   * Number of the newest event that was searched. The list contains all matching events from this event down to `next`.
   */
  readonly newest: number;
  /**
   * Arrival time of the oldest event that was searched, in milliseconds since 1970; null if no events were searched.
   */
  readonly searchedFrom: number | null;
}

/**
 * Opens an event from the relay's API.
 *
 * @param known - the event's names, if the event was opened before; the relay then omits the contents
 */
export const nameEvent = async (
  event: ListedEvent,
  access: LinkAccess,
  known?: DeliveryNames,
): Promise<NamedEvent> => ({
  ...event,
  envelope: { ...event.envelope, sealed: null },
  opened: known ?? deliveryNames(await openDelivery(event.envelope, access)),
});

/**
 * Opens the events in a page of the list.
 *
 * @param known - events that were opened before, whose contents the response can omit
 */
export async function openPage(
  { events, next, newest, searched_from: searchedFrom }: EventListResponse,
  known: readonly NamedEvent[],
  access: LinkAccess,
): Promise<EventList> {
  const knownNames = new Map(known.map(({ number, opened }) => [number, opened]));
  const named = events.map((event) => nameEvent(event, access, knownNames.get(event.number)));
  return { events: await Promise.all(named), next, newest, searchedFrom };
}

/** Appends a page of older events to the list. */
export const withOlderPage = (list: EventList, page: EventList): EventList => ({
  events: [...list.events, ...page.events],
  next: page.next,
  newest: list.newest,
  searchedFrom: page.searchedFrom ?? list.searchedFrom,
});

/**
 * Updates the beginning of the list with a newly loaded first page. If the page does not reach back to the list's
 * newest event, the page replaces the list, because the list would otherwise have a gap.
 */
export function withFirstPage(list: EventList | null, page: EventList): EventList {
  const { next, newest } = page;
  const hasGap = list === null || next === null || list.newest < next - 1;
  if (hasGap || (list.next !== null && list.next >= next)) return page;
  const older = list.events.filter(({ number }) => number < next);
  return { ...list, events: [...page.events, ...older], newest };
}
