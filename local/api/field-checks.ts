/**
 * The fields that writes can contain, with TutorCruncher's checks of the values and the format of the values in
 * responses.
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { amountText, type AccountRecord } from './account.ts';
import { choiceOf } from './choices.ts';
import { refuse, Refused } from './refusal.ts';
import type { Write } from './write.ts';

/** A field of a write. */
export interface Field {
  readonly type:
    'string' | 'email' | 'url' | 'integer' | 'decimal' | 'boolean' | 'datetime' | 'choice' | 'field' | 'nested';
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly choices?: readonly string[];
  /** The list whose ids the field accepts: a list of the account's records or of its choices. */
  readonly list?: string;
  /**
   * Converts a value to the format of responses, or returns undefined if responses omit the field. Missing if the type
   * of the field determines the conversion.
   *
   * @param before - the field's value in the record that is updated
   * @throws {Refused} if TutorCruncher does not accept the value
   */
  readonly read?: (value: unknown, write: Write, before: unknown) => unknown;
}

/** The fields of a write, keyed by name. */
export type Fields = Readonly<Record<string, Field>>;

/** Returns optional fields of one type. */
export const fieldsOf = (type: Field['type'], ...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, { type }]));

/**
 * Matches a date-time with an offset. The stand-in rejects a time without an offset, because it is unknown how
 * TutorCruncher interprets such a time.
 */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns a value from a request as text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const CHECKS: Readonly<Record<string, readonly [isValid: (text: string, value: unknown) => boolean, error: string]>> = {
  integer: [(text) => /^-?\d+$/.test(text), 'A valid integer is required.'],
  decimal: [(text) => /^-?\d+(?:\.\d{1,2})?$/.test(text), 'A valid number is required.'],
  boolean: [(_text, value) => typeof value === 'boolean', 'Must be a valid boolean.'],
  datetime: [(text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)), 'Datetime has wrong format.'],
  email: [(text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text), 'Enter a valid email address.'],
  url: [(text) => URL.canParse(text), 'Enter a valid URL.'],
};

function typeError({ type, choices, maxLength = 255 }: Field, value: unknown): string | null {
  if (typeof value === 'object') return 'Not a valid value.';
  const text = textOf(value);
  if (choices && !choices.includes(text)) return `"${text}" is not a valid choice.`;
  if (type === 'string' && text.length > maxLength) {
    return `Ensure this field has no more than ${maxLength} characters.`;
  }
  const [isValid, error] = CHECKS[type] ?? [];
  return isValid && error !== undefined && !isValid(text, value) ? error : null;
}

function entryOf(list: string, value: unknown, { account, behaviour }: Write): JsonObject {
  if (typeof value === 'object') return refuse(`Incorrect type. Expected pk value, received ${typeof value}.`);
  const entry = account.reference(list, value) ?? choiceOf(list, value);
  const isKnown = entry && account.ageOf(entry) >= behaviour.knownAfterMs;
  return isKnown ? entry : refuse(`Invalid pk "${textOf(value)}" - object does not exist.`);
}

function valueOf(field: Field, value: unknown, write: Write, before: unknown): unknown {
  const { type, required, list, read } = field;
  if (type === 'nested') return read?.(value, write, before);
  if (value === null || value === '') {
    if (required) return refuse(`This field may not be ${value === null ? 'null' : 'blank'}.`);
    return type === 'string' ? value : null;
  }
  const entry = list === undefined ? null : entryOf(list, value, write);
  const error = entry ? null : typeError(field, value);
  if (error !== null) return refuse(error);
  if (read) return read(value, write, before);
  return entry ?? (type === 'decimal' ? amountText(value) : value);
}

/**
 * Checks and reads the body of a write. Ignores fields that TutorCruncher does not know.
 *
 * @returns the fields in the format of responses, and the errors keyed by field. Each field has either a value or an
 * error
 */
export function formOf(fields: Fields, write: Write, existing: AccountRecord | null = null, isPartial = false) {
  const values: JsonObject = {};
  const errors: JsonObject = {};
  for (const [name, field] of Object.entries(fields)) {
    const sent = write.body[name];
    try {
      if (sent === undefined && field.required && !isPartial) refuse('This field is required.');
      const value = sent === undefined ? undefined : valueOf(field, sent, write, existing?.[name]);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      errors[name] = error.errors;
    }
  }
  return { values, errors };
}

/** Returns the values of {@link formOf}. @throws {Refused} if a field has an error */
export function valuesOf(fields: Fields, write: Write, existing: AccountRecord | null = null): JsonObject {
  const { values, errors } = formOf(fields, write, existing);
  return hasErrors(errors) ? refuse(errors) : values;
}

/** Returns true if a form has errors. */
export const hasErrors = (errors: JsonObject): boolean => Object.keys(errors).length > 0;

/** Returns the fields of a body with the given names. */
export const pick = (body: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));

/** Returns the objects in a list; an empty list if the value is not a list. */
export const objectsIn = (list: unknown): JsonObject[] => (Array.isArray(list) ? list.filter(isJsonObject) : []);
