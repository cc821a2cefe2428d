/** Fields that a write may send, and TutorCruncher's checks, which return one list of errors per field. */

import type { JsonObject } from '../../wire/json.ts';
import type { Account } from './account.ts';
import { choiceOf } from './choices.ts';
import type { FieldErrors } from './response.ts';

/** A field of a write. */
export interface Field {
  readonly type:
    'string' | 'email' | 'url' | 'integer' | 'decimal' | 'boolean' | 'date' | 'datetime' | 'choice' | 'field';
  readonly required?: boolean;
  readonly maxLength?: number;
  /** The accepted values of a choice. */
  readonly choices?: readonly string[];
  /** The list whose ids the field accepts: one of the account's records or of its choices. */
  readonly list?: string;
}

/** The fields of a write by name. */
export type Fields = Readonly<Record<string, Field>>;

/** Returns optional fields of one type. */
export const fieldsOf = (type: Field['type'], ...names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, { type }]));

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** It is unknown how TutorCruncher reads a time without an offset, so the stand-in rejects it. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns a value of a request as text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const isValidDate = (text: string): boolean => !Number.isNaN(Date.parse(text));

function typeError({ type, choices = [], maxLength = 255 }: Field, value: unknown): string | null {
  if (typeof value === 'object') return 'Not a valid value.';
  const text = textOf(value);
  switch (type) {
    case 'integer':
      return /^-?\d+$/.test(text) ? null : 'A valid integer is required.';
    case 'decimal':
      return /^-?\d+(?:\.\d{1,2})?$/.test(text) ? null : 'A valid number is required.';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'Must be a valid boolean.';
    case 'date':
      return DATE.test(text) && isValidDate(text) ? null : 'Date has wrong format.';
    case 'datetime':
      return DATE_TIME.test(text) && isValidDate(text) ? null : 'Datetime has wrong format.';
    case 'choice':
      return choices.includes(text) ? null : `"${text}" is not a valid choice.`;
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? null : 'Enter a valid email address.';
    case 'url':
      return URL.canParse(text) ? null : 'Enter a valid URL.';
    case 'field':
      return null;
    case 'string':
      return text.length <= maxLength ? null : `Ensure this field has no more than ${maxLength} characters.`;
  }
}

function errorOf(field: Field, value: unknown, account: Account): string | null {
  if (value === null) return field.required ? 'This field may not be null.' : null;
  if (value === '') return field.required ? 'This field may not be blank.' : null;
  const { list } = field;
  if (list !== undefined) {
    if (typeof value === 'object') return `Incorrect type. Expected pk value, received ${typeof value}.`;
    const exists = account.find(list, value) ?? choiceOf(list, value);
    return exists ? null : `Invalid pk "${textOf(value)}" - object does not exist.`;
  }
  return typeError(field, value);
}

/**
 * Checks the body of a write. Fields that TutorCruncher does not know are ignored.
 *
 * @param isPartial - true if required fields may be missing
 * @returns the errors by field; no entry if the body is accepted
 */
export function fieldErrors(fields: Fields, body: JsonObject, account: Account, isPartial = false): FieldErrors {
  const errors: FieldErrors = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = body[name];
    const error =
      value === undefined
        ? field.required && !isPartial
          ? 'This field is required.'
          : null
        : errorOf(field, value, account);
    if (error !== null) errors[name] = [error];
  }
  return errors;
}

/** Returns true if there is an error. */
export const hasErrors = (errors: FieldErrors): boolean => Object.keys(errors).length > 0;

/** Returns the fields of a body with the given names. */
export const pick = (body: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));
