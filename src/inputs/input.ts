/**
 * Inputs of searches and actions. An input consists of a field in Zapier's editor, the API field that it becomes, and
 * the conversion between the two. Empty inputs are omitted: they neither restrict a search nor change a record.
 */

import type { JsonObject } from '../../wire/json.ts';
import { inputDataOf } from '../bundle.ts';
import type { InputField } from '../input-fields.ts';
import { once } from '../once.ts';
import type { TimeZone } from '../record/time-zone.ts';
import type { Run } from '../run.ts';
import { inputTimeZone } from '../time-zone-field.ts';

export type { InputField };

/** The parts that inputs of all kinds have besides a key. */
export interface InputText extends Pick<
  InputField,
  'required' | 'helpText' | 'group' | 'default' | 'altersDynamicFields'
> {
  /** By default, the words of the key. */
  readonly label?: string;
  /** Name of the API field that the input becomes; default: the key. Null if the step itself uses the value. */
  readonly becomes?: string | null;
}

/** The context of a conversion. */
export interface InputContext {
  readonly run: Run;
  /** Returns the time zone of dates and of times without an offset; null if it is unknown. */
  readonly zone: () => Promise<TimeZone | null>;
}

/** An input whose values have the type T after conversion. */
export interface Input<T = unknown> {
  readonly field: InputField;
  readonly becomes: string | null;
  /**
   * Converts a value that is not empty.
   *
   * @throws {InvalidValue}
   */
  readonly convert: (value: unknown, context: InputContext) => T | Promise<T>;
  /** Converts the value to the form that TutorCruncher expects. If missing, the value is sent as it is. */
  readonly toApi?: (value: unknown) => unknown;
  /** Reads the field with the choices of the account. */
  readonly fieldOfAccount?: (run: Run) => Promise<InputField>;
}

/** Returns the words of a key in title case. */
export function labelOf(key: string): string {
  const label: string[] = [];
  for (const word of key.split('_')) label.push(word.charAt(0).toUpperCase() + word.slice(1));
  return label.join(' ');
}

/** Makes an input from its key, its texts, the other properties of its field, and its conversions. */
export const makeInput = <T>(
  key: string,
  { becomes = key, ...text }: InputText,
  field: Partial<InputField>,
  convert: Input<T>['convert'],
  toApi?: Input<T>['toApi'],
): Input<T> => ({
  field: { key, type: 'string', ...text, label: text.label ?? labelOf(key), ...field },
  becomes,
  convert,
  ...(toApi && { toApi }),
});

/** A value that an input cannot convert. The message continues a sentence about the field, and does not quote the value. */
export class InvalidValue extends Error {}

/** Returns the beginning of a sentence about a field. Quotes separate the label from the words around it. */
export const fieldOfStep = ({ label }: Pick<InputField, 'label'>): string => `The field "${label}" of this step`;

/** Returns advice about the value that a field needs instead of the text that records contain for messages. */
export const adviceToMap = (note: string): string =>
  `To use a value of an earlier TutorCruncher step, map the field whose name ends in (${note}).`;

/** Returns true for a value that counts as empty. 0 and false are not empty. */
export const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isEmpty));

/**
 * Returns the single value of a field as text. Zapier passes a list if a line item is mapped into the field; equal elements
 * are a single value.
 *
 * @throws {InvalidValue} if there are several values, or the value is an object
 */
export function textIn(value: unknown): string {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [first, second] = new Set(values.filter((entry) => !isEmpty(entry)));
  if (second !== undefined) throw new InvalidValue('contains several values. Map a single value into it.');
  if (typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean') return String(first);
  throw new InvalidValue('contains neither text nor a number. Map another value into it.');
}

/** Returns the single value of a field as text without white space around it. @throws {InvalidValue} see {@link textIn} */
export const wordIn = (value: unknown): string => textIn(value).trim();

/**
 * Returns the values of a field that accepts several values: the elements of a list, or the parts of a comma-separated
 * text.
 */
export const severalValues = (value: unknown): unknown[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value])
    .flatMap((entry) => (typeof entry === 'string' ? entry.split(',') : [entry]))
    .filter((entry) => !isEmpty(entry));

/** The values of a step's inputs. */
export class InputValues {
  readonly #values = new Map<Input, unknown>();

  /**
   * Converts the values of a step's inputs.
   *
   * @throws {Error} with a message for the Zap's owner, if a value is invalid or the time zone cannot be read
   */
  static async read(inputs: readonly Input[], run: Run): Promise<InputValues> {
    const values = new InputValues();
    const inputData = inputDataOf(run.bundle);
    const context = { run, zone: once(() => inputTimeZone(run)) };
    for (const input of inputs) {
      try {
        const value = inputData[input.field.key];
        if (!isEmpty(value)) values.#values.set(input, await input.convert(value, context));
        // Zapier's editor asks for required fields, but a mapped value may be empty.
        else if (input.field.required) throw new InvalidValue('is empty. Fill it in.');
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        throw run.refusal(`${fieldOfStep(input.field)} ${error.message}`);
      }
    }
    return values;
  }

  /** Returns the value of an input, or null if it is empty. */
  of<T>(input: Input<T>): T | null {
    return (this.#values.get(input) as T | undefined) ?? null;
  }

  /** Returns the value of a required input. */
  required<T>(input: Input<T>): T {
    return this.#values.get(input) as T;
  }

  /** Returns the values of all inputs that become API fields and are not empty. */
  body(): JsonObject {
    const body: JsonObject = {};
    for (const [{ becomes, toApi }, value] of this.#values) {
      if (becomes !== null) body[becomes] = toApi ? toApi(value) : value;
    }
    return body;
  }
}
