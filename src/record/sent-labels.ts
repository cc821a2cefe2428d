/**
 * The labels in an event. TutorCruncher leaves the labels out of many events, or sends an empty list instead, so an
 * empty list means that the subject has no labels only in an event about a label.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { haveSameEntries } from './same-value.ts';
import { withoutUser } from './subject.ts';

const ABOUT_LABEL = /(?:^|_)LABELS?(?:_|$)/;

/** Returns a subject for comparison. Its labels are left out if the event does not contain them. */
export function withSentLabels(subject: JsonObject, { action }: Pick<TutorCruncherEvent, 'action'>): JsonObject {
  const merged = withoutUser(subject);
  const { labels } = merged;
  const isSent = Array.isArray(labels) && (labels.length > 0 || ABOUT_LABEL.test(action));
  if (isSent || !Object.hasOwn(merged, 'labels')) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([name]) => name !== 'labels'));
}

/**
 * Returns the ids of an event's labels, or the names of labels without an id; an empty list if the event has no labels.
 */
function labelsOf({ subject }: TutorCruncherEvent): unknown[] {
  const { labels } = withoutUser(subject);
  return Array.isArray(labels)
    ? labels.map((label) => toScalar(isJsonObject(label) ? (label.id ?? label.name) : label))
    : [];
}

/** Returns true if two events contain the same labels. */
export function haveSameLabels(one: TutorCruncherEvent, other: TutorCruncherEvent): boolean {
  const labels = labelsOf(one);
  return labels.length > 0 && haveSameEntries(labels, labelsOf(other));
}
