import { isDeletion } from '../../wire/deletion.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { objectWordOf } from '../../wire/models.ts';
import { earlierEvents, type EventInBurst } from './burst.ts';
import { withoutUser } from './subject.ts';
import { isBlank } from './values.ts';

/**
 * Returns true if each of the actions deletes its subject. Events about deletions contain little more than the
 * subject's id and names.
 */
export const areDeletions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => action.startsWith('DELETED_'));

/** The fields of an object that TutorCruncher sends when the object is deleted. */
const DELETED_FIELDS = new Set(['model', 'url', 'id', 'name', 'first_name', 'last_name', 'topic']);

/** Reduces a full subject to the fields that an event about the subject's deletion contains. */
export const deletedSubject = (subject: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => DELETED_FIELDS.has(name)));

const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : !isBlank(value);

/** Returns true if an event reports the deletion of its subject. */
export const isDeletedBy = ({ action, subject }: TutorCruncherEvent): boolean =>
  isDeletion(objectWordOf(subject.model), [action]);

/**
 * Returns the subject of an event. If the event deletes the subject, fields that are missing or empty in the event are
 * filled in from the last known state. The last known state is the newest state of an event that is not a deletion or,
 * if there is none, the state of the newest earlier deletion.
 */
export function withLastKnown(kept: EventInBurst, subject: JsonObject): JsonObject {
  const earlier = isDeletedBy(kept.event) ? earlierEvents(kept) : [];
  const lastKnown = earlier.find((one) => !isDeletedBy(one)) ?? earlier[0];
  if (!lastKnown) return subject;
  const sent = Object.entries(withoutUser(subject)).filter(([, value]) => isFilled(value));
  return { ...withoutUser(lastKnown.subject), ...Object.fromEntries(sent) };
}
