/** The searches for people: by a chosen record, by email address, or by name. */

import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { unexpectedResponse, type Params } from '../src/api/client.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { InputValues } from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { textInput, identifierInput } from '../src/inputs/text.ts';
import { firstMatch, searchList, type ListSearch, type Match } from '../src/search/list-search.ts';
import { readChosen, readPresent } from '../src/object/object-record.ts';
import { comparable, plainSpelling } from '../src/record/spelling.ts';
import { isDeleted, refersTo, rowId, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { search, type SearchForOne } from '../src/search/search.ts';
import type { TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';

/** The input for an email address. In Find or Create, the search and the action share this input. */
const EMAIL = identifierInput('email', { becomes: null });

/** Maximum number of spellings of a person's names. Each spelling takes one request. */
const MAX_SPELLINGS = 4;

/** The input for a name to find. In Find or Create, `creates` is the action's input for the name of the new record. */
function nameInputs(key: string, label: string) {
  const helpText =
    `For searching only: the whole ${label.toLowerCase()} to find. It is used only if Email is left empty. ${NO_EMPTY_VALUE} If this field is left empty and the step can ` +
    `also create the record, it finds only people with the ${label} of that record. If several people have the name, the ` +
    'step finds the newest of them, and Matches is greater than 1. Letter case, forms of apostrophes and hyphens, and extra ' +
    `spaces do not count. TutorCruncher may compare them, so up to ${MAX_SPELLINGS} likely spellings are tried.`;
  return [textInput(`find_${key}`, { becomes: null, helpText }), textInput(key, { becomes: null })] as const;
}

const [FIRST_NAME, NEW_FIRST_NAME] = nameInputs('first_name', 'First Name');
const [LAST_NAME, NEW_LAST_NAME] = nameInputs('last_name', 'Last Name');

/** Criteria for a person: an email address, or names if there is no email address. */
export interface PersonCriteria {
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /**
   * False if there are no criteria, or if the only criterion is the name of a person to create, because a stranger
   * could have the same name.
   */
  readonly isSpecific: boolean;
}

/**
 * Returns the criteria that the inputs contain. With an email address, names are ignored. In Find or Create, the name
 * of the new record is also a criterion, so that the search finds only records with the name that the action would
 * create.
 */
async function criteriaIn(values: InputValues, run: StepRun): Promise<PersonCriteria> {
  const email = values.of(EMAIL);
  if (email !== null) return { email, firstName: null, lastName: null, isSpecific: true };
  const [firstName, lastName] = [values.of(FIRST_NAME), values.of(LAST_NAME)];
  // Read a name of the new record only if the name is a criterion. A criterion that is mapped and empty is an error,
  // but a new record can lack a first name.
  const missing = [...(firstName === null ? [NEW_FIRST_NAME] : []), ...(lastName === null ? [NEW_LAST_NAME] : [])];
  const ofNewRecord = await InputValues.read(missing, run);
  return {
    email,
    firstName: firstName ?? ofNewRecord.of(NEW_FIRST_NAME),
    lastName: lastName ?? ofNewRecord.of(NEW_LAST_NAME),
    isSpecific: firstName !== null || lastName !== null,
  };
}

/** Returns true if a person meets the criteria. The person is a row of a list, or an entry in the list of a record. */
export function isPerson({ email, firstName, lastName }: PersonCriteria, row: JsonObject): boolean {
  const has = (name: string, text: string | null) =>
    text === null || comparable(rowText(row, name)) === comparable(text);
  return has('email', email) && has('first_name', firstName) && has('last_name', lastName);
}

/**
 * Capitalizes the words of a name that are entirely in lower case or in capital letters: "ann O'NEILL" becomes "Ann
 * O'Neill".
 */
const capitalised = (name: string): string =>
  name.replace(/[\p{L}\p{M}]+/gu, (word) => {
    const [first = '', ...others] = word;
    const isPlain = word === word.toLowerCase() || word === word.toUpperCase();
    return isPlain ? first.toUpperCase() + others.join('').toLowerCase() : word;
  });

const plainName = (name: string): string => capitalised(plainSpelling(name));

/**
 * The likely spellings of a name in TutorCruncher, in the order in which the search tries them: as typed, capitalized,
 * with plain keyboard characters, with the curly apostrophe that phones insert, with decomposed accents, with
 * non-breaking hyphens and spaces, and with double spaces.
 */
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name.trim(),
  (name) => capitalised(name.trim()),
  plainName,
  (name) => plainName(name).replaceAll("'", '\u2019'),
  (name) => plainName(name).normalize('NFD'),
  (name) => plainName(name).replaceAll('-', '\u2011').replaceAll(' ', '\u00a0'),
  (name) => plainName(name).replaceAll(' ', '  '),
];

/**
 * Returns the filters for each spelling of the criteria, in the order in which the search tries them. TutorCruncher
 * does not document whether its filters ignore letter case or match similar characters. TutorCruncher stores email
 * addresses in lower case, except perhaps in older records.
 */
export function filtersOf({ email, firstName, lastName }: PersonCriteria, maxSpellings = MAX_SPELLINGS): Params[] {
  const withNames = (spelling: (name: string) => string): Params => ({
    ...(firstName !== null && { user__first_name: spelling(firstName) }),
    ...(lastName !== null && { user__last_name: spelling(lastName) }),
  });
  const filters =
    email === null ? SPELLINGS.map(withNames) : [{ user__email: comparable(email) }, { user__email: email }];
  return [...new Map(filters.map((params) => [JSON.stringify(params), params])).values()].slice(0, maxSpellings);
}

/**
 * Returns a function that compares people with the criteria. The comparison throws an error for a person who lacks a
 * compared field.
 */
const isPersonIn = (run: StepRun, criteria: PersonCriteria) =>
  comparing(run, { email: criteria.email, first_name: criteria.firstName, last_name: criteria.lastName }, (person) =>
    isPerson(criteria, person),
  );

/**
 * Returns true if the details of a listed person meet the criteria.
 *
 * @throws {Error} if the details do not meet the criteria, although the person's row met them
 */
function isConfirmed(run: StepRun, criteria: PersonCriteria, details: JsonObject): boolean {
  if (isPersonIn(run, criteria)(details)) return true;
  throw unexpectedResponse(run.z, 'person with the email address or name that TutorCruncher lists');
}

/** Searches an object's list for a person. */
async function searchPeople(
  run: StepRun,
  object: TutorCruncherObject,
  criteria: PersonCriteria,
  isMatch: ListSearch['isMatch'] = () => true,
): Promise<Match | null> {
  for (const params of filtersOf(criteria)) {
    const found = await searchList(run, object, {
      params,
      maxPages: 5,
      isRow: isPersonIn(run, criteria),
      isMatch: (found) => isConfirmed(run, criteria, found) && isMatch(found),
      narrow: 'Search by the whole email address, or choose the record in this step.',
    });
    if (found) return found;
  }
  return null;
}

/**
 * The field for the client of a student. In Find or Create, the search and the action share this field, and the action
 * creates the student for this client.
 */
const CLIENT = objectInput('client', {
  becomes: null,
  helpText: 'The client who pays for the student. Only the students of this client are searched.',
});

/**
 * Returns the students of a client from the client's details, so that the search need not read a list; null if the
 * details do not identify all students.
 */
export async function studentsOf(run: StepRun, clientId: string): Promise<JsonObject[] | null> {
  const { paid_recipients: students } = await readChosen(run, client, clientId);
  // A student who is listed only by ID cannot be compared, and a student without an ID cannot be read.
  const isListed = Array.isArray(students) && students.every(isJsonObject) && !students.map(rowId).includes(null);
  return isListed ? students.filter((each) => !isDeleted(each)) : null;
}

/** Finds a student among the students of a client. */
async function findStudentOf(run: StepRun, clientId: string, criteria: PersonCriteria): Promise<Match | null> {
  const students = await studentsOf(run, clientId);
  if (!students) {
    if (!criteria.isSpecific) {
      throw run.refusal('TutorCruncher does not list the students of this client. Fill in a name or an email.');
    }
    const isStudentOf = comparing(run, { paying_client: clientId }, (found) => refersTo(found.paying_client, clientId));
    return searchPeople(run, student, criteria, isStudentOf);
  }
  const matches = students.filter(isPersonIn(run, criteria));
  if (!criteria.isSpecific && matches.length > 1) {
    throw run.refusal(
      'This client has several students, so it is not clear which one is meant. Also fill in "Email", ' +
        '"Find First Name" or "Find Last Name".',
    );
  }
  return firstMatch(matches, async (id) => {
    const found = await readPresent(run, student, id);
    return found && isConfirmed(run, criteria, found) ? found : null;
  });
}

/** Defines a search for people. The search for students can also search the students of a client. */
function personSearch(key: string, object: TutorCruncherObject, description: string): SearchForOne {
  const label = OBJECT_NAMES[object.word];
  const hasClient = object === student;
  return search({
    key,
    description,
    object,
    inputs: [...(hasClient ? [CLIENT] : []), EMAIL, FIRST_NAME, LAST_NAME],
    hasChoice: true,
    unused: { inputs: [FIRST_NAME, LAST_NAME], ifFilled: EMAIL },
    soughtIn: async (values, run) => {
      const { email, firstName, lastName } = await criteriaIn(values, run);
      const texts = [email, firstName, lastName].map((text) => text && comparable(text));
      return { client: values.of(CLIENT), texts };
    },
    find: async (run, values) => {
      const criteria = await criteriaIn(values, run);
      const clientId = values.of(CLIENT);
      if (clientId !== null) return findStudentOf(run, clientId, criteria);
      if (criteria.isSpecific) return searchPeople(run, object, criteria);
      throw run.refusal(
        `This step has no email address and no name${hasClient ? ', and no client' : ''} to search for. Fill in "Email", ` +
          `"Find First Name", "Find Last Name"${hasClient ? ', "Client"' : ''} or "${label}".`,
      );
    },
  });
}

export const clientSearch = personSearch('find_client', client, 'Finds a client by email address or name.');
export const tutorSearch = personSearch('find_tutor', tutor, 'Finds a tutor by email address or name.');
export const studentSearch = personSearch('find_student', student, 'Finds a student by name, email address or client.');
export const affiliateSearch = personSearch(
  'find_affiliate',
  affiliate,
  'Finds an affiliate by email address or name.',
);
