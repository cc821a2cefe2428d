/** The factory of the actions that update a record, and the warning about Zaps that run in a loop. */

import { OBJECT_NAMES } from '../wire/models.ts';
import type { JsonObject } from '../wire/json.ts';
import { objectAction, type Action, type ObjectAction } from '../src/action/action.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { listPath, nounOf } from '../src/object/object-record.ts';
import type { StepRun } from '../src/api/step-run.ts';

/**
 * Returns a warning about a Zap that triggers itself, because a step writes a record of the kind that triggers the Zap.
 *
 * @param trigger - the label of the trigger
 * @param write - the work of the step, as the subject of a sentence
 */
export const loopHelp = (trigger: string, write: string): string =>
  `If this Zap starts with ${trigger}, ${write} starts the Zap again. To prevent this, add Filter by Zapier: only ` +
  'continue if Event Message does not contain "via the API".';

/**
 * Returns the body of a write with values that depend on the current record; the record itself if the write would
 * change nothing. The record is read last, to keep the time between the read and the write short.
 */
export type BodyOfCurrent = (
  id: string,
  values: InputValues,
  body: JsonObject,
  run: StepRun,
) => Promise<{ readonly body: JsonObject } | { readonly existing: JsonObject }>;

/** An update. By default, the label contains the name of the object. */
interface Update extends Omit<ObjectAction, 'label' | 'toWrite' | 'unknownOutcome' | 'writesBack'> {
  readonly label?: string;
  /**
   * Returns the body of a PUT, which must include some unchanged values; missing for an object that is updated by a
   * POST with only the changes.
   */
  readonly toPut?: BodyOfCurrent;
  readonly toPost?: BodyOfCurrent;
  /** The harm of a replay: see `OutcomeTexts`. */
  readonly replay?: string;
}

/** Defines an action that updates a record. */
export function updateAction({ object, inputs, toPut, toPost, replay, ...text }: Update): Action {
  const toBody = toPut ?? toPost;
  const chosen = objectInput(object.word, {
    becomes: null,
    required: true,
    ...(text.hasCustomFields && { altersDynamicFields: true }),
    helpText: `Choose a record, or map an ID from an earlier step. ${loopHelp('a trigger for updates', 'the update')}`,
  });
  return objectAction({
    label: `Update ${OBJECT_NAMES[object.word]}`,
    ...text,
    object,
    inputs: [chosen, ...inputs],
    chosen,
    writesBack: toBody !== undefined,
    toWrite: async (values, body, run) => {
      if (Object.keys(body).length === 0 && inputs.every((input) => values.of(input) === null)) {
        throw run.refusal('This step changes nothing, because all its fields are empty. Fill in the fields to change.');
      }
      const id = values.required(chosen);
      const path = `${listPath(object)}${id}/`;
      const changes = toBody ? await toBody(id, values, body, run) : { body };
      return 'existing' in changes ? changes : { method: toPut ? 'PUT' : 'POST', path, ...changes };
    },
    unknownOutcome: {
      advice:
        `The changes may still have been saved. Look at the ${nounOf(object)} in TutorCruncher.` +
        (replay === undefined
          ? ' Replaying this run writes the values of this step again, over any later changes.'
          : ''),
      ...(replay !== undefined && { replay }),
    },
  });
}
