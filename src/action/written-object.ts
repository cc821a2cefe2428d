/**
 * The object that a write has created or changed. The response to a write often lacks fields, so one read can follow
 * the write. If this read fails, the failure is ignored, because the write has succeeded and Zapier could repeat a
 * failed run.
 */

import type { JsonObject } from '../../wire/json.ts';
import { tutorCruncherOrigin } from '../api/origin.ts';
import { rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { listPath, readObject, unwrapped } from '../object/object-record.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/**
 * Returns the object that a write has created or changed. If the response lacks fields, or if `isPartial` is true, the
 * object is read again.
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
  // A response about another record, such as the entry of a person in a job, does not contain the written record.
  const isOther = ownId !== null && ownId !== id;
  const hasAllFields = !isPartial && !object.api?.isWriteResponsePartial;
  const isFull = hasAllFields && !isOther && written === response && written.id !== undefined;
  if (!isFull && run.startReadsAfterWrite()) {
    // The write has succeeded, so all errors of the read are ignored, including a rate limit.
    const found = await readObject(run, object, id).catch(() => null);
    if (found) return found;
  }
  return { id: Number(id), url: `${tutorCruncherOrigin()}/api/${listPath(object)}${id}/`, ...(isOther ? {} : written) };
}
