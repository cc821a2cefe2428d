import { adviceToMap, invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

const AMOUNT = /^\d{1,10}(?:\.\d{1,2})?$/;

/**
 * An input for money, a rate or a percentage. It is sent as text with two decimals, which TutorCruncher reads exactly.
 */
export const amountInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => {
    const amount = String(singleValue(value, text, context)).trim();
    if (AMOUNT.test(amount)) {
      const [units = '', decimals = ''] = amount.split('.');
      return `${units.replace(/^0+(?=\d)/, '')}.${decimals.padEnd(2, '0')}`;
    }
    throw invalidValue(
      context,
      text,
      'must contain a number such as 42 or 42.50, without a currency sign, a thousands separator or a minus sign, and ' +
        `with at most two decimals. ${adviceToMap('Number')}`,
    );
  });
