/** Creates the records of sample events without sending requests. These records show the whole subject. */

import type { KeptEvent } from '../hooks/kept-events.ts';
import { undivided } from '../lookups/divide.ts';
import type { Locale } from '../record/locale.ts';
import { fieldsOfPersonChange } from '../record/changed-people.ts';
import type { FlatRecord } from '../record/record.ts';
import { sampleLocale } from '../object/samples.ts';
import { compare } from './compare.ts';
import { decide, type Change } from './decide.ts';
import { withLastKnown } from '../record/deleted-subject.ts';
import type { EventFilter } from '../choices/event-filter.ts';
import type { EventView } from './event-view.ts';
import { flatten } from './flatten.ts';

/**
 * Returns the record of a sample event; an empty record if the event's change does not meet the trigger's conditions.
 */
export function sampleRecord(kept: KeptEvent, { changes }: EventFilter, view: EventView): FlatRecord {
  const change = decide(kept, changes, view, sampleLocale());
  return change ? undividedRecord(kept, change, view, sampleLocale()) : {};
}

/** Creates the record of a sample event whose change meets the trigger's conditions. */
export function undividedRecord(kept: KeptEvent, change: Change, view: EventView, locale: Locale): FlatRecord {
  const state = withLastKnown(kept, view.subjectIn(kept.event));
  const names = view.namesPeople ? fieldsOfPersonChange(kept) : {};
  const changes = { ...compare(kept, change, null, view, locale), ...names };
  return flatten(kept, undivided(state), { changes }, view, locale);
}
