import type { JsonObject } from '../../wire/json.ts';
import { withoutUser } from '../record/subject.ts';
import { isBlank } from '../record/values.ts';

/** Returns true if all actions delete their subject. Their events contain little more than its id and names. */
export const areDeletions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => action.startsWith('DELETED_'));

/** The fields that TutorCruncher sends about a deleted object, if the object has them. */
const DELETED_FIELDS = new Set(['model', 'url', 'id', 'name', 'first_name', 'last_name', 'topic']);

/** Reduces a complete subject to the fields that an event about its deletion contains. */
export const deletedSubject = (subject: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => DELETED_FIELDS.has(name)));

const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : !isBlank(value);

/** Returns the last known subject with the fields of the event about its deletion, except empty ones. */
export function withLastKnownFields(deleted: JsonObject, lastKnown: JsonObject): JsonObject {
  const sent = Object.entries(withoutUser(deleted)).filter(([, value]) => isFilled(value));
  return { ...withoutUser(lastKnown), ...Object.fromEntries(sent) };
}
