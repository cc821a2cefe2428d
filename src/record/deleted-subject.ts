import { isDeletion } from '../../wire/deletion.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { objectWordOf } from '../../wire/models.ts';
import { earlierEvents, type EventInBurst } from './burst.ts';
import { withoutUser } from './subject.ts';
import { isBlank } from './values.ts';

/**
 * Returns true if all actions delete their subject. Events about deletions contain little more than the subject's id
 * and names.
 */
export const areDeletions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => action.startsWith('DELETED_'));

/** The fields that TutorCruncher sends about a deleted object, if the object has them. */
const DELETED_FIELDS = new Set(['model', 'url', 'id', 'name', 'first_name', 'last_name', 'topic']);

/** Reduces a full subject to the fields that an event about its deletion contains. */
export const deletedSubject = (subject: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => DELETED_FIELDS.has(name)));

const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : !isBlank(value);

/** Returns true for an event about the deletion of its subject. */
export const isDeletedBy = ({ action, subject }: TutorCruncherEvent): boolean =>
  isDeletion(objectWordOf(subject.model), [action]);

/**
 * Returns the subject that an event shows. After a deletion, the newest earlier state fills in the fields that the
 * event lacks or sends empty. A state from before the deletion is preferred to the state of another deletion.
 */
export function withLastKnown(kept: EventInBurst, subject: JsonObject): JsonObject {
  const earlier = isDeletedBy(kept.event) ? earlierEvents(kept) : [];
  const lastKnown = earlier.find((one) => !isDeletedBy(one)) ?? earlier[0];
  if (!lastKnown) return subject;
  const sent = Object.entries(withoutUser(subject)).filter(([, value]) => isFilled(value));
  return { ...withoutUser(lastKnown.subject), ...Object.fromEntries(sent) };
}
