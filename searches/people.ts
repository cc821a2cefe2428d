/** The searches for many people. */

import { client } from '../objects/client.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { choicesInput, statusesOf } from '../src/inputs/choice.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import { numberInput } from '../src/inputs/number.ts';
import { textInput } from '../src/inputs/text.ts';
import { idFilters, type HiddenFilter } from '../src/search/many/hidden-filters.ts';
import { DETAILS, searchForMany } from '../src/search/many/search-for-many.ts';
import { joined } from '../src/search/many/summary.ts';
import { nounOf } from '../src/object/object-record.ts';
import { utcText } from '../src/record/local-time.ts';
import { hasAnyStatus, hasLabel, isWithin, refersTo, rowId, type Span } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import type { Search } from '../src/search/search.ts';
import type { TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { FIND_LABEL, spanInputs } from './find-inputs.ts';
import { filtersOf, isPerson, studentsOf, type PersonCriteria } from './person.ts';

const NAME = textInput('find_name', {
  becomes: null,
  helpText:
    'Finds only people with this name: a whole first name, a whole last name, or a first and last name separated by a space. ' +
    "TutorCruncher may tell spellings such as O'Neill and O’Neill apart, so the step asks for the name as typed and in one other spelling. " +
    'Is Complete is then false, because people whose names are spelled otherwise, or in other letter case, may be missing.',
});

/**
 * The input for the client whose students are found. TutorCruncher's API has no filter by client, but the client's
 * record lists the students.
 */
const FIND_CLIENT = objectInput('client', { key: 'find_client', becomes: null });

/** The input for the subject. TutorCruncher's filter takes the id of a subject. */
const SUBJECT = recordInput('find_subject', 'subject_list', {
  becomes: 'skills',
  helpText: 'Finds only tutors who have this subject among their skills.',
});
const LEVEL = recordInput('find_level', 'level_list', {
  becomes: null,
  helpText:
    'Finds only tutors who have a skill at this level: in Find Subject, if it is filled in. TutorCruncher cannot list tutors ' +
    'by level, so choose true in Details. At most 25 tutors are then compared.',
});
const ADDRESS = textInput('find_address', {
  becomes: null,
  helpText:
    'Finds only tutors within Distance in Km of this address. Write the whole address with the postcode and the country, ' +
    'because TutorCruncher looks it up on a map.',
});
const DISTANCE = numberInput(
  'find_distance',
  { min: 1, max: 1000, unit: 'kilometres' },
  {
    label: 'Distance in Km',
    becomes: null,
    helpText: 'The distance from Find Address as the crow flies, such as 10. Fill in both fields or neither.',
  },
);

/** Maximum number of spellings of a name for each reading. A name can have four or more readings. */
const SPELLINGS_PER_READING = 2;

/** Returns the criteria for each reading of a name: as a first name, as a last name, or as both names. */
function readingsOf(name: string): PersonCriteria[] {
  const words = name.trim().split(/\s+/);
  const criteria = (firstName: string | null, lastName: string | null): PersonCriteria => ({
    email: null,
    firstName,
    lastName,
    isSpecific: true,
  });
  const both = words
    .slice(1)
    .map((_, index) => criteria(words.slice(0, index + 1).join(' '), words.slice(index + 1).join(' ')));
  return [...both, criteria(null, words.join(' ')), criteria(words.join(' '), null)];
}

/** Returns the filters for the creation time. */
function createdFilters({ from, to }: Span): HiddenFilter[] {
  const filter = (criterion: string, name: string, moment: number | null, never: string): HiddenFilter[] =>
    moment === null ? [] : [{ criterion, params: { [name]: utcText(moment) }, probe: { [name]: never } }];
  return [
    ...filter('Created From', 'user__created__gte', from, '2999-01-01T00:00:00Z'),
    ...filter('Created To', 'user__created__lte', to, '1970-01-01T00:00:00Z'),
  ];
}

/**
 * Returns the distance filter.
 *
 * @throws {Error} if an input is missing, for example because the chosen job has no address
 */
function distanceFilters(run: StepRun, values: InputValues): HiddenFilter[] {
  const [address, distance] = [values.of(ADDRESS), values.of(DISTANCE)];
  if (address === null && distance === null) return [];
  if (address === null || distance === null) {
    const [empty, filled] = address === null ? [ADDRESS, DISTANCE] : [DISTANCE, ADDRESS];
    throw run.refusal(
      `"${empty.field.label}" of this step is empty, but "${filled.field.label}" is not. Fill in both.`,
    );
  }
  return [
    {
      criterion: DISTANCE.field.label,
      params: { distance_address: address, distance_radius: distance },
      // An address that is far from every tutor.
      probe: { distance_address: 'McMurdo Station, Antarctica', distance_radius: 1 },
    },
  ];
}

/** Returns true if a tutor has a skill in a subject at a level. Null matches any subject or any level. */
const hasSkill = ({ skills }: JsonObject, subject: string | null, level: string | null): boolean =>
  Array.isArray(skills) &&
  skills.filter(isJsonObject).some((skill) => refersTo(skill.subject, subject) && refersTo(skill.qual_level, level));

/** Defines a search for many people. */
function peopleSearch(key: string, object: TutorCruncherObject, description: string): Search {
  const noun = nounOf(object);
  const statusesInput = choicesInput('find_statuses', statusesOf(object), {
    becomes: null,
    helpText: `Finds only ${noun}s that have one of these statuses. Each status takes a request. Leave empty for all statuses. ${NO_EMPTY_VALUE}`,
  });
  const created = spanInputs(
    'created',
    'Created',
    `${noun}s that were created`,
    'These include people who only enquired, and people whom your office added. The records contain no other date of a sign-up. ',
  );
  return searchForMany({
    key,
    description,
    object,
    narrow: 'Fill in "Find Name" or "Find Label", or fewer days in "Created From" and "Created To".',
    criteria: [
      NAME,
      FIND_LABEL,
      ...(object.statuses ? [statusesInput] : []),
      ...created.inputs,
      ...(object === student ? [FIND_CLIENT] : []),
      ...(object === tutor ? [SUBJECT, LEVEL, ADDRESS, DISTANCE] : []),
    ],
    line: (record) => joined([record[`${object.word}_name`], record[`${object.word}_email`]]),
    criteriaIn: async (run, values) => {
      const [name, label, statuses] = [values.of(NAME), values.of(FIND_LABEL), values.of(statusesInput)];
      const [clientId, subject, level] = [values.of(FIND_CLIENT), values.of(SUBJECT), values.of(LEVEL)];
      if (level !== null && values.of(DETAILS) !== true) {
        throw run.refusal('This step can compare "Find Level" only with details. Choose true in "Details".');
      }
      const span = created.spanOf(values);
      const known = clientId === null ? null : await studentsOf(run, clientId);
      if (clientId !== null && !known) {
        throw run.refusal('TutorCruncher does not list the students of this client. Leave "Find Client" empty.');
      }
      const knownIds = known && new Set(known.map(rowId));
      const readings = name === null ? null : readingsOf(name);
      const named = readings ? readings.flatMap((reading) => filtersOf(reading, SPELLINGS_PER_READING)) : [{}];
      const statusFilter = { criterion: statusesInput.field.label, params: {}, probe: { status: 'no-such-status' } };
      return {
        known,
        mayMiss: readings !== null,
        filters: [
          ...idFilters(values, [FIND_LABEL, SUBJECT]),
          ...(statuses ? [statusFilter] : []),
          ...createdFilters(span),
          ...distanceFilters(run, values),
        ],
        alternatives: (statuses ?? [null]).flatMap((status) =>
          named.map((params) => ({ ...params, ...(status !== null && { status }) })),
        ),
        isRow: comparing(
          run,
          { first_name: name, last_name: name },
          (row) =>
            (!readings || readings.some((criteria) => isPerson(criteria, row))) &&
            (!knownIds || knownIds.has(rowId(row))),
        ),
        isMatch: comparing(
          run,
          {
            labels: label,
            status: statuses,
            date_created: span.from ?? span.to,
            paying_client: clientId,
            skills: subject ?? level,
          },
          (found) =>
            (label === null || hasLabel(found, label)) &&
            hasAnyStatus(found, statuses) &&
            isWithin(span, found, 'date_created') &&
            refersTo(found.paying_client, clientId) &&
            ((subject === null && level === null) || hasSkill(found, subject, level)),
        ),
        needsDetails: level !== null,
      };
    },
  });
}

export const clientsSearch = peopleSearch(
  'find_clients',
  client,
  'Finds up to 100 clients that meet all criteria, such as a name, label or status, the newest first, and lists them as text in the first result.',
);
export const studentsSearch = peopleSearch(
  'find_students',
  student,
  'Finds up to 100 students that meet all criteria, such as a name, label or client, the newest first, and lists them as text in the first result.',
);
export const tutorsSearch = peopleSearch(
  'find_tutors',
  tutor,
  'Finds up to 100 tutors that meet all criteria, such as a status, subject or distance, the newest first, and lists them as text in the first result.',
);
