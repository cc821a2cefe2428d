/**
 * Creates the fields of a record that describe the change. Compares only the part of the subject that is shown in the
 * run.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { changeFields } from '../record/change-keys.ts';
import { compareSubjects } from '../record/changes.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { subjectFor } from '../record/other-families.ts';
import type { Person } from '../record/participants.ts';
import type { Change } from './decide.ts';
import { comparedState, comparisonOptions, type EventView } from './event-view.ts';

/**
 * Returns the fields that describe the change in the part of the subject shown in a run; an empty record in an app
 * without a relay.
 *
 * @param person - the person of the run; null for a run that shows the whole subject
 */
export function compare(
  { event, isRepeat = false }: KeptEvent,
  change: Change,
  person: Person | null,
  view: EventView,
  locale: Locale,
): FlatRecord {
  if (!view.isRelayed) return {};
  const stateOf = (of: TutorCruncherEvent) => subjectFor(person, comparedState(view, event, of));
  const difference =
    'since' in change
      ? compareSubjects(stateOf(change.since), stateOf(event), comparisonOptions(view, change.layout, locale))
      : change.unknownBecause;
  const layout = view.isOfAnyObject ? null : view.layoutFor(event);
  return { ...changeFields(difference, layout, locale), is_repeat: isRepeat };
}
