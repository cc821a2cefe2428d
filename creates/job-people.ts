import { job } from '../objects/job.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { addMember, removeMember, type Members } from '../src/member-actions.ts';
import { readChosen } from '../src/object-record.ts';
import { STUDENT, TUTOR } from './member-inputs.ts';
import { permissionsInput } from './permissions-input.ts';

const CHOSEN = recordInput(
  { key: 'job', label: 'Job', becomes: null, required: true },
  { list: 'job_list', search: 'find_job' },
);

const STUDENTS: Members = { object: job, chosen: CHOSEN, person: 'recipient', field: 'rcrs', read: readChosen };
const TUTORS: Members = { object: job, chosen: CHOSEN, person: 'contractor', field: 'conjobs', read: readChosen };

export const addStudentToJob = objectAction({
  key: 'add_student_to_job',
  label: 'Add Student to Job',
  description:
    "Adds a student to a job, or changes the student's rate. Existing lessons stay as they are. Depending on the settings " +
    'of your branch, TutorCruncher may email the people on the job.',
  object: job,
  inputs: [
    CHOSEN,
    STUDENT,
    amountInput({
      key: 'charge_rate',
      label: 'Charge Rate',
      becomes: 'charge_rate',
      helpText:
        'The amount that the client is charged for this student in new lessons: per hour, or per lesson if the Charge Type ' +
        "of the job is One Off. If empty, a student who is new to the job gets the job's rate, and a " +
        'student who is already on it keeps the current rate.',
    }),
    recordInput(
      {
        key: 'affiliate',
        label: 'Affiliate',
        becomes: 'agent',
        helpText: "The affiliate who earns a commission on this student's lessons.",
      },
      { list: 'affiliate_list', search: 'find_affiliate' },
    ),
    amountInput({
      key: 'affiliate_percentage',
      label: 'Affiliate Percentage',
      becomes: 'agent_percentage',
      helpText: "The affiliate's commission in percent: a number such as 7.5.",
    }),
  ],
  toWrite: addMember(STUDENTS),
  unknownOutcome:
    'The student may still have been added. Replaying this run does no harm: a student is added to a job only once.',
});

export const addTutorToJob = objectAction({
  key: 'add_tutor_to_job',
  label: 'Add Tutor to Job',
  description:
    "Adds a tutor to a job, or changes the tutor's rate or permissions. Existing lessons stay as they are. Depending on " +
    'the settings of your branch, TutorCruncher may email the people on the job.',
  object: job,
  inputs: [
    CHOSEN,
    TUTOR,
    amountInput({
      key: 'pay_rate',
      label: 'Pay Rate',
      becomes: 'pay_rate',
      helpText:
        'The amount that the tutor is paid in new lessons: per hour, or per lesson if the Charge Type of the job is One ' +
        "Off. If empty, a tutor who is new to the job gets the job's rate, and a tutor who is " +
        'already on it keeps the current rate.',
    }),
    permissionsInput({
      key: 'permissions',
      label: 'Permissions',
      helpText:
        "The tutor's permissions for lessons of the job. If empty, a tutor who is already on the job keeps the current " +
        'permissions.',
    }),
  ],
  toWrite: addMember(TUTORS),
  unknownOutcome:
    'The tutor may still have been added. Replaying this run does no harm: a tutor is added to a job only once.',
});

export const removeStudentFromJob = objectAction({
  key: 'remove_student_from_job',
  label: 'Remove Student from Job',
  description:
    'Removes a student from a job that has no lessons with the student. Depending on the settings of your branch, ' +
    'TutorCruncher may email the people on the job.',
  object: job,
  inputs: [CHOSEN, STUDENT],
  toWrite: removeMember(STUDENTS, STUDENT),
  unknownOutcome:
    'The student may still have been removed. Replaying this run does no harm: if the student is no longer on the ' +
    'job, nothing changes.',
});

export const removeTutorFromJob = objectAction({
  key: 'remove_tutor_from_job',
  label: 'Remove Tutor from Job',
  description:
    'Removes a tutor from a job that has no lessons with the tutor. Depending on the settings of your branch, ' +
    'TutorCruncher may email the people on the job.',
  object: job,
  inputs: [CHOSEN, TUTOR],
  toWrite: removeMember(TUTORS, TUTOR),
  unknownOutcome:
    'The tutor may still have been removed. Replaying this run does no harm: if the tutor is no longer on the job, ' +
    'nothing changes.',
});
