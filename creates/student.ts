import { student } from '../objects/student.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { academicYearInput } from '../src/inputs/academic-year.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { listPath } from '../src/object-record.ts';
import { createPerson, creationTexts, updateChosen, updateTexts } from '../src/person-actions.ts';
import { studentSearch } from '../searches/student.ts';
import { APPEARANCE, CHANGED_PERSON, NEW_PERSON, PERSON_GROUPS, WELCOME_EMAIL } from './person-inputs.ts';
import { UPDATE_HELP } from './update-help.ts';

/** Fields that only students have. In Find or Create, the search and the action share the client field. */
const OWN = [
  recordInput(
    { key: 'client', label: 'Client', becomes: 'paying_client', helpText: 'The client who pays for the student.' },
    { list: 'client_list', search: 'find_client' },
  ),
  amountInput({
    key: 'default_rate',
    label: 'Default Rate',
    becomes: 'default_rate',
    helpText: 'The hourly rate that is charged for the student unless a job has its own rate.',
  }),
  academicYearInput({ key: 'academic_year', label: 'Academic Year', becomes: 'academic_year' }, listPath(student)),
];

const CHOSEN = recordInput(
  { key: 'student', label: 'Student', becomes: null, required: true, helpText: UPDATE_HELP },
  { list: 'student_list', search: 'find_student' },
);

export const createStudent = objectAction({
  key: 'create_student',
  label: 'Create Student',
  description: 'Creates a student of a client. Emails them only if you choose to.',
  object: student,
  inputs: [...NEW_PERSON, ...OWN, WELCOME_EMAIL, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  search: studentSearch,
  toWrite: createPerson(student),
  ...creationTexts(student, 'Student'),
});

export const updateStudent = objectAction({
  key: 'update_student',
  label: 'Update Student',
  description: 'Updates a student. Fields left empty keep their values.',
  object: student,
  inputs: [CHOSEN, ...CHANGED_PERSON, ...OWN, ...APPEARANCE],
  groups: PERSON_GROUPS,
  hasCustomFields: true,
  chosen: CHOSEN,
  toWrite: updateChosen(student, CHOSEN),
  ...updateTexts(student),
});
