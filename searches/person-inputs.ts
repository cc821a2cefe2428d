import { recordInput } from '../src/inputs/record-id.ts';
import { textInput, wordInput } from '../src/inputs/text.ts';
import type { Input } from '../src/inputs/input.ts';
import type { PersonInputs } from '../src/person-search.ts';

const nameHelp = (label: 'First Name' | 'Last Name'): string =>
  `For searching only: the whole ${label.toLowerCase()} to find. It is used only if Email is empty. If this field is empty and the step can ` +
  `also create the record, it finds only people with the ${label} of that record. If several people have the name, the ` +
  'step finds the newest of them, and Matches is greater than 1.';

/**
 * The inputs for finding people, in addition to a chosen record. In Find or Create, the search and the action share
 * `email`.
 */
const BY_EMAIL_OR_NAME = {
  email: wordInput({ key: 'email', label: 'Email', becomes: null }),
  firstName: {
    ...textInput({
      key: 'find_first_name',
      label: 'Find First Name',
      becomes: null,
      helpText: nameHelp('First Name'),
    }),
    ofNewRecord: textInput({ key: 'first_name', label: 'First Name', becomes: null }),
  },
  lastName: {
    ...textInput({
      key: 'find_last_name',
      label: 'Find Last Name',
      becomes: null,
      helpText: nameHelp('Last Name'),
    }),
    ofNewRecord: textInput({ key: 'last_name', label: 'Last Name', becomes: null }),
  },
};

/**
 * Returns the inputs of a search for people.
 *
 * @param key - the key of the object, which has a dropdown of the same name
 */
export const personInputs = (key: 'client' | 'tutor' | 'student' | 'affiliate', label: string): PersonInputs => ({
  chosen: recordInput(
    {
      key,
      label,
      becomes: null,
      helpText: `Choose a record, or map the ${label} ID of an earlier step. If filled in, the other fields are ignored.`,
    },
    { list: `${key}_list` },
  ),
  ...BY_EMAIL_OR_NAME,
});

/** Returns the inputs in the order of the editor. */
export const inOrder = ({ email, firstName, lastName, chosen }: PersonInputs): Input[] => [
  email,
  firstName,
  lastName,
  chosen,
];
