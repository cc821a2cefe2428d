/** The factory of the searches for people: by a chosen record, by email address, or by name. */

import type { JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import type { Params } from '../src/api/client.ts';
import { named, type Input, type InputValues } from '../src/inputs/input.ts';
import { textInput, wordInput } from '../src/inputs/text.ts';
import { chosenMatch, comparable, rowText, searchList, type ListSearch, type Match } from '../src/list-search.ts';
import type { Run } from '../src/run.ts';
import { search, type Search, type SearchStep } from '../src/search.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { chosenInput } from './find-inputs.ts';

/** In Find or Create, the search and the action share this input. */
const EMAIL = wordInput(named('email', { becomes: null }));

function nameInput(key: string, label: string): Input<string> {
  const helpText =
    `For searching only: the whole ${label.toLowerCase()} to find. It is used only if Email is empty. If this field is empty and the step can ` +
    `also create the record, it finds only people with the ${label} of that record. If several people have the name, the ` +
    'step finds the newest of them, and Matches is greater than 1.';
  const ofNewRecord = textInput(named(key, { becomes: null }));
  return { ...textInput(named(`find_${key}`, { becomes: null, helpText })), ofNewRecord };
}

const FIRST_NAME = nameInput('first_name', 'First Name');
const LAST_NAME = nameInput('last_name', 'Last Name');

/** Criteria for a person: an email address, or else names. */
export interface PersonCriteria {
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** False without criteria, and if there is only the name of a person to create, which may be a stranger's name. */
  readonly isSpecific: boolean;
}

/** Returns the criteria that the inputs contain. If there is an email address, names are ignored. */
function criteriaIn(values: InputValues): PersonCriteria {
  const email = values.of(EMAIL);
  if (email !== null) return { email, firstName: null, lastName: null, isSpecific: true };
  const isOwn = (input: Input<string>) => values.of(input) !== null && !values.isOfNewRecord(input);
  return {
    email,
    firstName: values.of(FIRST_NAME),
    lastName: values.of(LAST_NAME),
    isSpecific: isOwn(FIRST_NAME) || isOwn(LAST_NAME),
  };
}

/** Returns true if a person meets the criteria. The person may be a row or an entry in a list. */
export function isPerson({ email, firstName, lastName }: PersonCriteria, row: JsonObject): boolean {
  const has = (name: string, text: string | null) =>
    text === null || comparable(rowText(row, name)) === comparable(text);
  return has('email', email) && has('first_name', firstName) && has('last_name', lastName);
}

/** Capitalises the words of a name that are all in lower case or in capital letters: "ann O'NEILL" becomes "Ann O'Neill". */
const capitalised = (name: string): string =>
  name.replace(/[\p{L}\p{M}]+/gu, (word) => {
    const [first = '', ...others] = word;
    const isPlain = word === word.toLowerCase() || word === word.toUpperCase();
    return isPlain ? first.toUpperCase() + others.join('').toLowerCase() : word;
  });

/**
 * Returns the filters for each spelling of the criteria, in the order in which to try them. Whether TutorCruncher's
 * filters ignore letter case is not documented. It stores email addresses in lower case, except perhaps in older
 * records.
 */
function filtersOf({ email, firstName, lastName }: PersonCriteria): Params[] {
  const withNames = (spelling: (name: string) => string): Params => ({
    ...(firstName !== null && { user__first_name: spelling(firstName.trim()) }),
    ...(lastName !== null && { user__last_name: spelling(lastName.trim()) }),
  });
  const filters =
    email === null
      ? [withNames((name) => name), withNames(capitalised)]
      : [{ user__email: email.toLowerCase() }, { user__email: email }];
  return [...new Map(filters.map((params) => [JSON.stringify(params), params])).values()];
}

/** Searches an object's list for a person. */
export async function searchPeople(
  run: Run,
  object: TutorCruncherObject,
  criteria: PersonCriteria,
  isMatch: ListSearch['isMatch'] = () => true,
): Promise<Match | null> {
  for (const params of filtersOf(criteria)) {
    const found = await searchList(run, object, {
      params,
      maxPages: 5,
      compareRow: (row) => (isPerson(criteria, row) ? 'exact' : null),
      isMatch,
      narrow: 'Search by the whole email address, or choose the record in this step.',
    });
    if (found) return found;
  }
  return null;
}

/** A search for people. */
interface PersonSearch extends Pick<SearchStep, 'key' | 'description' | 'object'> {
  /** The search among the people of a client: the input for the client, and the function that finds a person. */
  readonly ofClient?: {
    readonly input: Input<string>;
    readonly find: (run: Run, clientId: string, criteria: PersonCriteria) => Promise<Match | null>;
  };
}

/** Defines a search for people. */
export function personSearch({ object, ofClient, ...text }: PersonSearch): Search {
  const label = OBJECT_NAMES[object.word];
  const chosen = chosenInput(object.word);
  return search({
    ...text,
    label: `Find ${label}`,
    object,
    inputs: [...(ofClient ? [ofClient.input] : []), EMAIL, FIRST_NAME, LAST_NAME, chosen],
    find: async (run, values) => {
      const id = values.of(chosen);
      if (id !== null) return chosenMatch(run, object, id);
      const criteria = criteriaIn(values);
      const client = ofClient ? values.of(ofClient.input) : null;
      if (ofClient && client !== null) return ofClient.find(run, client, criteria);
      if (criteria.isSpecific) return searchPeople(run, object, criteria);
      throw run.refusal(
        `This step has no email address and no name${ofClient ? ', and no client' : ''} to search for. Fill in Email, Find ` +
          `First Name, Find Last Name${ofClient ? ', Client' : ''} or ${label}.`,
      );
    },
  });
}
