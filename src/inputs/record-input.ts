import type { ObjectWord } from '../../wire/models.ts';
import { idOf } from '../api/record-id.ts';
import {
  InvalidValue,
  makeInput,
  severalValues,
  textIn,
  type Input,
  type InputFactory,
  type InputField,
  type InputText,
} from './input.ts';

const ADVICE = 'Choose from the dropdown, or map an ID from an earlier step into it: a number such as 123.';

const SEVERAL =
  'contains several IDs, but this step works on one record. Map a single ID into it. To run the step for each of them, ' +
  'choose whom the Zap runs for in "Run For" of its trigger or, if the trigger lacks this choice, add Looping by Zapier ' +
  'before this step.';

/** Matches text that is either one ID with thousands separators or several IDs. */
const GROUPED = /(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)/;

const isGrouped = (value: unknown): boolean =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).some((entry) => GROUPED.test(String(entry)));

/** The dropdown with the records of an object, and the search that Zapier offers beside the dropdown. */
const ofObject = (word: ObjectWord): Partial<InputField> => ({
  dynamic: `${word}_list.id.name`,
  search: `find_${word}.id`,
});

function idInput<Text extends InputText>(
  key: string,
  text: Text,
  choices: Partial<InputField>,
  advice = ADVICE,
): Input<string, Text> {
  const convert = (value: unknown): string => {
    // Zapier joins the values of line items with commas. Siblings in a lesson have the same client, whose id then
    // arrives more than once.
    const ids = new Set(severalValues(value).map(idOf));
    const [id = null] = ids;
    if (ids.size === 1 && id !== null) return id;
    if (ids.size > 1 && !ids.has(null)) {
      throw new InvalidValue(isGrouped(value) ? `${SEVERAL} If this is one ID, write it without commas.` : SEVERAL);
    }
    // `textIn` throws a more precise error for a value that is not text.
    textIn(value);
    throw new InvalidValue(`does not contain an ID. ${advice}`);
  };
  return makeInput(key, text, choices, convert, Number);
}

/**
 * An input for one record, with a dropdown. The value is a numeric id.
 *
 * @param list - the hidden trigger that lists the records
 */
export const recordInput = <Text extends InputText>(key: string, list: string, text: Text): Input<string, Text> =>
  idInput(key, text, { dynamic: `${list}.id.name` });

/** An input for one record of an object that has a dropdown and a search. The key defaults to the object's key word. */
export const objectInput = <Text extends InputText & { readonly key?: string }>(
  word: ObjectWord,
  text: Text,
): Input<string, Text> => idInput(text.key ?? word, text, ofObject(word));

/** An input for one record of a kind that the API does not list. The input has no dropdown. */
export const mappedRecordInput: InputFactory<string> = (key, text) =>
  idInput(key, text, {}, 'Map an ID into it: a number such as 123.');

/**
 * An input for several records of an object that has a dropdown and a search. The value is a list of numeric ids
 * without duplicates.
 *
 * @param entryOf - returns the API's list entry for a record
 */
export const objectsInput = <Text extends InputText>(
  word: ObjectWord,
  text: Text,
  entryOf: (id: number) => unknown,
): Input<string[], Text> =>
  makeInput(
    `${word}s`,
    text,
    { ...ofObject(word), list: true },
    (value) => {
      if (isGrouped(value)) {
        throw new InvalidValue(
          'contains a number such as 1,234, which may be one ID or several. If it is one ID, write it without commas. If not, put ' +
            'a space after the comma.',
        );
      }
      const ids = severalValues(value).map(idOf);
      if (ids.includes(null)) throw new InvalidValue(`contains something that is not an ID. ${ADVICE}`);
      return [...new Set(ids as string[])];
    },
    (ids) => (ids as string[]).map((id) => entryOf(Number(id))),
  );
