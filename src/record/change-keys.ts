/**
 * The keys of a record that describe the changes since the previous event about the same subject, and the key that
 * marks a repeated event. Only an app that uses a relay has these keys, because only a relay stores earlier events.
 */

import type { Comparison } from './changes.ts';
import type { Locale } from './locale.ts';
import { joinEntries } from './joined-texts.ts';
import { readyMadeText, timeTexts } from './ready-made.ts';
import type { Layout } from './layout.ts';
import type { FieldValue, FlatRecord, Item } from './record.ts';
import { isBlank, joinScalars } from './values.ts';

/** All keys that need a relay. A record has only the keys that apply to its object type. */
const CHANGE_KEYS = new Set([
  ...[
    'changes_known',
    'changes_unknown_because',
    'changed_fields',
    'changes_text',
    'changes',
    'previous_status_text',
    'previous_status',
  ],
  ...['previous_pipeline_stage', 'previous_start_text', 'previous_start', 'previous_finish_text', 'previous_finish'],
  ...['added_labels', 'removed_labels', 'is_repeat', 'changed_people', 'changed_people_ids'],
]);

/** Returns true for a key that needs a relay, and for a key of the items in a list of changes. */
export const isChangeKey = (key: string): boolean => CHANGE_KEYS.has(key.split('[]')[0] ?? key);

/** The messages that explain to a Zap's owner why a change is unknown. */
const UNKNOWN_BECAUSE = {
  'several-events':
    'TutorCruncher sent this event in one webhook together with others. Only events that arrive by themselves are compared.',
  'unknown-object': 'This version of the app does not know records of this type.',
  'no-earlier-event': 'No earlier event about this record is known.',
  'no-added-label': 'A label was added, but the labels of this event and of the previous one do not show which.',
  'fields-of-one-event': 'Only one of the two events contains the fields that the choices of this Zap are about.',
} as const;

/** A reason why the change is unknown. */
export type UnknownChange = keyof typeof UNKNOWN_BECAUSE;

/** Joins the names of labels with ", ", with the id of a label in place of a missing name. */
const namesOf = (labels: readonly Item[] | null = null): string | null =>
  labels && joinScalars(labels.map(({ id, name }) => (isBlank(name) ? id : name)));

/** Returns the previous status, pipeline stage and times of an object, and the labels added and removed. */
function fieldsOfObject(
  comparison: Comparison | null,
  { prefix, ownKeys, nestedKeys, readyMade }: Layout,
  locale: Locale,
): FlatRecord {
  const earlier = (key: string): FieldValue => comparison?.earlier[key] ?? null;
  const [status, stage] = [`${prefix}_status`, `${prefix}_pipeline_stage_name`];
  const span = readyMade.spans.find(({ minutes }) => minutes !== null);
  const previousStatus = earlier(status);
  const [start, finish] = [earlier(span?.start ?? ''), earlier(span?.finish ?? '')];
  return {
    ...(ownKeys.has(status) && {
      previous_status_text: Array.isArray(previousStatus) ? null : readyMadeText(status, previousStatus, locale),
      previous_status: previousStatus,
    }),
    ...(nestedKeys.has(stage) && { previous_pipeline_stage: earlier(stage) }),
    ...(span && {
      previous_start_text: timeTexts(start, locale)?.text ?? null,
      previous_start: start,
      previous_finish_text: timeTexts(finish, locale)?.text ?? null,
      previous_finish: finish,
    }),
    ...(ownKeys.has(`${prefix}_labels`) && {
      added_labels: namesOf(comparison?.addedLabels),
      removed_labels: namesOf(comparison?.removedLabels),
    }),
  };
}

/**
 * Returns the fields of a record that describe the change.
 *
 * @param change - the comparison, or the reason why the change is unknown. With a reason, the fields that describe the
 *   change are null.
 * @param layout - null for a record of any object type, which has only the five keys that apply to all types
 */
export function changeFields(change: Comparison | UnknownChange, layout: Layout | null, locale: Locale): FlatRecord {
  const comparison = typeof change === 'string' ? null : change;
  return {
    changes_known: comparison !== null,
    changes_unknown_because: typeof change === 'string' ? UNKNOWN_BECAUSE[change] : null,
    changed_fields: comparison ? joinEntries(comparison.changes.map(({ field }) => field)) : null,
    changes_text: comparison?.changes.map(({ line }) => line).join('\n') ?? null,
    changes: comparison?.changes.map(({ field, before, after }) => ({ field, before, after })) ?? null,
    ...(layout && fieldsOfObject(comparison, layout, locale)),
  };
}
