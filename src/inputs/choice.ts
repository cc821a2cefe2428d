import { isJsonObject } from '../../wire/json.ts';
import { productValues } from '../record/product-values.ts';
import { slug } from '../record/product-words.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { InvalidValue, makeInput, severalValues, textIn, type Input, type InputText } from './input.ts';

/** The labels of values, by TutorCruncher's spelling of the values. */
export type Choices<Key extends string = string> = Readonly<Record<Key, string>>;

/** Returns choices whose labels match the texts in records: `gone-cold` has the label Gone Cold. */
export const choicesOf = (values: readonly string[]): Choices =>
  Object.fromEntries(values.map((value) => [value, productValues('', value)]));

/**
 * Cache of choices, keyed by the list of statuses. The steps of an object share their choices, because computing them
 * slows down the import.
 */
const statusChoices = new Map<readonly string[], Choices>();

/** Returns the statuses of an object as choices; empty if the object's definition has no statuses. */
export function statusesOf({ statuses = [] }: Pick<TutorCruncherObject, 'statuses'>): Choices {
  const choices = statusChoices.get(statuses) ?? choicesOf(statuses);
  statusChoices.set(statuses, choices);
  return choices;
}

/**
 * Returns the labels of a field's options by value, from TutorCruncher's description of the field; empty if the field
 * has no options.
 */
export function optionsOf(field: unknown): Choices {
  const options = isJsonObject(field) && Array.isArray(field.choices) ? field.choices.filter(isJsonObject) : [];
  return Object.fromEntries(
    options
      .filter(({ value }) => typeof value === 'number' || (typeof value === 'string' && value !== ''))
      .map(({ value, display_name: name }) => [String(value), typeof name === 'string' && name ? name : String(value)]),
  );
}

/**
 * Returns the choice whose value or label has the same slug as the given text.
 *
 * @throws {InvalidValue} if no choice matches
 */
function chosen<Key extends string>(choices: Choices<Key>, text: string): Key {
  const wanted = slug(text);
  const labels: Choices = choices;
  const isWanted = (key: string): key is Key => slug(key) === wanted || slug(labels[key] ?? '') === wanted;
  const choice = Object.keys(choices).find(isWanted);
  if (choice !== undefined) return choice;
  throw new InvalidValue(`must contain one of these: ${Object.values(choices).join('; ')}.`);
}

/** An input for a choice of one value from a list. */
export const choiceInput = <Key extends string, Text extends InputText>(
  key: string,
  choices: Choices<Key>,
  text: Text,
): Input<Key, Text> => makeInput(key, text, { choices }, (value) => chosen(choices, textIn(value)));

/**
 * Returns the values in a field that accepts several choices, without duplicates.
 *
 * @throws {InvalidValue} if a value is not one of the choices
 */
export const choicesIn = (choices: Choices, value: unknown): string[] => [
  ...new Set(severalValues(value).map((entry) => chosen(choices, String(entry)))),
];

/** An input for a choice of several values from a list. */
export const choicesInput = <Text extends InputText>(
  key: string,
  choices: Choices,
  text: Text,
): Input<string[], Text> => makeInput(key, text, { choices, list: true }, (value) => choicesIn(choices, value));
