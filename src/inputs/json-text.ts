/**
 * The input for a JSON text. Values of earlier steps can be mapped into the text, as in `{"last_name":
 * "{{123__last_name}}"}`.
 */

import { isJsonObject } from '../../wire/json.ts';
import { isEmpty } from './empty-values.ts';
import { InvalidValue, makeInput, textIn, type InputFactory } from './input.ts';
import { emptyPartProblem, isMapped, withoutPlaceholders } from './mapped-empty.ts';

/** Replacement for placeholders. Digits are valid JSON both inside and outside quotation marks. */
const MARK = '918273645';

/**
 * Returns true if a value in the template consists of placeholders only. A value with other text counts as filled in.
 */
const isPlaceholder = (template: unknown): boolean =>
  (typeof template === 'string' || typeof template === 'number') &&
  String(template).includes(MARK) &&
  isEmpty(String(template).replaceAll(MARK, ''));

function isListEmptied(template: readonly unknown[], values: readonly unknown[]): boolean {
  // If a placeholder was replaced with several values, the positions in the template and in the text do not correspond.
  if (values.length > template.length) return template.some(isPlaceholder) && values.some(isEmpty);
  return template.some((entry, index) => isEmptied(entry, values[index]));
}

/** Returns true if a placeholder in a template has no value. */
function isEmptied(template: unknown, value: unknown): boolean {
  if (isPlaceholder(template)) return isEmpty(value);
  if (Array.isArray(template)) return Array.isArray(value) && isListEmptied(template, value);
  if (!isJsonObject(template) || !isJsonObject(value)) return false;
  return Object.entries(template).some(([name, entry]) =>
    name.includes(MARK) ? Object.keys(value).some(isEmpty) : isEmptied(entry, value[name]),
  );
}

function templateOf(raw: string): unknown {
  try {
    return JSON.parse(withoutPlaceholders(raw, MARK));
  } catch {
    return null;
  }
}

/**
 * Returns true if a value that is mapped into a JSON text is empty in a run.
 *
 * @param raw - the text as the owner filled it in, with placeholders
 * @param parsed - the object or list that the text contains in this run
 */
function hasEmptyMappedValue(raw: unknown, parsed: object): boolean {
  if (typeof raw !== 'string' || !isMapped(raw)) return false;
  const template = templateOf(raw);
  // The text is a single placeholder, or contains a placeholder that expands to several names or values.
  if (typeof template !== 'object' || template === null) return Object.keys(parsed).length === 0;
  return isEmptied(template, parsed);
}

/** Returns the JSON object or list that a text contains; null if the text contains neither. */
function objectOrListIn(json: string): object | null {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}

/** An input for a JSON object or list. The value is the text as typed. */
export const jsonTextInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, { type: 'text' }, (value, { raw }) => {
    const json = textIn(value);
    const parsed = objectOrListIn(json);
    if (parsed === null) {
      throw new InvalidValue('must contain a JSON object or list such as `{"last_name": "Raman"}`.');
    }
    if (hasEmptyMappedValue(raw, parsed)) throw new InvalidValue(emptyPartProblem('part'));
    return json;
  });
