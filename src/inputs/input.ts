/**
 * Inputs of searches and actions. An input consists of a field in Zapier's editor, the API field that it becomes, and
 * the conversion between the two. Empty inputs are omitted, so they neither restrict a search nor change a record.
 */

import type { JsonObject } from '../../wire/json.ts';
import { inputDataOf, rawInputDataOf } from '../api/bundle.ts';
import type { InputField } from '../choices/filter-fields.ts';
import { once } from '../once.ts';
import type { TimeZone } from '../record/time-zone.ts';
import type { StepRun } from '../api/step-run.ts';
import { inputTimeZone } from './run-time-zone.ts';
import { entriesOf, isEmpty } from './empty-values.ts';
import { emptyPartOf, emptyPartProblem } from './mapped-empty.ts';

export type { InputField };

/**
 * The effect of a mapped value that is empty in a run; see `mapped-empty.ts`. With `omit`, the input counts as not
 * filled in.
 */
export type IfMappedEmpty = 'fail' | 'omit';

/** The properties, besides the key, that inputs of all kinds share. */
export interface InputText extends Pick<
  InputField,
  'required' | 'helpText' | 'group' | 'default' | 'altersDynamicFields'
> {
  /** The label; default: the words of the key in title case. */
  readonly label?: string;
  /** Name of the API field in which the value is sent; default: the key. Null if the step itself uses the value. */
  readonly becomes?: string | null;
  /**
   * The effect of an empty mapped value. The default is `fail`, because without the value a step could use a person, an
   * amount, a time or a wider effect that the owner did not choose. `omit` is for an input of an action that only adds
   * a detail.
   */
  readonly ifMappedEmpty?: IfMappedEmpty;
}

/** The parts of an action's input, which must be required or specify the effect of an empty mapped value. */
export type ActionText = InputText & ({ readonly required: true } | Required<Pick<InputText, 'ifMappedEmpty'>>);

/** The context in which a value is converted. */
export interface InputContext {
  readonly run: StepRun;
  /** Returns the time zone of dates, and of times without an offset; null if the time zone is unknown. */
  readonly zone: () => Promise<TimeZone | null>;
  /** The field as the owner filled it in, with placeholders; undefined if Zapier does not pass it. */
  readonly raw: unknown;
}

/** An input whose converted values have the type T. `Text` is the type of the parts that define the input. */
export interface Input<T = unknown, Text extends InputText = InputText> {
  readonly field: InputField;
  /** The parts that define the input. For inputs of actions, the compiler checks the type of the parts. */
  readonly text: Text;
  readonly ifMappedEmpty: IfMappedEmpty;
  readonly becomes: string | null;
  /**
   * Converts a value that is not empty.
   *
   * @throws {InvalidValue} if the value cannot be converted
   */
  readonly convert: (value: unknown, context: InputContext) => T | Promise<T>;
  /** Converts the value to the form that TutorCruncher expects. If missing, the value is sent unchanged. */
  readonly toApi?: (value: unknown) => unknown;
  /** Returns the field with the account's choices. */
  readonly fieldOfAccount?: (run: StepRun) => Promise<InputField>;
}

/** An input of an action. */
export type ActionInput<T = unknown> = Input<T, ActionText>;

/** Creates an input from its key and its texts. */
export type InputFactory<T> = <Text extends InputText>(key: string, text: Text) => Input<T, Text>;

/** Returns the words of a key in title case. */
export function inputLabel(key: string): string {
  const label: string[] = [];
  for (const word of key.split('_')) label.push(word.charAt(0).toUpperCase() + word.slice(1));
  return label.join(' ');
}

/** Creates an input from its key, its texts, the other properties of its field, and its conversions. */
export function makeInput<T, Text extends InputText>(
  key: string,
  text: Text,
  field: Partial<InputField>,
  convert: Input<T>['convert'],
  toApi?: Input<T>['toApi'],
): Input<T, Text> {
  const { becomes = key, ifMappedEmpty = 'fail', ...texts }: InputText = text;
  return {
    field: { key, type: 'string', ...texts, label: text.label ?? inputLabel(key), ...field },
    text,
    ifMappedEmpty,
    becomes,
    convert,
    ...(toApi && { toApi }),
  };
}

/**
 * The error for a value that an input cannot convert. The message continues a sentence about the field, and does not
 * quote the value.
 */
export class InvalidValue extends Error {}

/** Returns the beginning of a sentence about a field. Quotation marks enclose the label. */
export const fieldOfStep = ({ label }: Pick<InputField, 'label'>): string => `The field "${label}" of this step`;

/**
 * Returns the advice to map a field with a machine-readable value: a field whose name ends in a suffix such as `(ISO)`.
 */
export const adviceToMap = (suffix: string): string =>
  `To use a value of an earlier TutorCruncher step, map the field whose name ends in (${suffix}).`;

/**
 * Returns the single value of a field as text. Zapier passes a list if a line item is mapped into the field. Equal
 * elements count as a single value.
 *
 * @throws {InvalidValue} if the field contains several values, or if the value is an object
 */
export function textIn(value: unknown): string {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [first, second] = new Set(values.filter((entry) => !isEmpty(entry)));
  if (second !== undefined) throw new InvalidValue('contains several values. Map a single value into it.');
  if (typeof first === 'string' || typeof first === 'number' || typeof first === 'boolean') return String(first);
  throw new InvalidValue('contains neither text nor a number. Map another value into it.');
}

/**
 * Returns the single value of a field as text without white space around it.
 *
 * @throws {InvalidValue} see {@link textIn}
 */
export const wordIn = (value: unknown): string => textIn(value).trim();

/**
 * Returns the values of a field that accepts several values: the elements of a list, or the parts of a comma-separated
 * text.
 */
export const severalValues = (value: unknown): unknown[] => entriesOf(value).filter((entry) => !isEmpty(entry));

/** The converted values of a step's inputs. */
export class InputValues {
  readonly #values = new Map<Input, unknown>();

  /**
   * Converts the values of a step's inputs.
   *
   * @throws {Error} with a message for the Zap's owner, if a value is invalid or the time zone cannot be read
   */
  static async read(inputs: readonly Input[], run: StepRun): Promise<InputValues> {
    const values = new InputValues();
    const inputData = inputDataOf(run.bundle);
    const rawInputData = rawInputDataOf(run.bundle);
    const zone = once(() => inputTimeZone(run));
    for (const input of inputs) {
      const { field, ifMappedEmpty } = input;
      const [value, raw] = [inputData[field.key], rawInputData[field.key]];
      try {
        const emptyPart = ifMappedEmpty === 'omit' ? null : emptyPartOf(field, raw, value);
        if (emptyPart !== null) throw new InvalidValue(emptyPartProblem(emptyPart));
        if (!isEmpty(value)) values.#values.set(input, await input.convert(value, { run, zone, raw }));
        // Zapier's editor asks for required fields, but Zaps can also be made without the editor.
        else if (field.required) throw new InvalidValue('is empty. Fill it in.');
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        throw run.refusal(`${fieldOfStep(field)} ${error.message}`);
      }
    }
    return values;
  }

  /** Returns the value of an input; null if the input is empty. */
  of<T>(input: Input<T>): T | null {
    return (this.#values.get(input) as T | undefined) ?? null;
  }

  /** Returns the value of a required input. */
  required<T>(input: Input<T>): T {
    return this.#values.get(input) as T;
  }

  /** Returns the values of all inputs that are sent as API fields and are not empty. */
  body(): JsonObject {
    const body: JsonObject = {};
    for (const [{ becomes, toApi }, value] of this.#values) {
      if (becomes !== null) body[becomes] = toApi ? toApi(value) : value;
    }
    return body;
  }
}
