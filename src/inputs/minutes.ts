import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** A step that adds up times may write a whole number as 90.0. */
const WHOLE_NUMBER = /^0*(\d{1,4})(?:\.0+)?$/;
const MINUTES_PER_DAY = 1440;

/** An input for a duration of at most a day, in whole minutes. */
export const minutesInput = (text: InputText): Input<number> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const minutes = Number(WHOLE_NUMBER.exec(String(singleValue(value, text, context)).trim())?.[1]);
    if (minutes >= 1 && minutes <= MINUTES_PER_DAY) return minutes;
    throw invalidValue(
      context,
      text,
      `must contain a whole number of minutes from 1 to ${MINUTES_PER_DAY}, such as 90.`,
    );
  });
