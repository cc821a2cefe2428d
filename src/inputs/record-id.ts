import { OBJECT_NAMES, type ObjectWord } from '../../wire/models.ts';
import { idOf } from '../record-id.ts';
import { invalidValue, makeInput, severalValues, singleValue, type Input, type InputText } from './input.ts';

/** The source of a dropdown. */
interface Dropdown {
  /** Key of the hidden trigger that lists the records. */
  readonly list: string;
  /** Key of the search that Zapier offers beside the dropdown. */
  readonly search?: string;
}

const ADVICE = 'Choose from the dropdown, or map an ID from an earlier step into it: a number such as 123.';

const SEVERAL =
  'contains several IDs, but this step works on one record. Map a single ID into it. To run the step for each of them, add ' +
  'Looping by Zapier before it.';

/** An input for one record, with a dropdown. Its value is an id in digits. */
export const recordInput = (text: InputText, { list, search }: Dropdown): Input<string> =>
  makeInput(
    text,
    { type: 'string', dynamic: `${list}.id.name`, ...(search !== undefined && { search: `${search}.id` }) },
    (value, context) => {
      // Zapier joins the values of line items with commas.
      const ids = severalValues(value).map(idOf);
      if (ids.length > 1 && !ids.includes(null)) throw invalidValue(context, text, SEVERAL);
      const id = idOf(singleValue(value, text, context));
      if (id === null) throw invalidValue(context, text, `does not contain an ID. ${ADVICE}`);
      return id;
    },
    Number,
  );

/** The parts of an input for a record of an object. Its key and its label are the object's unless others are given. */
type ObjectInputText = Omit<InputText, 'key' | 'label'> & Partial<InputText>;

/** An input for one record of an object that has a dropdown and a search. */
export const objectInput = (word: ObjectWord, text: ObjectInputText): Input<string> =>
  recordInput({ key: word, label: OBJECT_NAMES[word], ...text }, { list: `${word}_list`, search: `find_${word}` });

/** An input for one record of a kind that the API does not list, so that there is no dropdown. */
export const mappedRecordInput = (text: InputText): Input<string> =>
  makeInput(
    text,
    { type: 'string' },
    (value, context) => {
      const id = idOf(singleValue(value, text, context));
      if (id !== null) return id;
      throw invalidValue(context, text, 'does not contain an ID. Map an ID into it: a number such as 123.');
    },
    Number,
  );

/**
 * An input for several records of an object that has a dropdown and a search. Its value is a list of ids in digits,
 * without duplicates.
 *
 * @param entryOf - returns the entry of a record in the API's list
 */
export const objectsInput = (
  word: ObjectWord,
  text: Pick<InputText, 'becomes' | 'helpText'>,
  entryOf: (id: number) => unknown,
): Input<string[]> => {
  const label = `${OBJECT_NAMES[word]}s`;
  return makeInput(
    { key: `${word}s`, label, ...text },
    { type: 'string', dynamic: `${word}_list.id.name`, search: `find_${word}.id`, list: true },
    (value, context) => {
      const ids = severalValues(value).map((entry) => {
        const id = idOf(entry);
        if (id === null) throw invalidValue(context, { label }, `contains something that is not an ID. ${ADVICE}`);
        return id;
      });
      return [...new Set(ids)];
    },
    (ids) => (ids as string[]).map((id) => entryOf(Number(id))),
  );
};
