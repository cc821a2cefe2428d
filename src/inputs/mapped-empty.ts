/**
 * Fields into which values of earlier steps are mapped. A mapped value can be empty in a run, for example after a
 * search that found nothing. Such a field must not be treated like a field that the owner of the Zap has left empty:
 * without the mapped value, a search could find the records of other people, and an action could use a person, an
 * amount or a time that the owner did not choose.
 *
 * Zapier passes each field twice: as it was filled in, with placeholders such as `{{123__id}}` (the raw value), and
 * with values in place of the placeholders. An empty value is missing, null or an empty text. A raw value is a text, a
 * list or an object. A field is compared as a whole, because a placeholder can expand to several entries. Without raw
 * values, as in `zapier invoke`, no field counts as mapped. In functions for the editor, the values contain the
 * placeholders, so that no mapped field is empty.
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { InputField } from '../choices/filter-fields.ts';
import { entriesOf, isEmpty } from './empty-values.ts';

const PLACEHOLDERS = /\{\{.*?\}\}/gs;

/** Replaces each placeholder in a raw text with another text. */
export const withoutPlaceholders = (raw: string, replacement: string): string => raw.replace(PLACEHOLDERS, replacement);

/** Returns true if a raw value contains a placeholder. */
export function isMapped(raw: unknown): boolean {
  if (typeof raw === 'string') return raw.search(PLACEHOLDERS) >= 0;
  if (Array.isArray(raw)) return raw.some(isMapped);
  return isJsonObject(raw) && Object.entries(raw).flat().some(isMapped);
}

/** The problems of mapped fields, each as the end of a sentence about the field. */
const PROBLEMS = {
  field: 'is empty',
  entry: 'has an empty entry',
  part: 'has an empty part',
};

/** The part of a mapped field that has no value in a run. */
export type EmptyPart = keyof typeof PROBLEMS;

/** Returns the number of non-empty entries. */
const countOf = (raw: readonly unknown[]): number => raw.filter((entry) => !isEmpty(entry)).length;

/** Returns the empty part of a field that accepts several entries. Zapier might leave out empty entries. */
function emptyPartOfList(raw: unknown, value: unknown): EmptyPart | null {
  const filledIn = isJsonObject(raw) ? Object.values(raw) : [raw].flat();
  const entries = entriesOf(value);
  return entries.some(isEmpty) || entries.length < countOf(filledIn) ? 'entry' : null;
}

/**
 * Returns the empty part of a field that accepts names and values. Names whose values the owner left empty are ignored.
 */
function emptyPartOfDictionary(raw: unknown, value: JsonObject): EmptyPart | null {
  const filledIn = new Map(Object.entries(isJsonObject(raw) ? raw : {}));
  const entries = Object.entries(value).filter(([name]) => !filledIn.has(name) || !isEmpty(filledIn.get(name)));
  if (entries.every(([, entry]) => isEmpty(entry))) return 'field';
  return entries.flat().some(isEmpty) || entries.length < countOf([...filledIn.values()]) ? 'entry' : null;
}

/**
 * Returns the empty part of a mapped field; null if all parts have values, or if the field is not mapped.
 *
 * @param raw - the field as the owner filled it in
 * @param value - the value of the field in this run
 */
export function emptyPartOf({ list, dict }: InputField, raw: unknown, value: unknown): EmptyPart | null {
  if (!isMapped(raw)) return null;
  if (isEmpty(value)) return 'field';
  if (list) return emptyPartOfList(raw, value);
  return dict && isJsonObject(value) ? emptyPartOfDictionary(raw, value) : null;
}

/** Sentence for the help text of an optional field that fails the run if a mapped value is empty. */
export const NO_EMPTY_VALUE = 'A mapped value must not be empty.';

/**
 * Returns the problem of a mapped field without a value, as the end of a sentence about the field, followed by the
 * advice.
 */
export const emptyPartProblem = (part: EmptyPart): string =>
  `${PROBLEMS[part]} in this run, although a value is mapped into it. The step did ` +
  'nothing. Check the step that provides the value, or add Filter by Zapier before this step, so that the Zap continues ' +
  'only if the value exists. If this step can do without the value, remove it from the field.';
