import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

const WORDS = new Map([
  ...['true', 'yes', '1', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', '0', 'off'].map((word) => [word, false] as const),
]);

/** An input for yes or no. */
export const booleanInput = (text: InputText): Input<boolean> =>
  makeInput(text, { type: 'boolean' }, (value, context) => {
    const answer = WORDS.get(
      String(singleValue(value, text, context))
        .trim()
        .toLowerCase(),
    );
    if (answer === undefined) throw invalidValue(context, text, 'must contain true or false.');
    return answer;
  });
