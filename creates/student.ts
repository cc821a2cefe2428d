import { student } from '../objects/student.ts';
import { academicYearInput } from '../src/inputs/academic-year.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { named } from '../src/inputs/input.ts';
import { objectInput } from '../src/inputs/record-id.ts';
import { listPath } from '../src/object-record.ts';
import { studentSearch } from '../searches/student.ts';
import { personActions } from './person.ts';

export const { create: createStudent, update: updateStudent } = personActions({
  object: student,
  createKey: 'create_student',
  updateKey: 'update_student',
  noun: 'a student',
  newNoun: 'a student of a client',
  search: studentSearch,
  own: [
    // In Find or Create, the search and the action share this field.
    objectInput('client', { becomes: 'paying_client', helpText: 'The client who pays for the student.' }),
    amountInput(
      named('default_rate', {
        helpText: 'The hourly rate that is charged for the student unless a job has its own rate.',
      }),
    ),
    academicYearInput(named('academic_year'), listPath(student)),
  ],
});
