/**
 * The object that a write has made or changed. The response to a write often lacks fields, and is then followed by one
 * read. A failure of this read is ignored, because the write has succeeded, and Zapier could repeat a failed run.
 */

import type { JsonObject } from '../../wire/json.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import { rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { listPath, readObject, unwrapped } from '../object/object-record.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/**
 * Returns the object that a write has made or changed, read again if the response lacks fields or `isPartial` is true.
 */
export async function writtenObject(
  run: StepRun,
  object: TutorCruncherObject,
  response: JsonObject,
  knownId: string | null,
  isPartial = false,
): Promise<JsonObject> {
  const written = unwrapped(response);
  const ownId = rowId(written);
  const id = knownId ?? ownId;
  if (id === null) return written;
  // A response about another record, such as the entry of a person in a job, is not the record that was written.
  const isOther = ownId !== null && ownId !== id;
  const hasAllFields = !isPartial && !object.api?.isWriteResponsePartial;
  const isFull = hasAllFields && !isOther && written === response && written.id !== undefined;
  if (!isFull && run.startReadsAfterWrite()) {
    // The write has succeeded, so ignore all errors of the read, including a rate limit.
    const found = await readObject(run, object, id).catch(() => null);
    if (found) return found;
  }
  return { id: Number(id), url: `${tutorCruncherOrigin()}/api/${listPath(object)}${id}/`, ...(isOther ? {} : written) };
}
