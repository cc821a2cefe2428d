import { makeInput, singleValue, type Input, type InputText } from './input.ts';

/** An input for text, which is sent to TutorCruncher exactly as typed. */
export const textInput = (text: InputText, type: 'string' | 'text' = 'string'): Input<string> =>
  makeInput(text, { type }, (value, context) => String(singleValue(value, text, context)));

/** An input for text without white space around it, such as an email address. */
export const wordInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'string' }, (value, context) => String(singleValue(value, text, context)).trim());
