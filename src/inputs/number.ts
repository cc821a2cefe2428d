/** Inputs for amounts of money, and for whole numbers such as days and minutes. */

import {
  adviceToMap,
  InvalidValue,
  makeInput,
  severalValues,
  wordIn,
  type Input,
  type InputFactory,
  type InputText,
} from './input.ts';

const AMOUNT = /^0*(\d{1,10})(?:\.(\d{1,2}))?$/;

/** Returns a non-negative amount as text with two decimals; null if the text is not such an amount. */
function twoDecimals(text: string): string | null {
  const [, units, decimals = ''] = AMOUNT.exec(text) ?? [];
  return units === undefined ? null : `${units}.${decimals.padEnd(2, '0')}`;
}

/**
 * An input for money, a rate or a percentage. The value is sent as text with two decimals, so that TutorCruncher reads
 * the exact amount.
 */
export const amountInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    if (Array.isArray(value) && value.length > 1) {
      throw new InvalidValue(
        'contains several values. Map a single value into it, even if they are equal, because each may belong to a different person.',
      );
    }
    const amount = twoDecimals(wordIn(value));
    if (amount !== null) return amount;
    throw new InvalidValue(
      'must contain a number such as 42 or 42.50, without a currency sign, a thousands separator or a minus sign, and ' +
        `with at most two decimals. ${adviceToMap('Number')}`,
    );
  });

/** An input for an amount of money that can be negative. The value is text with two decimals. */
export const signedAmountInput: InputFactory<string> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    const [, sign = '', digits = ''] = /^(-?)(.*)$/s.exec(wordIn(value)) ?? [];
    const amount = twoDecimals(digits);
    if (amount !== null) return `${sign}${amount}`;
    throw new InvalidValue(
      'must contain a number such as 50, 42.50 or -100, without a currency sign or a thousands separator, and with at ' +
        'most two decimals.',
    );
  });

/** Returns a non-negative whole number; NaN for any other text. A step that adds up times can output 90 as 90.0. */
const wholeNumber = (value: unknown): number => Number(/^0*(\d{1,6})(?:\.0+)?$/.exec(wordIn(value))?.[1]);

/**
 * An input for a non-negative whole number.
 *
 * @param defaultNumber - the number if the field is empty
 */
export const wholeNumberInput = <Text extends InputText>(
  key: string,
  defaultNumber: number,
  text: Text,
): Input<number, Text> =>
  makeInput(key, text, { default: String(defaultNumber) }, (value) => {
    const number = wholeNumber(value);
    if (number >= 0) return number;
    throw new InvalidValue('must contain a whole number such as 24.');
  });

/** The limits and the unit of a number. */
interface Limits {
  readonly min: number;
  readonly max: number;
  /** The unit in the plural, such as `days`. */
  readonly unit: string;
}

/** An input for a whole number within limits. */
export const numberInput = <Text extends InputText>(
  key: string,
  { min, max, unit }: Limits,
  text: Text,
): Input<number, Text> =>
  makeInput(key, text, {}, (value) => {
    const number = wholeNumber(value);
    if (number >= min && number <= max) return number;
    throw new InvalidValue(
      number >= 0
        ? `must be at least ${min} and at most ${max} ${unit}.`
        : `must contain a whole number such as ${text.default ?? min}.`,
    );
  });

/** An input for a number of days within limits. @param defaultDays - the number if the field is empty */
export const daysInput = (key: string, min: number, max: number, defaultDays: number, text: InputText): Input<number> =>
  numberInput(key, { min, max, unit: 'days' }, { ...text, default: String(defaultDays) });

/**
 * An input for several numbers of days within limits, separated by commas. The value contains the numbers in ascending
 * order.
 */
export const severalDaysInput = (key: string, min: number, max: number, text: InputText): Input<number[]> =>
  makeInput(key, text, {}, (value) => {
    const days = severalValues(value).map(wholeNumber);
    if (days.some(Number.isNaN)) throw new InvalidValue('must contain whole numbers with commas, such as 21, 28.');
    if (days.every((each) => each >= min && each <= max)) return days.sort((one, other) => one - other);
    throw new InvalidValue(`must contain numbers of at least ${min} and at most ${max} days.`);
  });

const MINUTES_PER_DAY = 1440;

/** An input for a duration of at most one day, in whole minutes. */
export const minutesInput: InputFactory<number> = (key, text) =>
  makeInput(key, text, {}, (value) => {
    const minutes = wholeNumber(value);
    if (minutes >= 1 && minutes <= MINUTES_PER_DAY) return minutes;
    throw new InvalidValue(`must contain a whole number of minutes from 1 to ${MINUTES_PER_DAY}, such as 90.`);
  });
