/**
 * Reads the labels in an event. TutorCruncher omits the labels from many events, or sends an empty list in place of the
 * labels. Only in an event about a label does an empty list mean that the subject has no labels.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { haveSameEntries } from './same-value.ts';
import { withoutUser } from './subject.ts';

const ABOUT_LABEL = /(?:^|_)LABELS?(?:_|$)/;

/** Returns a subject for a comparison, without the key `labels` if the event does not show the subject's labels. */
export function withSentLabels(subject: JsonObject, { action }: Pick<TutorCruncherEvent, 'action'>): JsonObject {
  const merged = withoutUser(subject);
  const { labels } = merged;
  const isSent = Array.isArray(labels) && (labels.length > 0 || ABOUT_LABEL.test(action));
  if (isSent || !Object.hasOwn(merged, 'labels')) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([name]) => name !== 'labels'));
}

/** Returns the id of each label of an event, or the name of a label without an id. */
function labelsOf({ subject }: TutorCruncherEvent): unknown[] {
  const { labels } = withoutUser(subject);
  return Array.isArray(labels)
    ? labels.map((label) => toScalar(isJsonObject(label) ? (label.id ?? label.name) : label))
    : [];
}

/** Returns true if two events contain the same labels. Returns false if neither event contains a label. */
export function haveSameLabels(one: TutorCruncherEvent, other: TutorCruncherEvent): boolean {
  const labels = labelsOf(one);
  return labels.length > 0 && haveSameEntries(labels, labelsOf(other));
}
