import { client } from '../objects/client.ts';
import { student } from '../objects/student.ts';
import { isJsonObject } from '../wire/json.ts';
import { objectInput } from '../src/inputs/record-id.ts';
import { firstMatch, refersTo, type Match } from '../src/list-search.ts';
import { readChosen, readObject } from '../src/object-record.ts';
import type { Run } from '../src/run.ts';
import { isPerson, personSearch, searchPeople, type PersonCriteria } from './person.ts';

/** Finds a student of a client. A client's details include the client's students, so no list needs to be searched. */
async function findStudentOf(run: Run, clientId: string, criteria: PersonCriteria): Promise<Match | null> {
  const { paid_recipients: students } = await readChosen(run, client, clientId);
  if (!Array.isArray(students)) {
    if (!criteria.isSpecific) {
      throw run.refusal('TutorCruncher does not list the students of this client. Fill in a name or an email.');
    }
    return searchPeople(run, student, criteria, (found) => refersTo(found.paying_client, clientId));
  }
  const matches = students.filter(isJsonObject).filter((row) => isPerson(criteria, row));
  if (!criteria.isSpecific && matches.length > 1) {
    throw run.refusal(
      'This client has several students, so it is not clear which one is meant. Also fill in Email, Find ' +
        'First Name or Find Last Name.',
    );
  }
  return firstMatch(matches, (id) => readObject(run, student, id));
}

export const studentSearch = personSearch({
  key: 'find_student',
  description: 'Finds a student by name, email address or client.',
  object: student,
  ofClient: {
    // In Find or Create, the search and the action share this field, and the action creates the student for this client.
    input: objectInput('client', {
      becomes: null,
      helpText: 'The client who pays for the student. Only the students of this client are searched.',
    }),
    find: findStudentOf,
  },
});
