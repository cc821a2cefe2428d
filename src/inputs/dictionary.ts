import { isJsonObject } from '../../wire/json.ts';
import { invalidValue, isEmpty, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** An input for named values. Empty values are dropped. */
export const dictionaryInput = (text: InputText): Input<Record<string, string>> =>
  makeInput(text, { type: 'string', dict: true }, (value, context) => {
    if (!isJsonObject(value)) throw invalidValue(context, text, 'must contain names with values.');
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, entry]) => !isEmpty(entry))
        .map(([name, entry]) => [name, String(singleValue(entry, text, context))]),
    );
  });
