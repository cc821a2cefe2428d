/** Inputs for text. */

import { InvalidValue, makeInput, textIn, wordIn, type InputFactory } from './input.ts';
import { TIME_ZONE_ADVICE, typedTimeZone } from './time-zone-names.ts';

/** An input for text. The text is sent to TutorCruncher exactly as typed. */
export const textInput: InputFactory<string> = (key, text) => makeInput(key, text, {}, textIn);

/** An input for text of several lines. The text is sent to TutorCruncher exactly as typed. */
export const longTextInput: InputFactory<string> = (key, text) => makeInput(key, text, { type: 'text' }, textIn);

/** An input for text without white space around it, such as an email address. */
export const wordInput: InputFactory<string> = (key, text) => makeInput(key, text, {}, wordIn);

/**
 * An input for text that identifies a record, such as an email address. Equal texts from several line items count as
 * one value.
 */
export const identifierInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    const word = wordIn(value);
    // Zapier joins the values of line items with commas.
    const [first = '', ...others] = new Set(word.split(',').map((part) => part.trim()));
    return others.length === 0 ? first : word;
  });

/** An input for the URL of a file that TutorCruncher downloads. */
export const webAddressInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    const url = wordIn(value);
    if (URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return url;
    throw new InvalidValue('must contain a web address that starts with `https://`.');
  });

/** An input for the name of a time zone. A former name is replaced by the current name. */
export const timeZoneNameInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    const name = typedTimeZone(wordIn(value));
    if (name !== null) return name;
    throw new InvalidValue(`does not contain the name of a time zone. ${TIME_ZONE_ADVICE}`);
  });
