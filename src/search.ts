/**
 * The factory of all searches. All searches convert their inputs, find at most one object, read it completely, and
 * convert it to a record with the same keys as in triggers. They return an empty list if there is certainly no such
 * object, and fail if they could not compare every candidate. Searches differ in key, label, description, object, inputs,
 * and the function that finds the object.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { OBJECT_NAMES } from '../wire/models.ts';
import { InputValues, type Input } from './inputs/input.ts';
import { recordInput } from './inputs/record-id.ts';
import type { Match } from './list-search.ts';
import { readChosen, recordOfObject } from './object-record.ts';
import { ownOutputFieldFunctions } from './account-fields.ts';
import type { OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { sharedFields, sharedPart } from './shared-part.ts';
import { STEP_THROTTLE } from './step-throttle.ts';
import { localeIn } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** A search as written in `searches/`. Its label is made of the object's name. */
export interface SearchStep {
  readonly key: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  readonly inputs: readonly Input[];
  /** True if a record may be chosen in an additional input, which makes a search unnecessary. */
  readonly hasChoice?: boolean;
  /** The inputs of which a run needs at least one, and the error message if all of them are empty. */
  readonly criteria?: { readonly oneOf: readonly Input[]; readonly ifEmpty: string };
  /** Finds the object, or null. @throws {Error} if the inputs contain no criteria or the search is incomplete */
  readonly find: (run: Run, values: InputValues) => Promise<Match | null>;
}

/** The field of a search's record that tells how many records match. It is null if a pair has created the record. */
export const MATCHES_FIELD: OutputField = { key: 'matches', label: 'Matches', type: 'number' };

/** A search: its definition for zapier-platform-core, and the parts that it is made of. */
export type Search = ReturnType<typeof search>;

/** Defines a search. */
export function search({ key, description, object, hasChoice = false, criteria, find, ...step }: SearchStep) {
  const noun = OBJECT_NAMES[object.word];
  const chosen = recordInput(object.word, `${object.word}_list`, {
    becomes: null,
    helpText: `Choose a record, or map the ${noun} ID of an earlier step. If filled in, the other fields are ignored.`,
  });
  const inputs = hasChoice ? [...step.inputs, chosen] : step.inputs;
  const matchIn = async (run: Run): Promise<Match | null> => {
    const values = await InputValues.read(inputs, run);
    const id = values.of(chosen);
    if (id !== null) return { found: await readChosen(run, object, id), matches: 1 };
    if (criteria?.oneOf.every((input) => values.of(input) === null)) throw run.refusal(criteria.ifEmpty);
    return find(run, values);
  };
  /** Returns the record that the inputs of a run describe, or null. @throws {Error} see {@link SearchStep.find} */
  const recordIn = async (run: Run): Promise<FlatRecord | null> => {
    const match = await matchIn(run);
    if (!match) return null;
    const locale = await localeIn(run);
    return { ...recordOfObject(object, match.found, locale), [MATCHES_FIELD.key]: match.matches };
  };
  return {
    object,
    inputs,
    recordIn,
    definition: {
      key,
      noun,
      display: sharedPart({ label: `Find ${noun}`, description }),
      operation: {
        perform: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
          const record = await recordIn(Run.ofSearch(z, bundle));
          return record ? [record] : [];
        },
        inputFields: sharedFields(inputs.map(({ field }) => field)),
        sample: sharedPart({ ...object.ownSample, [MATCHES_FIELD.key]: 1 }),
        outputFields: [...ownOutputFieldFunctions(object), () => Promise.resolve([MATCHES_FIELD])],
        // By default, Zapier removes empty values, but the step needs all values.
        cleanInputData: false,
        throttle: STEP_THROTTLE,
      },
    },
  };
}
