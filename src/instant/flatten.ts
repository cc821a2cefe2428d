/** Converts a divided state to the record of an event. This is the last step before the record is sent to Zapier. */

import { toScalar, type JsonObject } from '../../wire/json.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { withDetails } from '../lookups/fetched-details.ts';
import type { DividedState } from '../lookups/divide.ts';
import { earlierEvents } from '../record/burst.ts';
import { flattenEvent } from '../record/event.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { eventFieldsFor } from '../record/other-families.ts';
import { sha256 } from '../api/sha256.ts';
import type { EventView } from './event-view.ts';

/** The fields that a record contains in addition to the fields of its divided state. */
interface Additions {
  /** The fields that describe the change; see {@link compare}. */
  readonly changes: FlatRecord;
  /**
   * The record that a lookup has read from TutorCruncher. Fields that the state lacks are filled in from this record.
   */
  readonly details?: JsonObject;
}

/** Creates the record for one divided state of an event. */
export function flatten(
  kept: KeptEvent,
  { person, state, whole }: DividedState,
  { changes, details }: Additions,
  view: EventView,
  locale: Locale,
): FlatRecord {
  const { event } = kept;
  const record = flattenEvent(event, view.layoutFor(event), {
    hash: sha256,
    locale,
    hasSubjectKeys: view.isOfAnyObject,
    subject: withDetails(state, details),
    changes,
  });
  if (person === null) return record;
  const states = [whole, ...earlierEvents(kept).map(({ subject }) => subject)];
  return { ...record, ...eventFieldsFor(person, event, states, String(toScalar(record.id))) };
}
