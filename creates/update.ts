/** The parts that updates have in common, and the warning about Zaps that run in a loop. */

import type { JsonObject } from '../wire/json.ts';
import type { ObjectWord } from '../wire/models.ts';
import type { Input } from '../src/inputs/input.ts';
import { objectInput } from '../src/inputs/record-id.ts';
import { nounOf } from '../src/object-record.ts';
import type { Run } from '../src/run.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';

/**
 * Returns a warning about Zaps that run in a loop, because they write a record of the kind that starts them.
 *
 * @param trigger - the label of the trigger
 * @param write - what the step does, as the subject of a sentence
 */
export const loopHelp = (trigger: string, write: string): string =>
  `If this Zap starts with ${trigger}, ${write} starts the Zap again. To prevent this, add Filter by Zapier: only ` +
  'continue if Event Message does not contain "via the API".';

/** The input for the record to update. */
export const chosenToUpdate = (word: ObjectWord): Input<string> =>
  objectInput(word, {
    becomes: null,
    required: true,
    helpText: `Choose a record, or map an ID from an earlier step. ${loopHelp('a trigger for updates', 'the update')}`,
  });

/** @throws {Error} if no field would change */
export function refuseNothing(body: JsonObject, run: Run): void {
  if (Object.keys(body).length > 0) return;
  throw run.refusal('This step changes nothing, because all its fields are empty. Fill in the fields to change.');
}

/** Returns advice for an update whose outcome is unknown. */
export const unknownUpdate = (object: TutorCruncherObject): string =>
  `The changes may still have been saved. Look at the ${nounOf(object)} in TutorCruncher. Replaying this run does no ` +
  'harm: it writes the same values again.';
