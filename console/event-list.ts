/** The loaded part of the event list, and its updates. */

import type { EventListResponse, ListedEvent } from '../wire/console-api.ts';
import { deliveryNames, openDelivery, type DeliveryNames, type LinkAccess } from './opened-delivery.ts';

/** An event in the list with the names that it contains. The other contents are not kept. */
export interface NamedEvent extends ListedEvent {
  readonly opened: DeliveryNames;
}

/** The loaded events, newest first. */
export interface EventList {
  readonly events: readonly NamedEvent[];
  /** Position at which the search for older events continues; null if all events were searched. */
  readonly next: number | null;
  /** Number of the newest event that was searched. From this event down to `next`, the list has all matching events. */
  readonly newest: number;
  /** Arrival of the oldest event that was searched, in milliseconds since 1970; null if there was none. */
  readonly searchedFrom: number | null;
}

/** Opens an event of the relay's API. @param known - names that were opened before, for an event without contents */
export const nameEvent = async (
  event: ListedEvent,
  access: LinkAccess,
  known?: DeliveryNames,
): Promise<NamedEvent> => ({
  ...event,
  envelope: { ...event.envelope, sealed: null },
  opened: known ?? deliveryNames(await openDelivery(event.envelope, access)),
});

/** Opens the events of a page. @param known - opened events, whose contents the page may omit */
export async function openPage(
  { events, next, newest, searched_from: searchedFrom }: EventListResponse,
  known: readonly NamedEvent[],
  access: LinkAccess,
): Promise<EventList> {
  const knownNames = new Map(known.map(({ number, opened }) => [number, opened]));
  const named = events.map((event) => nameEvent(event, access, knownNames.get(event.number)));
  return { events: await Promise.all(named), next, newest, searchedFrom };
}

/** Adds the page that follows the list. */
export const withOlderPage = (list: EventList, page: EventList): EventList => ({
  events: [...list.events, ...page.events],
  next: page.next,
  newest: list.newest,
  searchedFrom: page.searchedFrom ?? list.searchedFrom,
});

/**
 * Updates the beginning of the list with a newly loaded first page. If more events have arrived than were searched for
 * the page, the list would have a gap, so the page replaces the list.
 */
export function withFirstPage(list: EventList | null, page: EventList): EventList {
  const { next, newest } = page;
  const hasGap = list === null || next === null || list.newest < next - 1;
  if (hasGap || (list.next !== null && list.next >= next)) return page;
  const older = list.events.filter(({ number }) => number < next);
  return { ...list, events: [...page.events, ...older], newest };
}
