/** Refusals of values and requests, with their errors in the format of Django REST framework. */

import { isJsonObject } from '../../wire/json.ts';

/** Thrown for a value, or for a request, that TutorCruncher does not accept. Results in a response with status 400. */
export class Refused extends Error {
  /** Messages, or errors keyed by field. Errors in lists of people are nested. */
  readonly errors: unknown;

  constructor(errors: unknown) {
    super('TutorCruncher does not accept the request.');
    this.errors = errors;
  }
}

/**
 * Refuses a value or a request.
 *
 * @param errors - a message, or errors keyed by field
 * @throws {Refused} always
 */
export function refuse(errors: unknown): never {
  throw new Refused(typeof errors === 'string' ? [errors] : errors);
}

const textOf = (errors: unknown): string =>
  typeof errors === 'string'
    ? errors
    : Object.values(errors as object)
        .map(textOf)
        .filter(Boolean)
        .join(' ');

/** Converts errors keyed by field to one text for each field, the form in which TutorCruncher often sends errors. */
export const errorsAsText = (errors: unknown): unknown =>
  isJsonObject(errors)
    ? Object.fromEntries(Object.entries(errors).map(([name, reasons]) => [name, errorsAsText(reasons)]))
    : textOf(errors);
