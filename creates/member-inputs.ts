/** Inputs for the person that an action adds, changes or removes. */

import { recordInput } from '../src/inputs/record-id.ts';

export const STUDENT = recordInput(
  { key: 'student', label: 'Student', becomes: 'recipient', required: true },
  { list: 'student_list', search: 'find_student' },
);
export const TUTOR = recordInput(
  { key: 'tutor', label: 'Tutor', becomes: 'contractor', required: true },
  { list: 'tutor_list', search: 'find_tutor' },
);
