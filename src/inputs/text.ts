import { timeZoneNamed } from '../record/time-zone.ts';
import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** An input for text, which is sent to TutorCruncher exactly as typed. */
export const textInput = (text: InputText, type: 'string' | 'text' = 'string'): Input<string> =>
  makeInput(text, { type }, (value, context) => String(singleValue(value, text, context)));

/** An input for text without white space around it, such as an email address. */
export const wordInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => String(singleValue(value, text, context)).trim());

/** An input for the URL of a file that TutorCruncher downloads. */
export const webAddressInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const url = String(singleValue(value, text, context)).trim();
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
    throw invalidValue(context, text, 'must contain a web address that starts with `https://`.');
  });

/** An input for the name of a time zone. */
export const timeZoneNameInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const name = String(singleValue(value, text, context)).trim();
    if (timeZoneNamed(name)) return name;
    throw invalidValue(context, text, 'must contain the name of a time zone such as Europe/London.');
  });
