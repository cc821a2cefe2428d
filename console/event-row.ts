/** The texts of an event in the list and in the exported file. */

import type { ListedEvent } from '../wire/console-api.ts';
import { deliveryText, objectName } from './event-words.ts';
import type { DeliveryNames } from './opened-delivery.ts';

/** Name of a Zap that the relay no longer knows. */
export const UNKNOWN_ZAP = 'A Zap that is off';

export interface EventRow {
  /** The kind of the event, such as "Lesson completed". */
  readonly event: string;
  /** The record that the event is about: its name if it is known, or else its kind and id, such as "Lesson 1234". */
  readonly about: string;
  /** Number of further records. */
  readonly others: number;
  /** The people that the record involves; empty if there are none. */
  readonly people: string;
}

/** Returns the texts of an event. @param opened - the names in it; undefined if they are not loaded */
export function eventRow({ envelope }: ListedEvent, opened: DeliveryNames | undefined): EventRow {
  const { actions, model, subject_id: id } = envelope;
  const [first, ...others] = opened?.kind === 'opened' ? opened.events : [];
  const sealedName = [objectName(model), id].filter((part) => part !== null).join(' ');
  return {
    event: deliveryText(actions),
    about: first?.name || sealedName,
    others: others.length,
    people: first?.people ?? '',
  };
}
