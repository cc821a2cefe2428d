import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** The methods that a step may use. DELETE is not allowed, because deletions cannot be undone. */
const METHODS = ['GET', 'POST', 'PUT'] as const;

export type Method = (typeof METHODS)[number];

/** An input for the method of a request, in any letter case. */
export const methodInput = (text: InputText): Input<Method> =>
  makeInput(
    text,
    { type: 'string', choices: Object.fromEntries(METHODS.map((method) => [method, method])) },
    (value, context) => {
      const wanted = String(singleValue(value, text, context))
        .trim()
        .toUpperCase();
      const method = METHODS.find((candidate) => candidate === wanted);
      if (method !== undefined) return method;
      throw invalidValue(context, text, `must contain one of these: ${METHODS.join(', ')}.`);
    },
  );
