import { InvalidValue, makeInput, wordIn, type Input, type InputText } from './input.ts';

/** An input for yes or no. */
export const booleanInput = (key: string, text: InputText = {}): Input<boolean> =>
  makeInput(key, text, { type: 'boolean' }, (value) => {
    const answer = wordIn(value).toLowerCase();
    if (['true', 'yes', '1', 'on'].includes(answer)) return true;
    if (['false', 'no', '0', 'off'].includes(answer)) return false;
    throw new InvalidValue('must contain true or false.');
  });
