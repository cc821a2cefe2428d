/** Search for students: by a chosen record, or by email address or name, among all students or a client's students. */

import { isJsonObject } from '../wire/json.ts';
import type { Input } from './inputs/input.ts';
import { chosenMatch, firstMatch, refersTo, type Match } from './list-search.ts';
import { readChosen, readObject } from './object-record.ts';
import { isPerson, personCriteria, searchPeople, type PersonCriteria, type PersonInputs } from './person-search.ts';
import type { Run } from './run.ts';
import type { Find } from './search.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The inputs for finding students. */
export interface StudentInputs extends PersonInputs {
  readonly client: Input<string>;
}

/** The objects that the search reads. */
interface Objects {
  readonly student: TutorCruncherObject;
  readonly client: TutorCruncherObject;
}

/** Finds a student of a client. A client's details include the client's students, so no list needs to be searched. */
async function findStudentOf(
  run: Run,
  objects: Objects,
  clientId: string,
  criteria: PersonCriteria,
): Promise<Match | null> {
  const { paid_recipients: students } = await readChosen(run, objects.client, clientId);
  if (!Array.isArray(students)) {
    if (!criteria.isSpecific)
      throw run.refusal('TutorCruncher does not list the students of this client. Fill in a name or an email.');
    return searchPeople(run, objects.student, criteria, (found) => refersTo(found.paying_client, clientId));
  }
  const matches = students.filter(isJsonObject).filter((row) => isPerson(criteria, row));
  if (!criteria.isSpecific && matches.length > 1) {
    throw run.refusal(
      'This client has several students, so it is not clear which one is meant. Also fill in Email, Find ' +
        'First Name or Find Last Name.',
    );
  }
  return firstMatch(matches, (id) => readObject(run, objects.student, id));
}

/** Returns the function that finds a student. */
export const findStudent =
  (objects: Objects, inputs: StudentInputs): Find =>
  async (run, values) => {
    const chosen = values.of(inputs.chosen);
    if (chosen !== null) return chosenMatch(run, objects.student, chosen);
    const client = values.of(inputs.client);
    const criteria = personCriteria(values, inputs);
    if (client !== null) return findStudentOf(run, objects, client, criteria);
    if (criteria.isSpecific) return searchPeople(run, objects.student, criteria);
    throw run.refusal(
      'This step has no email address, no name and no client to search for. Fill in Email, Find First Name, Find Last ' +
        'Name or Client, or choose a student.',
    );
  };
