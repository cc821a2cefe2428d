/** The writes that create and update people, and sentences for their descriptions. */

import type { JsonObject } from '../wire/json.ts';
import type { ObjectAction } from './create.ts';
import type { Input } from './inputs/input.ts';
import { listPath, nounOf } from './object-record.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Returns the write that creates a person. TutorCruncher sends a welcome email only on request. */
export const createPerson =
  (object: TutorCruncherObject): ObjectAction['toWrite'] =>
  (_values, body) => ({ method: 'POST', path: listPath(object), body: { send_emails: false, ...body } });

/**
 * Returns the write that updates an object. Fields that are not sent keep their values.
 *
 * @param chosen - the input for the object
 */
export const updateChosen =
  (object: TutorCruncherObject, chosen: Input<string>): ObjectAction['toWrite'] =>
  (values, body, run) => {
    refuseNothing(body, run);
    return { method: 'POST', path: `${listPath(object)}${values.required(chosen)}/`, body };
  };

/** @throws {Error} if no field would change */
export function refuseNothing(body: JsonObject, run: Parameters<ObjectAction['toWrite']>[2]): void {
  if (Object.keys(body).length > 0) return;
  throw run.refusal('This step changes nothing, because all its fields are empty. Fill in the fields to change.');
}

/** Sentences for descriptions of actions that create a person. */
export const creationTexts = (object: TutorCruncherObject, label: string) => {
  const noun = nounOf(object);
  return {
    unknownOutcome:
      `The ${noun} may still have been created. Look for the ${noun} in TutorCruncher before you replay this ` +
      'run, because a replay may create it again.',
    duplicateEmail:
      `TutorCruncher already has a ${noun} with this email address, so nothing was created. Use Find or Create ${label}, ` +
      `or update the existing ${noun}.`.replaceAll(' a affiliate', ' an affiliate'),
  };
};

/** Sentences for descriptions of actions that update a person. */
export const updateTexts = (object: TutorCruncherObject) => {
  const noun = nounOf(object);
  return {
    unknownOutcome:
      `The changes may still have been saved. Look at the ${noun} in TutorCruncher. Replaying this run does no ` +
      'harm: it writes the same values again.',
    duplicateEmail: `Another ${noun} in TutorCruncher already has this email address, so nothing was changed. Correct Email in this step.`,
  };
};
