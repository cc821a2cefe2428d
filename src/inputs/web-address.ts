import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** An input for the URL of a file that TutorCruncher downloads. */
export const webAddressInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const url = String(singleValue(value, text, context)).trim();
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
    throw invalidValue(context, text, 'must contain a web address that starts with `https://`.');
  });
