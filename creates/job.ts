import { job } from '../objects/job.ts';
import { isJsonObject } from '../wire/json.ts';
import { objectAction, type ObjectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { recordInput, recordsInput } from '../src/inputs/record-id.ts';
import { textInput } from '../src/inputs/text.ts';
import { listPath } from '../src/object-record.ts';
import { permissionsInput } from './permissions-input.ts';

const STUDENTS = { list: 'student_list', search: 'find_student' };
const TUTORS = { list: 'tutor_list', search: 'find_tutor' };

export const createJob = objectAction({
  key: 'create_job',
  label: 'Create Job',
  description:
    'Creates a job, which charges nobody by itself. Depending on the settings of your branch, ' +
    'TutorCruncher may email the people on the job. Each run creates another job.',
  object: job,
  inputs: [
    textInput({ key: 'name', label: 'Name', becomes: 'name', required: true }),
    amountInput({
      key: 'charge_rate',
      label: 'Charge Rate',
      becomes: 'dft_charge_rate',
      required: true,
      helpText: 'The amount that clients are charged per hour, or per lesson if Charge Type is One Off.',
    }),
    amountInput({
      key: 'pay_rate',
      label: 'Pay Rate',
      becomes: 'dft_contractor_rate',
      required: true,
      helpText: 'The amount that tutors are paid per hour, or per lesson if Charge Type is One Off.',
    }),
    choiceInput(
      {
        key: 'charge_type',
        label: 'Charge Type',
        becomes: 'dft_charge_type',
        helpText: 'Whether the rates are per hour or per lesson. Leave empty for Hourly.',
      },
      { hourly: 'Hourly', 'one-off': 'One Off' },
    ),
    choiceInput(
      {
        key: 'status',
        label: 'Status',
        becomes: 'status',
        helpText: 'TutorCruncher can show jobs with the status Available to all tutors, who can then apply for them.',
      },
      statusesOf(job),
    ),
    textInput({ key: 'description', label: 'Description', becomes: 'description' }, 'text'),
    recordsInput(
      {
        key: 'students',
        label: 'Students',
        becomes: 'rcrs',
        helpText: 'The students of the job, who are charged at its Charge Rate.',
      },
      STUDENTS,
      (recipient) => ({ recipient }),
    ),
    recordsInput(
      {
        key: 'tutors',
        label: 'Tutors',
        becomes: 'conjobs',
        helpText: 'The tutors of the job, who are paid its Pay Rate.',
      },
      TUTORS,
      (contractor) => ({ contractor }),
    ),
    permissionsInput({
      key: 'tutor_permissions',
      label: 'Tutor Permissions',
      helpText: 'The rights that these tutors have on lessons of the job.',
    }),
    textInput({
      key: 'colour',
      label: 'Colour',
      becomes: 'colour',
      helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.',
    }),
  ],
  hasCustomFields: true,
  toWrite: (_values, { contractor_permissions, ...body }) => {
    const tutors = Array.isArray(body.conjobs) ? body.conjobs.filter(isJsonObject) : [];
    const conjobs = tutors.map((tutor) => ({ ...tutor, contractor_permissions }));
    return {
      method: 'POST',
      path: listPath(job),
      body: contractor_permissions === undefined || conjobs.length === 0 ? body : { ...body, conjobs },
    };
  },
  unknownOutcome:
    'The job may have been created all the same. Look for a job with this name in TutorCruncher before you replay this ' +
    'run, because a replay may create it again.',
});

const CHOSEN = recordInput(
  { key: 'job', label: 'Job', becomes: null, required: true },
  { list: 'job_list', search: 'find_job' },
);

/**
 * Returns the write that adds a person to the chosen job, or changes the person's entry.
 *
 * @param person - the kind of person, as TutorCruncher's API names it in paths
 */
const addPerson =
  (person: 'recipient' | 'contractor'): ObjectAction['toWrite'] =>
  (values, body) => ({ method: 'POST', path: `${listPath(job)}${values.required(CHOSEN)}/${person}/add/`, body });

export const addStudentToJob = objectAction({
  key: 'add_student_to_job',
  label: 'Add Student to Job',
  description:
    "Adds a student to a job, or changes the student's rate. Existing lessons stay as they are. Depending on the settings " +
    'of your branch, TutorCruncher may email the people on the job.',
  object: job,
  inputs: [
    CHOSEN,
    recordInput({ key: 'student', label: 'Student', becomes: 'recipient', required: true }, STUDENTS),
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
  toWrite: addPerson('recipient'),
  unknownOutcome:
    'The student may have been added all the same. Replaying this run does no harm: a student is added to a job only once.',
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
    recordInput({ key: 'tutor', label: 'Tutor', becomes: 'contractor', required: true }, TUTORS),
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
        'The rights that the tutor has on lessons of the job. If empty, a tutor who is already on the job keeps the ' +
        'current rights.',
    }),
  ],
  toWrite: addPerson('contractor'),
  unknownOutcome:
    'The tutor may have been added all the same. Replaying this run does no harm: a tutor is added to a job only once.',
});
