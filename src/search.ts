/**
 * The factory of all searches. All searches convert their inputs, find at most one object, read it completely, and
 * convert it to a record with the same keys as in triggers. They return an empty list if there is certainly no such
 * object, and fail if they could not compare every candidate. Searches differ in key, label, description, object,
 * inputs, and the function that finds the object.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { OBJECT_NAMES } from '../wire/models.ts';
import { InputValues, type Input } from './inputs/input.ts';
import type { Match } from './list-search.ts';
import { recordOfObject } from './object-record.ts';
import { ownOutputFieldFunctions } from './account-fields.ts';
import type { OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { sharedFields, sharedPart } from './shared-part.ts';
import { localeOf } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/**
 * Finds the object that the inputs describe.
 *
 * @returns the complete object and the number of matches, or null if there is none
 * @throws {Error} with a message for the Zap's owner, if the inputs contain no criteria or the search is incomplete
 */
export type Find = (run: Run, values: InputValues) => Promise<Match | null>;

/** A search as written in `searches/`. */
export interface SearchStep {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  readonly inputs: readonly Input[];
  readonly find: Find;
}

/** The field of a search's record that tells how many records match. It is null if a pair has created the record. */
export const MATCHES_FIELD: OutputField = { key: 'matches', label: 'Matches', type: 'number' };

/** A search: its definition for zapier-platform-core, and the parts that it is made of. */
export interface Search extends Pick<SearchStep, 'object' | 'inputs'> {
  readonly definition: ReturnType<typeof definitionOf>;
  readonly ownFields: () => readonly OutputField[];
  /**
   * Returns the record that the inputs of a run describe; null if there is none.
   *
   * @throws {Error} see {@link Find}
   */
  readonly recordIn: (run: Run) => Promise<FlatRecord | null>;
}

const recordFinder =
  ({ object, inputs, find }: SearchStep): Search['recordIn'] =>
  async (run) => {
    const values = await InputValues.read(inputs, run);
    const match = await find(run, values);
    if (!match) return null;
    const locale = await localeOf(run.z, run.bundle);
    return { ...recordOfObject(object, match.found, locale), [MATCHES_FIELD.key]: match.matches };
  };

function definitionOf({ key, label, description, object, inputs }: SearchStep, recordIn: Search['recordIn']) {
  return {
    key,
    noun: OBJECT_NAMES[object.word],
    display: sharedPart({ label, description }),
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
    },
  };
}

/** Defines a search. */
export function search(step: SearchStep): Search {
  const recordIn = recordFinder(step);
  return {
    object: step.object,
    inputs: step.inputs,
    ownFields: () => [MATCHES_FIELD],
    recordIn,
    definition: definitionOf(step, recordIn),
  };
}
