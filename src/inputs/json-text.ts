import { invalidValue, makeInput, singleValue, type Input, type InputText } from './input.ts';

/** Returns true for the text of a JSON object or list. */
function isObjectOrList(json: string): boolean {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}

/** An input for a JSON object or list. Its value is the text as typed. */
export const jsonTextInput = (text: InputText): Input<string> =>
  makeInput(text, { type: 'text' }, (value, context) => {
    const json = String(singleValue(value, text, context));
    if (isObjectOrList(json)) return json;
    throw invalidValue(context, text, 'must contain a JSON object or list such as `{"last_name": "Raman"}`.');
  });
