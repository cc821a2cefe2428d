/** The loaded part of the event list, and its updates. */

import type { EventListResponse, ListedEvent } from '../wire/console-api.ts';
import { deliveryNames, openDelivery, type DeliveryNames, type LinkKeys } from './opened-delivery.ts';

/** An event in the list with the names in it. Its contents are not kept. */
export interface NamedEvent extends ListedEvent {
  readonly opened: DeliveryNames;
}

/** The loaded events, newest first. */
export interface EventList {
  readonly events: readonly NamedEvent[];
  /** Position of the next page; null if all events are loaded. */
  readonly next: number | null;
}

/** Opens the events of a page. @param known - opened events, whose contents the page need not have */
export async function openPage(
  { events, next }: EventListResponse,
  known: readonly NamedEvent[],
  keys: LinkKeys,
): Promise<EventList> {
  const knownNames = new Map(known.map(({ number, opened }) => [number, opened]));
  const named = events.map(async (event) => ({
    ...event,
    envelope: { ...event.envelope, sealed: null },
    opened: knownNames.get(event.number) ?? deliveryNames(await openDelivery(event.envelope, keys)),
  }));
  return { events: await Promise.all(named), next };
}

/**
 * Updates the beginning of the list with a newly loaded first page. If more events have arrived than fit on a page, the
 * list would have a gap, so the page replaces the list.
 */
export function withFirstPage(list: EventList | null, page: EventList): EventList {
  const { next } = page;
  if (list === null || next === null) return page;
  const older = list.events.filter(({ number }) => number < next);
  const isGapless = list.events.some(({ number }) => number >= next);
  return isGapless && older.length > 0 ? { events: [...page.events, ...older], next: list.next } : page;
}
