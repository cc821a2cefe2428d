import { timeZoneNamed } from '../record/time-zone.ts';
import { InvalidValue, makeInput, textIn, wordIn, type Input, type InputText } from './input.ts';

/** An input for text, which is sent to TutorCruncher exactly as typed. */
export const textInput = (key: string, text: InputText = {}): Input<string> => makeInput(key, text, {}, textIn);

/** An input for text of several lines, which is sent to TutorCruncher exactly as typed. */
export const longTextInput = (key: string, text: InputText = {}): Input<string> =>
  makeInput(key, text, { type: 'text' }, textIn);

/** An input for text without white space around it, such as an email address. */
export const wordInput = (key: string, text: InputText): Input<string> => makeInput(key, text, {}, wordIn);

/** An input for the URL of a file that TutorCruncher downloads. */
export const webAddressInput = (key: string, text: InputText): Input<string> =>
  makeInput(key, text, {}, (value) => {
    const url = wordIn(value);
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
    throw new InvalidValue('must contain a web address that starts with `https://`.');
  });

/** An input for the name of a time zone. */
export const timeZoneNameInput = (key: string, text: InputText): Input<string> =>
  makeInput(key, text, {}, (value) => {
    const name = wordIn(value);
    if (timeZoneNamed(name)) return name;
    throw new InvalidValue('must contain the name of a time zone such as Europe/London.');
  });
