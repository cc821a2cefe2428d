/**
 * Inputs of searches and actions. An input consists of a field in Zapier's editor, the API field that it becomes, and
 * the conversion between the two. Empty inputs are omitted: they neither restrict a search nor change a record.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import type { TimeZone } from '../record/time-zone.ts';
import type { Run } from '../run.ts';
import { inputTimeZone } from '../time-zone-field.ts';

/** A field as Zapier defines it. */
export interface InputField {
  readonly key: string;
  readonly label: string;
  /**
   * There are no dates and numbers. Zapier converts their values before a step runs, so that 1,250.50 would arrive as 1
   * and "about 40" as 40; see `moment.ts` for dates.
   */
  readonly type: 'string' | 'text' | 'boolean';
  readonly required?: boolean;
  readonly helpText?: string;
  readonly list?: boolean;
  /** True if the field accepts named values. */
  readonly dict?: boolean;
  readonly choices?: Record<string, string>;
  /** The hidden trigger that fills the dropdown, as `trigger.id.name`. */
  readonly dynamic?: string;
  /** The search that Zapier offers beside the dropdown, as `search.id`. */
  readonly search?: string;
  readonly group?: string;
  /** The value that the editor fills in. A step treats an empty field like this value. */
  readonly default?: string;
  readonly altersDynamicFields?: boolean;
}

/** The parts that all kinds of inputs have in common. */
export interface InputText extends Pick<InputField, 'key' | 'label' | 'required' | 'helpText' | 'group'> {
  /** The API field that it becomes; null if the step itself uses the value. */
  readonly becomes: string | null;
}

/**
 * Returns the texts of an input. By default, its label consists of the key's words, and it becomes the API field of the
 * same name.
 */
export function named(key: string, text: Partial<Omit<InputText, 'key'>> = {}): InputText {
  let label = '';
  for (const word of key.split('_')) label += ` ${word.charAt(0).toUpperCase()}${word.slice(1)}`;
  return { key, label: label.trim(), becomes: key, ...text };
}

/** The context of a conversion. */
export interface InputContext {
  readonly z: ZObject;
  readonly bundle: Bundle;
  /** Time zone of times without an offset; null if it is unknown or not needed. */
  readonly zone: TimeZone | null;
}

/** An input whose values have the type T after conversion. */
export interface Input<T = unknown> {
  readonly field: InputField;
  readonly becomes: string | null;
  /**
   * Converts a value that is not empty.
   *
   * @throws {Error} with a message that names the field's label
   */
  readonly convert: (value: unknown, context: InputContext) => T;
  /** Returns true for a value whose conversion needs the time zone of times without an offset. */
  readonly needsTimeZone?: (value: unknown) => boolean;
  /** Converts the value to the form that TutorCruncher expects. If missing, the value is sent as it is. */
  readonly toApi?: (value: unknown) => unknown;
  /** Returns this input with the choices of the account. May read data. */
  readonly ofAccount?: (run: Run) => Promise<Input<T>>;
  /**
   * The input of the paired action that names the record to create. In Find or Create, both parts see the same fields.
   * If the field for finding is empty, this name is a criterion, too, so that the search does not find another record
   * than the one that the action would create.
   */
  readonly ofNewRecord?: Input<T>;
}

/** Makes an input from its texts, the other properties of its field, and its conversions. */
export const makeInput = <T>(
  { becomes, ...text }: InputText,
  field: Pick<InputField, 'type'> & Partial<InputField>,
  convert: Input<T>['convert'],
  toApi?: Input<T>['toApi'],
): Input<T> => ({ field: { ...text, ...field }, becomes, convert, ...(toApi && { toApi }) });

/** Returns the beginning of a sentence about a field. Quotes separate the label from the words around it. */
export const fieldOfStep = ({ label }: Pick<InputField, 'label'>): string => `The field "${label}" of this step`;

/** Returns the error for the value of a field. The message names the field and does not quote the value. */
export const invalidValue = ({ z }: InputContext, field: Pick<InputField, 'label'>, advice: string): Error =>
  new z.errors.Error(`${fieldOfStep(field)} ${advice}`, 'InvalidInput');

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
 * Returns the single value of a field. Zapier passes a list with one element if a line item is mapped into the field.
 *
 * @throws {Error} if there are several values, or the value is an object
 */
export function singleValue(
  value: unknown,
  field: Pick<InputField, 'label'>,
  context: InputContext,
): string | number | boolean {
  const [first, second] = Array.isArray(value)
    ? (value as unknown[]).filter((entry) => !isEmpty(entry))
    : [value, undefined];
  if (second !== undefined) throw invalidValue(context, field, 'contains several values. Map a single value into it.');
  if (typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean') return first;
  throw invalidValue(context, field, 'contains neither text nor a number. Map another value into it.');
}

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
  readonly #inputs: readonly Input[];
  readonly #values = new Map<object, unknown>();
  readonly #ofNewRecord = new Set<object>();

  /**
   * Converts the values of a step's inputs. Reads the branch's time zone if there is a time without an offset, and the
   * account's choices of the inputs that have them.
   *
   * @throws {Error} with a message for the Zap's owner, if a value is invalid or the time zone cannot be read
   */
  static async read(inputs: readonly Input[], run: Run): Promise<InputValues> {
    const { z, bundle } = run;
    const inputData = (bundle.inputData as JsonObject | undefined) ?? {};
    const isNeeded = inputs.some(({ field, needsTimeZone }) => needsTimeZone?.(inputData[field.key]) === true);
    const context = { z, bundle, zone: isNeeded ? await inputTimeZone(run) : null };
    const ofAccount = new Map<Input, Input>();
    for (const input of inputs) {
      if (input.ofAccount && !isEmpty(inputData[input.field.key])) ofAccount.set(input, await input.ofAccount(run));
    }
    return new InputValues(inputs, context, ofAccount);
  }

  private constructor(inputs: readonly Input[], context: InputContext, ofAccount: ReadonlyMap<Input, Input>) {
    this.#inputs = inputs;
    const inputData = (context.bundle.inputData as JsonObject | undefined) ?? {};
    for (const input of inputs) {
      const isOwn = !isEmpty(inputData[input.field.key]) || input.ofNewRecord === undefined;
      const source = isOwn ? input : input.ofNewRecord;
      const value = inputData[source.field.key];
      if (!isOwn) this.#ofNewRecord.add(input);
      if (!isEmpty(value)) this.#values.set(input, (ofAccount.get(source) ?? source).convert(value, context));
      // Zapier's editor asks for required fields, but a mapped value may be empty.
      else if (input.field.required) throw invalidValue(context, input.field, 'is empty. Fill it in.');
    }
  }

  /** Returns the value of an input, or null if it is empty. */
  of<T>(input: Input<T>): T | null {
    return (this.#values.get(input) as T | undefined) ?? null;
  }

  /** Returns true if the value of an input is not its own, but the name of the record to create. */
  isOfNewRecord(input: Input): boolean {
    return this.#ofNewRecord.has(input);
  }

  /**
   * Returns the value of a required input.
   *
   * @throws {Error} if the input is not required
   */
  required<T>(input: Input<T>): T {
    const value = this.of(input);
    if (value === null) throw new Error(`The input "${input.field.key}" is not required.`);
    return value;
  }

  /** Returns the values of all inputs that are not empty, by API name. */
  body(): JsonObject {
    const body: JsonObject = {};
    for (const input of this.#inputs) {
      const value = this.of(input);
      if (input.becomes !== null && value !== null) body[input.becomes] = input.toApi ? input.toApi(value) : value;
    }
    return body;
  }
}
