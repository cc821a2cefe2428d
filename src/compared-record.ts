/**
 * Conversion of events to records in apps that are built for a relay. The relay sends each event with a previous event
 * about the same subject.
 */

import { isDeletion } from '../wire/deletions.ts';
import type { JsonObject } from '../wire/json.ts';
import { objectWordOf } from '../wire/models.ts';
import { checkConditions, type ChangeConditions, type KnownChange } from './change-conditions.ts';
import { withLastKnownFields } from './deletion.ts';
import type { KeptEvent } from './hooks/kept-events.ts';
import { changeFields } from './record/change-keys.ts';
import { compareSubjects, uncomparedKeys } from './record/changes.ts';
import { flattenEvent } from './record/event.ts';
import type { FlatRecord } from './record/record.ts';
import { sha256 } from './sha256.ts';
import type { RecordOptions } from './trigger-kind.ts';

/** Actions that add a label to their subject. */
const LABEL_ADDITIONS: ReadonlySet<string> = new Set(['ADDED_A_LABEL_TO_A_USER', 'ADDED_A_LABEL_TO_A_SERVICE']);

/** Returns true if all of these actions add a label to their subject. */
export const areLabelAdditions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => LABEL_ADDITIONS.has(action));

/** Returns the change since the previous event; null if the change is unknown. */
function changeSince(
  { event, previous }: KeptEvent,
  later: JsonObject,
  { layout, locale, hasBalances = false, subjectIn }: RecordOptions,
): KnownChange | null {
  if (!previous || !layout) return null;
  const earlierEvent = { ...event, subject: previous.subject };
  const earlier = subjectIn ? subjectIn(earlierEvent) : earlierEvent.subject;
  const options = { layout, locale, hasBalances };
  const comparison = compareSubjects(earlier, later, options);
  // If a label was removed and added again, the states do not differ, because only the addition sends a webhook.
  const isContradicted = LABEL_ADDITIONS.has(event.action) && !comparison.addedLabels?.length;
  if (isContradicted) return null;
  return { comparison, earlier, uncompared: () => uncomparedKeys(earlier, later, options) };
}

/**
 * Converts an event to a record with the keys that only a relay can fill: those that describe the change, and
 * `is_repeat`. The record of a deletion contains the complete last known subject.
 *
 * @returns null if the change does not meet the conditions
 */
export function comparedRecord(
  kept: KeptEvent,
  conditions: ChangeConditions,
  options: RecordOptions,
): FlatRecord | null {
  const { event, previous, isRepeat = false } = kept;
  const { layout, locale, isOfAnyObject = false, subjectIn } = options;
  const subject = subjectIn ? subjectIn(event) : event.subject;
  const change = changeSince(kept, subject, options);
  const result = change ? checkConditions(conditions, change) : 'unknown';
  if (result === 'violated' || (result === 'unknown' && conditions.skipsUnknown)) return null;
  const isDeleted = isDeletion(objectWordOf(event.subject.model), [event.action]);
  return flattenEvent(event, layout, {
    hash: sha256,
    locale,
    hasSubjectKeys: isOfAnyObject,
    subject: isDeleted && previous ? withLastKnownFields(subject, previous.subject) : subject,
    changes: {
      ...changeFields(result === 'met' && change ? change.comparison : null, isOfAnyObject ? null : layout, locale),
      is_repeat: isRepeat,
    },
  });
}
