/** The loaded part of the event list, and its updates. */

import type { EventListResponse, ListedEvent } from '../wire/console-api.ts';

/** The loaded events, newest first. Their contents are not kept. */
export interface EventList {
  readonly events: readonly ListedEvent[];
  /** Position of the next page; null if all events are loaded. */
  readonly next: number | null;
}

/** Adds the next page to the end of the list. */
export const withNextPage = (list: EventList, page: EventListResponse): EventList => ({
  events: [...list.events, ...page.events],
  next: page.next,
});

/**
 * Updates the beginning of the list with a newly loaded first page. If more events have arrived than fit on a page, the
 * list would have a gap, so the page replaces the list.
 */
export function withFirstPage(list: EventList | null, page: EventListResponse): EventList {
  const { next } = page;
  if (list === null || next === null) return page;
  const older = list.events.filter(({ number }) => number < next);
  const isGapless = list.events.some(({ number }) => number >= next);
  return isGapless && older.length > 0 ? { events: [...page.events, ...older], next: list.next } : page;
}

/** Returns a page of the list without the contents of its events, which are not needed after they have been opened. */
export const withoutContents = ({ events, next }: EventListResponse): EventListResponse => ({
  events: events.map((event) => ({ ...event, envelope: { ...event.envelope, sealed: null } })),
  next,
});
