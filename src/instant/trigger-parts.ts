/** The parts of an instant trigger that differ between triggers for one object and the trigger for any object. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { narrowFilter, type FilterField } from '../choices/filter-fields.ts';
import type { PersonChoice } from '../lookups/divide.ts';
import type { Lookup } from '../lookups/lookup.ts';
import type { OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import type { EventFilter, SubjectRequirement } from '../choices/event-filter.ts';
import type { EventView } from './event-view.ts';
import type { TestEvent } from './recent-events.ts';

/** Returns output fields, which can depend on the account and on the choices in the input fields. */
type OutputFieldFunction = (z: ZObject, bundle: Bundle) => OutputField[] | Promise<OutputField[]>;

/**
 * The parts that differ between triggers for one object and the trigger for any object, and between apps with and
 * without a relay.
 */
export interface TriggerParts extends PersonChoice {
  readonly noun: string;
  /** The object type of the events; null for any object type. */
  readonly object: TutorCruncherObject | null;
  /** True if the trigger exists only in apps that are built for a relay. */
  readonly needsRelay: boolean;
  readonly filter: EventFilter;
  readonly filterFields: readonly FilterField[];
  readonly lookups: readonly Lookup[];
  /** The view that determines the contents of the trigger's records. */
  readonly view: EventView;
  readonly sampleEvent: () => TutorCruncherEvent;
  /** The conditions that apply to the trigger's test data, but not to live events. */
  readonly requirement: SubjectRequirement;
  readonly sample: () => FlatRecord;
  readonly isDeletion: boolean;
  readonly outputFields: () => readonly OutputField[];
  /**
   * Functions that return the account's own output fields. In Zapier's editor, these fields precede the fields that
   * describe changes and the event.
   */
  readonly accountFields: readonly OutputFieldFunction[];
  /** Returns events for testing a Zap; an empty array if only the sample is available. */
  readonly recentEvents: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<TestEvent[]>;
}

/** Returns the filter of a trigger, narrowed by the choices of a Zap. */
export const filterFor = ({ filter, filterFields }: TriggerParts, bundle: Bundle): EventFilter =>
  narrowFilter(filter, filterFields, bundle);
