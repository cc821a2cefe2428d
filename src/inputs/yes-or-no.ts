/** Inputs for yes or no. */

import { InvalidValue, makeInput, wordIn, type InputFactory } from './input.ts';

/**
 * Returns the function that converts "true", "yes" and similar answers.
 *
 * @param words - the two answers, for the error message
 */
const answerIn =
  (words: string) =>
  (value: unknown): boolean => {
    const answer = wordIn(value).toLowerCase();
    if (['true', 'yes', '1', 'on'].includes(answer)) return true;
    if (['false', 'no', '0', 'off'].includes(answer)) return false;
    throw new InvalidValue(`must contain ${words}.`);
  };

/** An input for yes or no. */
export const booleanInput: InputFactory<boolean> = (key, text) =>
  makeInput(key, text, { type: 'boolean' }, answerIn('true or false'));

/**
 * An input for yes or no in which an empty value has a third meaning. For this reason, the editor shows both answers as
 * choices.
 */
export const yesOrNoInput: InputFactory<boolean> = (key, text) =>
  makeInput(key, text, { choices: { yes: 'Yes', no: 'No' } }, answerIn('one of these: Yes; No'));
