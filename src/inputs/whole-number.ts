import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** A step that adds up times may write a whole number as 90.0. */
const WHOLE_NUMBER = /^0*(\d{1,6})(?:\.0+)?$/;

/** An input for a whole number that is not negative. @param defaultNumber - the number that an empty field stands for */
export const wholeNumberInput = (text: InputText, defaultNumber: number, example = 24): Input<number> =>
  makeInput(text, { type: 'string', default: String(defaultNumber) }, (value, context) => {
    const digits = WHOLE_NUMBER.exec(String(singleValue(value, text, context)).trim())?.[1];
    if (digits !== undefined) return Number(digits);
    throw invalidValue(context, text, `must contain a whole number such as ${example}.`);
  });

/** An input for a number of days within limits. @param defaultDays - the number that an empty field stands for */
export function daysInput(text: InputText, min: number, max: number, defaultDays: number): Input<number> {
  const number = wholeNumberInput(text, defaultDays, defaultDays);
  return {
    ...number,
    convert: (value, context) => {
      const days = number.convert(value, context);
      if (days >= min && days <= max) return days;
      throw invalidValue(context, text, `must be at least ${min} and at most ${max} days.`);
    },
  };
}

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
