/**
 * The factory of all searches, and the factory of searches for one record. A search for one record converts its inputs,
 * finds at most one object, reads the object in full, and converts it to a record with the same keys as in triggers. A
 * search returns an empty list only if no such object exists, and fails if it could not compare every candidate.
 * Searches for one record differ in key, label, description, object, inputs, and the function that finds the object.
 * `src/search/many/search-for-many.ts` is the factory of searches for many records.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { inputDataOf } from '../api/bundle.ts';
import { isEmpty } from '../inputs/empty-values.ts';
import { InputValues, type Input } from '../inputs/input.ts';
import { recordInput } from '../inputs/record-input.ts';
import type { Match } from './list-search.ts';
import { readChosen, recordOfObject } from '../object/object-record.ts';
import { ownOutputFieldFunctions, type OutputFieldFunction } from '../object/account-fields.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { StepRun } from '../api/step-run.ts';
import { sharedFields, sharedPart, withSample } from '../shared-part.ts';
import { STEP_THROTTLE } from '../api/step-throttle.ts';
import { localeIn } from '../inputs/run-time-zone.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** A search for one record as written in `searches/`. The label contains the name of the object. */
export interface SearchStep {
  readonly key: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  readonly inputs: readonly Input[];
  /** True if the step has an additional input in which a record can be chosen instead of searched for. */
  readonly hasChoice?: boolean;
  /**
   * Inputs that the search does not compare if another input is filled in. An empty mapped value is then harmless in
   * these inputs.
   */
  readonly unused?: { readonly inputs: readonly Input[]; readonly ifFilled: Input };
  /** The inputs of which at least one must be filled in, and the error message if all of them are empty. */
  readonly criteria?: { readonly oneOf: readonly Input[]; readonly ifEmpty: string };
  /**
   * Returns the values by which the search finds a record, in the form in which the search compares them. Required for
   * a search that forms a pair with an action.
   */
  readonly soughtIn?: (values: InputValues, run: StepRun) => JsonObject | Promise<JsonObject>;
  /** Fields that the search adds to the object's record, with sample values. */
  readonly addedSample?: FlatRecord;
  /**
   * Finds the object; null if no object matches.
   *
   * @throws {Error} if the inputs contain no criteria, or if the search could not compare every candidate
   */
  readonly find: (run: StepRun, values: InputValues) => Promise<Match | null>;
}

/** The field with the number of matching records. The field is null if the action of a pair has created the record. */
export const MATCHES_FIELD: OutputField = { key: 'matches', label: 'Matches', type: 'number' };

/** The parts of a search. */
interface SearchParts {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly object: TutorCruncherObject;
  readonly inputs: readonly Input[];
  /** Returns the fields that the search adds to the fields of the object. */
  readonly ownFields: () => readonly OutputField[];
  /** The functions that return the output fields of the object. */
  readonly outputFields: readonly OutputFieldFunction[];
  readonly sample: () => FlatRecord;
  /** Returns the records that the search finds, the best match first. */
  readonly perform: (run: StepRun) => Promise<FlatRecord[]>;
}

/** A search: its definition for zapier-platform-core, and the parts of the definition that pairs and tests use. */
export type Search = ReturnType<typeof makeSearch>;
/** A search that finds at most one record. */
export type SearchForOne = ReturnType<typeof search>;

/** Creates a search from its parts. */
export function makeSearch({ object, inputs, ownFields, sample, outputFields, perform, ...parts }: SearchParts) {
  const { key, label, description } = parts;
  return {
    object,
    inputs,
    ownFields,
    definition: {
      key,
      noun: OBJECT_NAMES[object.word],
      display: sharedPart({ label, description }),
      operation: withSample(sample, {
        perform: (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => perform(StepRun.ofSearch(z, bundle)),
        inputFields: sharedFields(inputs.map(({ field }) => field)),
        outputFields: [...outputFields, () => Promise.resolve([...ownFields()])],
        // By default, Zapier removes empty values, but the step needs all values.
        cleanInputData: false,
        throttle: STEP_THROTTLE,
      }),
    },
  };
}

/** Defines a search for one record. */
export function search({ key, description, object, criteria, soughtIn, find, ...step }: SearchStep) {
  const { hasChoice = false, addedSample = {}, unused } = step;
  const noun = OBJECT_NAMES[object.word];
  const chosen = recordInput(object.word, `${object.word}_list`, {
    becomes: null,
    helpText: `Choose a record, or map the ${noun} ID of an earlier step. If filled in, the step compares no other field.`,
  });
  const inputs = hasChoice ? [...step.inputs, chosen] : step.inputs;
  /** Reads the inputs that the run compares. */
  const valuesIn = (run: StepRun): Promise<InputValues> => {
    const isFilled = ({ field }: Input): boolean => !isEmpty(inputDataOf(run.bundle)[field.key]);
    if (hasChoice && isFilled(chosen)) return InputValues.read([chosen], run);
    const ignored = unused && isFilled(unused.ifFilled) ? unused.inputs : [];
    return InputValues.read(
      inputs.filter((input) => !ignored.includes(input)),
      run,
    );
  };
  const matchIn = async (run: StepRun): Promise<Match | null> => {
    const values = await valuesIn(run);
    const id = values.of(chosen);
    if (id !== null) return { found: await readChosen(run, object, id), matches: 1 };
    if (criteria?.oneOf.every((input) => values.of(input) === null)) throw run.refusal(criteria.ifEmpty);
    return find(run, values);
  };
  /**
   * Returns the record that the inputs describe; null if there is no such record.
   *
   * @throws {Error} see {@link SearchStep.find}
   */
  const recordIn = async (run: StepRun): Promise<FlatRecord | null> => {
    const match = await matchIn(run);
    if (!match) return null;
    const locale = await localeIn(run);
    return { ...recordOfObject(object, match.found, locale), [MATCHES_FIELD.key]: match.matches };
  };
  const parts = makeSearch({
    key,
    label: `Find ${noun}`,
    description,
    object,
    inputs,
    ownFields: () => [...outputFieldsOf(addedSample), MATCHES_FIELD],
    outputFields: ownOutputFieldFunctions(object),
    sample: () => ({ ...object.ownSample, ...addedSample, [MATCHES_FIELD.key]: 1 }),
    perform: async (run) => {
      const record = await recordIn(run);
      return record ? [record] : [];
    },
  });
  return {
    ...parts,
    recordIn,
    /**
     * Returns the values by which a run looks for a record; undefined for a search without a pair.
     *
     * @throws {Error} if an input is invalid
     */
    soughtIn: async (run: StepRun): Promise<JsonObject | undefined> => soughtIn?.(await valuesIn(run), run),
  };
}
