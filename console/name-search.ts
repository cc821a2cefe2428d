/** The search for names in the event list. The relay cannot read names, so the console searches the loaded events. */

import type { NamedEvent } from './event-list.ts';
import type { DeliveryNames } from './opened-delivery.ts';

/** Splits a search into words in lower case. */
export const searchWords = (search: string): readonly string[] => search.toLowerCase().split(/\s+/).filter(Boolean);

/** Returns the names in a delivery, in lower case; empty if the delivery is not opened. */
export const searchedText = ({ events }: DeliveryNames): string =>
  events
    .map(({ name, people }) => `${name} ${people}`)
    .join(' ')
    .toLowerCase();

/** Returns the events whose names contain all of the words. */
export const eventsWithWords = (events: readonly NamedEvent[], words: readonly string[]): readonly NamedEvent[] =>
  events.filter(({ opened }) => words.every((word) => searchedText(opened).includes(word)));
