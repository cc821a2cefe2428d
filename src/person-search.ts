/** Searches for people: by a chosen record, by email address, or by name. */

import type { JsonObject } from '../wire/json.ts';
import type { Params } from './api/client.ts';
import type { Input, InputValues } from './inputs/input.ts';
import { chosenMatch, comparable, rowText, searchList, type ListSearch, type Match } from './list-search.ts';
import { nounOf } from './object-record.ts';
import type { Run } from './run.ts';
import type { Find } from './search.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The inputs for finding people. */
export interface PersonInputs {
  readonly chosen: Input<string>;
  readonly email: Input<string>;
  readonly firstName: Input<string>;
  readonly lastName: Input<string>;
}

/** Criteria for a person: an email address, or else names. */
export interface PersonCriteria {
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** False without criteria, and if there is only the name of a person to create, which may be a stranger's name. */
  readonly isSpecific: boolean;
}

/** Returns the criteria that the inputs contain. If there is an email address, names are ignored. */
export function personCriteria(values: InputValues, inputs: PersonInputs): PersonCriteria {
  const email = values.of(inputs.email);
  if (email !== null) return { email, firstName: null, lastName: null, isSpecific: true };
  const isOwn = (input: Input<string>) => values.of(input) !== null && !values.isOfNewRecord(input);
  return {
    email,
    firstName: values.of(inputs.firstName),
    lastName: values.of(inputs.lastName),
    isSpecific: isOwn(inputs.firstName) || isOwn(inputs.lastName),
  };
}

/** Returns true if a person meets the criteria. The person may be a row or an entry in a list. */
export function isPerson({ email, firstName, lastName }: PersonCriteria, row: JsonObject): boolean {
  const has = (name: string, text: string | null) =>
    text === null || comparable(rowText(row, name)) === comparable(text);
  return has('email', email) && has('first_name', firstName) && has('last_name', lastName);
}

const PEOPLE: Pick<ListSearch, 'maxPages' | 'narrow'> = {
  maxPages: 5,
  narrow: 'Search by the whole email address, or choose the record in this step.',
};

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
  const named = (spelling: (name: string) => string): Params => ({
    ...(firstName !== null && { user__first_name: spelling(firstName.trim()) }),
    ...(lastName !== null && { user__last_name: spelling(lastName.trim()) }),
  });
  const filters =
    email === null
      ? [named((name) => name), named(capitalised)]
      : [{ user__email: email.toLowerCase() }, { user__email: email }];
  return [...new Map(filters.map((params) => [JSON.stringify(params), params])).values()];
}

/** Searches an object's list for a person. */
export async function searchPeople(
  run: Run,
  object: TutorCruncherObject,
  criteria: PersonCriteria,
  isMatch?: ListSearch['isMatch'],
): Promise<Match | null> {
  for (const params of filtersOf(criteria)) {
    const found = await searchList(run, object, {
      ...PEOPLE,
      params,
      compareRow: (row) => (isPerson(criteria, row) ? 'exact' : null),
      ...(isMatch && { isMatch }),
    });
    if (found) return found;
  }
  return null;
}

/** Returns the function that finds a client, a tutor or an affiliate. */
export const findPerson =
  (object: TutorCruncherObject, inputs: PersonInputs): Find =>
  async (run, values) => {
    const chosen = values.of(inputs.chosen);
    if (chosen !== null) return chosenMatch(run, object, chosen);
    const criteria = personCriteria(values, inputs);
    if (criteria.isSpecific) return searchPeople(run, object, criteria);
    throw run.refusal(
      `This step has no email address and no name to search for. Fill in ${inputs.email.field.label}, ` +
        `${inputs.firstName.field.label} or ${inputs.lastName.field.label}, or choose a ${nounOf(object)}.`,
    );
  };
