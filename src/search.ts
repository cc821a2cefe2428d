/**
 * The factory of all searches. All searches convert their inputs, find at most one object, read it completely, and
 * convert it to a record with the same keys as in triggers. They return an empty list if there is certainly no such
 * object, and fail if they could not compare every candidate. Searches differ in key, label, description, object,
 * inputs, and the function that finds the object.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { InputValues, type Input } from './inputs/input.ts';
import { recordOfObject } from './object-record.ts';
import { ownOutputFieldFunctions } from './own-output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { sharedFields, sharedPart } from './shared-part.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Finds the object that the inputs describe.
 *
 * @returns the complete object, or null if there is none
 * @throws {Error} with a message for the Zap's owner, if the inputs contain no criteria or the search is incomplete
 */
export type Find = (run: Run, values: InputValues) => Promise<JsonObject | null>;

/** A search as written in `searches/`. */
export interface SearchStep {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  readonly inputs: readonly Input[];
  readonly find: Find;
}

/** A search: its definition for zapier-platform-core, and the parts that it is made of. */
export interface Search extends Pick<SearchStep, 'object' | 'inputs'> {
  readonly definition: ReturnType<typeof definitionOf>;
}

function definitionOf({ key, label, description, object, inputs, find }: SearchStep) {
  return {
    key,
    noun: OBJECT_NAMES[object.word],
    display: sharedPart({ label, description }),
    operation: {
      perform: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
        const values = new InputValues(inputs, { z, bundle });
        const found = await find(Run.ofSearch(z, bundle), values);
        return found ? [recordOfObject(z, bundle, object, found)] : [];
      },
      inputFields: sharedFields(inputs.map(({ field }) => field)),
      sample: sharedPart(object.ownSample),
      outputFields: ownOutputFieldFunctions(object),
      // By default, Zapier removes empty values, but the step needs all values.
      cleanInputData: false,
    },
  };
}

/** Defines a search. */
export const search = (step: SearchStep): Search => ({
  object: step.object,
  inputs: step.inputs,
  definition: definitionOf(step),
});
