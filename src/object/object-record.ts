/** Reads objects from TutorCruncher's API, and converts them to the records of searches and actions. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse } from '../api/client.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { flattenSubject } from '../record/subject.ts';
import { isDeleted, rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { RECORD_NAMES, type RecordWord, type TutorCruncherObject } from './tutorcruncher-object.ts';

/** Returns the path of an object's list below `/api/`. @throws {Error} if the API does not provide the object */
export function listPath({ word, api }: TutorCruncherObject<RecordWord>): string {
  if (!api) throw new Error(`TutorCruncher's API does not provide the object "${word}".`);
  return `${api.path}/`;
}

/** Returns the product name of an object in lower case, as it appears within a sentence. */
export const nounOf = ({ word }: TutorCruncherObject<RecordWord>): string => RECORD_NAMES[word].toLowerCase();

/** Returns an object without the wrapper `{status, role}` that TutorCruncher's older API puts around it. */
export const unwrapped = (response: JsonObject): JsonObject =>
  response.id === undefined && isJsonObject(response.role) ? response.role : response;

/**
 * Reads an object by its id; null if the object does not exist.
 *
 * @param id - the id, as a string of digits
 * @param consequence - see {@link StepRun.read}
 * @throws {Error} with a message for the Zap's owner if the object cannot be read, or if the response contains a
 *   different object or no object
 */
export async function readObject(
  run: StepRun,
  object: TutorCruncherObject<RecordWord>,
  id: string,
  consequence?: string,
): Promise<JsonObject | null> {
  const path = `${listPath(object)}${id}/`;
  const response = await run.read(path, consequence);
  if (!response) return null;
  const found = unwrapped(response);
  const foundId = rowId(found);
  const { fieldInsteadOfId } = object.api ?? {};
  const isWithoutId = foundId === null && fieldInsteadOfId !== undefined && isJsonObject(found[fieldInsteadOfId]);
  if (foundId !== id && !isWithoutId) throw unexpectedResponse(run.z, `${nounOf(object)} with the ID ${id}`);
  return { id: Number(id), url: `${tutorCruncherOrigin()}/api/${path}`, ...found };
}

/**
 * Reads an object for a search or an action, like {@link readObject}; null if the object does not exist or is in the
 * trash.
 */
export async function readPresent(...parts: Parameters<typeof readObject>): Promise<JsonObject | null> {
  const found = await readObject(...parts);
  return found && !isDeleted(found) ? found : null;
}

/**
 * Reads an object that was chosen in an input field; see {@link readPresent}.
 *
 * @throws {Error} if no object has this id
 */
export async function readChosen(
  run: StepRun,
  object: TutorCruncherObject,
  id: string,
  consequence?: string,
): Promise<JsonObject> {
  const found = await readPresent(run, object, id, consequence);
  if (found) return found;
  throw run.refusal(
    `The ${nounOf(object)} that this step refers to does not exist, or no longer exists, in this branch of TutorCruncher. Choose ` +
      `another ${nounOf(object)}, or check the step that provides its ID.`,
  );
}

/** Converts an object to a record for a Zap. */
export const recordOfObject = (
  { layout }: TutorCruncherObject<RecordWord>,
  found: JsonObject,
  locale: Locale,
): FlatRecord => flattenSubject(found, layout, locale);
