import { timeZoneNamed } from '../record/time-zone.ts';
import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** An input for the name of a time zone. */
export const timeZoneNameInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const name = String(singleValue(value, text, context)).trim();
    if (timeZoneNamed(name)) return name;
    throw invalidValue(context, text, 'must contain the name of a time zone such as Europe/London.');
  });
