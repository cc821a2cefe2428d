/** Polled triggers, searches and actions in a common form, for the documents. */

import { actions } from '../creates/index.ts';
import { recordObjects } from '../objects/index.ts';
import { objectSearches } from '../searches/index.ts';
import type { Action } from '../src/action/action.ts';
import type { InputField } from '../src/inputs/input.ts';
import type { Lookup } from '../src/lookups/lookup.ts';
import type { RecordWord } from '../src/object/tutorcruncher-object.ts';
import { polledTriggers } from '../triggers/index.ts';

/** The parts of a polled trigger, a search or an action that the documents show. */
export interface Step {
  readonly kind: 'trigger' | 'search' | 'create';
  readonly key: string;
  readonly label: string;
  readonly description: string;
  /** The object whose record the step returns; null if an input determines the object, or if there is no object. */
  readonly word: RecordWord | null;
  /** The fields of a record that represents no object, or the additional fields of an object's record. */
  readonly ownFields?: ReturnType<NonNullable<Action['ownFields']>>;
  readonly fields: readonly InputField[];
  /** The fields that the editor shows only for some choices in other fields. */
  readonly conditional?: readonly InputField[];
  /** The fields that count as not filled in if they are mapped and empty; missing for triggers and searches. */
  readonly omitted?: readonly InputField[];
  readonly lookups?: readonly Lookup[];
}

/** Returns the keys of an object's records, without the additional fields of a step. */
const keysOf = (word: RecordWord): ReadonlySet<string> =>
  new Set(recordObjects.find((object) => object.word === word)?.ownOutputFields.map(({ key }) => key));

/** Returns the steps, triggers first. */
export const allSteps = (): Step[] => [
  ...polledTriggers.map(({ definition: { key, display }, object, inputFields, outputFields, lookups }) => ({
    kind: 'trigger' as const,
    key,
    ...display,
    word: object.word,
    fields: inputFields,
    lookups,
    ownFields: outputFields().filter(({ key: name }) => name === 'id' || !keysOf(object.word).has(name)),
  })),
  ...objectSearches.map(({ definition: { key, display }, object, inputs, ownFields }) => ({
    kind: 'search' as const,
    key,
    ...display,
    word: object.word,
    ownFields: ownFields(),
    fields: inputs.map(({ field }) => field),
  })),
  ...actions.map(({ definition: { key, display }, object, inputs, fixedInputs, ownFields }) => ({
    kind: 'create' as const,
    key,
    ...display,
    word: object?.word ?? null,
    ...(ownFields && { ownFields: ownFields() }),
    fields: inputs.map(({ field }) => field),
    conditional: inputs.filter((input) => !fixedInputs.includes(input)).map(({ field }) => field),
    omitted: inputs.filter(({ ifMappedEmpty }) => ifMappedEmpty === 'omit').map(({ field }) => field),
  })),
];
