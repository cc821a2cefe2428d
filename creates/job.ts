import { job } from '../objects/job.ts';
import { isJsonObject } from '../wire/json.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { recordsInput } from '../src/inputs/record-id.ts';
import { textInput } from '../src/inputs/text.ts';
import { listPath } from '../src/object-record.ts';
import { permissionsInput } from './permissions-input.ts';

export const createJob = objectAction({
  key: 'create_job',
  label: 'Create Job',
  description:
    'Creates a job, which charges nobody by itself. TutorCruncher may email the people of the job, as your branch is set ' +
    'up to. Each run creates another job.',
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
      { list: 'student_list', search: 'find_student' },
      (recipient) => ({ recipient }),
    ),
    recordsInput(
      {
        key: 'tutors',
        label: 'Tutors',
        becomes: 'conjobs',
        helpText: 'The tutors of the job, who are paid its Pay Rate.',
      },
      { list: 'tutor_list', search: 'find_tutor' },
      (contractor) => ({ contractor }),
    ),
    permissionsInput({
      key: 'tutor_permissions',
      label: 'Tutor Permissions',
      helpText: 'The rights of the tutors in Tutors to the lessons of the job.',
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
