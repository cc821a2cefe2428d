import { client } from '../objects/client.ts';
import { student } from '../objects/student.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { findStudent } from '../src/student-search.ts';
import { search } from '../src/search.ts';
import { inOrder, personInputs } from './person-inputs.ts';

const inputs = {
  ...personInputs('student', 'Student'),
  // In Find or Create, the search and the action share this field, and the action creates the student for this client.
  client: recordInput(
    {
      key: 'client',
      label: 'Client',
      becomes: null,
      helpText: 'The client who pays for the student. Only the students of this client are searched.',
    },
    { list: 'client_list', search: 'find_client' },
  ),
};

export const studentSearch = search({
  key: 'find_student',
  label: 'Find Student',
  description: 'Finds a student by name, email address or client.',
  object: student,
  inputs: [inputs.client, ...inOrder(inputs)],
  find: findStudent({ student, client }, inputs),
});
