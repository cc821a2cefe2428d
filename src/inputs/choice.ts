import { productValues } from '../record/product-values.ts';
import { slug } from '../record/product-words.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';
import {
  invalidValue,
  makeInput,
  severalValues,
  singleValue,
  type Input,
  type InputContext,
  type InputText,
} from './input.ts';

/** Labels by value, as TutorCruncher spells it. */
type Choices = Readonly<Record<string, string>>;

/** Returns choices whose labels are the texts that records contain: `gone-cold` is labelled Gone Cold. */
export const choicesOf = (values: readonly string[]): Choices =>
  Object.fromEntries(values.map((value) => [value, productValues('', value)]));

/** Returns the statuses of an object as choices. @throws {Error} if its definition has none */
export function statusesOf({ word, statuses }: Pick<TutorCruncherObject, 'word' | 'statuses'>): Choices {
  if (!statuses) throw new Error(`The definition of the object "${word}" has no statuses.`);
  return choicesOf(statuses);
}

/** Returns the choice whose value or label matches the given text, ignoring letter case. */
function chosen<Key extends string>(
  text: InputText,
  choices: Readonly<Record<Key, string>>,
  value: unknown,
  context: InputContext,
): Key {
  const wanted = slug(String(value));
  const labels: Choices = choices;
  const isWanted = (key: string): key is Key => slug(key) === wanted || slug(labels[key] ?? '') === wanted;
  const choice = Object.keys(choices).find(isWanted);
  if (choice !== undefined) return choice;
  throw invalidValue(context, text, `must contain one of these: ${Object.values(choices).join('; ')}.`);
}

/** An input for one of a few values. */
export const choiceInput = <Key extends string>(text: InputText, choices: Readonly<Record<Key, string>>): Input<Key> =>
  makeInput(text, { type: 'string', choices }, (value, context) =>
    chosen(text, choices, singleValue(value, text, context), context),
  );

/** An input for one or more of a few values. */
export const choicesInput = (text: InputText, choices: Choices): Input<string[]> =>
  makeInput(text, { type: 'string', choices, list: true }, (value, context) => [
    ...new Set(severalValues(value).map((entry) => chosen(text, choices, entry, context))),
  ]);
