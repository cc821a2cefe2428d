import { job } from '../objects/job.ts';
import { isJsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { objectAction } from '../src/action/action.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { mappedRecordInput } from '../src/inputs/record-input.ts';
import { amountInput } from '../src/inputs/number.ts';
import { longTextInput, textInput } from '../src/inputs/text.ts';
import { yesOrNoInput } from '../src/inputs/yes-or-no.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import { jobSearch } from '../searches/job.ts';
import { peopleInput, permissionsInput, STUDENT, TUTOR } from './participants.ts';
import { loopHelp, updateAction } from './update.ts';

/**
 * Returns the fields that TutorCruncher requires for every job. If a field is left empty, an update keeps the current
 * value.
 */
const requiredInputs = (required: boolean) => [
  textInput('name', {
    ifMappedEmpty: 'omit',
    ...(required && { required, helpText: loopHelp('New Job', 'creating a job') }),
  }),
  amountInput('charge_rate', {
    becomes: 'dft_charge_rate',
    ifMappedEmpty: 'fail',
    helpText:
      'The amount that clients are charged per hour, or per lesson if Charge Type is One Off or One Off Split. With Hourly ' +
      'Split and One Off Split, the amount is divided among the students of a lesson.',
    ...(required && { required }),
  }),
  amountInput('pay_rate', {
    becomes: 'dft_contractor_rate',
    ifMappedEmpty: 'fail',
    helpText: 'The amount that tutors are paid per hour, or per lesson if Charge Type is One Off or One Off Split.',
    ...(required && { required }),
  }),
];
const STATUS = choiceInput('status', statusesOf(job), {
  ifMappedEmpty: 'fail',
  helpText: 'TutorCruncher can show jobs with the status Available to all tutors, who can then apply for them.',
});
const DESCRIPTION = longTextInput('description', { ifMappedEmpty: 'omit' });
const COLOUR = textInput('colour', {
  ifMappedEmpty: 'omit',
  helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.',
});

/** The labels of a job's charge types, by TutorCruncher's value. */
export const CHARGE_TYPES = {
  hourly: 'Hourly',
  'one-off': 'One Off',
  'hourly-split': 'Hourly Split',
  'one-off-split': 'One Off Split',
};
const AUTOMATIC_INVOICING = yesOrNoInput('automatic_invoicing', {
  becomes: 'auto_invoice',
  ifMappedEmpty: 'fail',
  helpText:
    'Whether TutorCruncher invoices the lessons of the job by itself. Leave empty for the default of your branch, which may ' +
    `be Yes. ${NO_EMPTY_VALUE}`,
});

// The API does not list administrators or locations, so these inputs have no dropdowns.
const MANAGER = mappedRecordInput('manager', {
  becomes: 'service_manager',
  ifMappedEmpty: 'fail',
  helpText:
    'The administrator who manages the job. TutorCruncher does not list its administrators, so map the ID of an ' +
    'administrator from an earlier step, such as Client Manager ID.',
});
const LOCATION = mappedRecordInput('location', {
  label: 'Default Location',
  becomes: 'dft_location',
  ifMappedEmpty: 'omit',
  helpText:
    'The location that TutorCruncher suggests for lessons of the job. TutorCruncher does not list its locations, so map the ID of a location from an ' +
    'earlier step, such as Job Default Location ID of another job.',
});

const createJob = objectAction({
  key: 'create_job',
  label: 'Create Job',
  description:
    'Creates a job. This step alone does not charge anyone. If automatic invoicing is on, TutorCruncher later invoices the ' +
    'lessons of the job by itself; choose Yes or No in Automatic Invoicing, or leave it empty for the default of your ' +
    'branch. Depending on the settings of your branch, TutorCruncher may email the people on the job. Each run creates ' +
    'another job.',
  object: job,
  search: jobSearch,
  inputs: [
    ...requiredInputs(true),
    choiceInput('charge_type', CHARGE_TYPES, {
      becomes: 'dft_charge_type',
      ifMappedEmpty: 'fail',
      helpText:
        'Whether the rates are per hour or per lesson (One Off), and whether each student is charged the whole Charge Rate ' +
        `or the students of a lesson share it (Split). Leave empty for Hourly. ${NO_EMPTY_VALUE}`,
    }),
    STATUS,
    DESCRIPTION,
    peopleInput(
      STUDENT,
      'job',
      'The students of the job. Each is charged its Charge Rate, or a share of it if Charge Type is Hourly Split or One Off ' +
        'Split. Student Charge Rate in the result is empty, because it is only the rate that Add Student to Job gives to one student.',
    ),
    peopleInput(
      TUTOR,
      'job',
      'The tutors of the job, who are paid its Pay Rate. Tutor Pay Rate in the result is empty, because it is only the rate ' +
        'that Add Tutor to Job gives to one tutor.',
    ),
    permissionsInput('tutor_permissions', 'The permissions of these tutors for lessons of the job.'),
    AUTOMATIC_INVOICING,
    COLOUR,
    MANAGER,
    LOCATION,
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
  unknownOutcome: {
    advice: 'The job may still have been created. Look for a job with this name in TutorCruncher.',
    replay: 'may create it again',
  },
});

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)));

const updateJob = updateAction({
  key: 'update_job',
  description:
    'Updates a job. Fields left empty keep their values, and people who have a rate of their own on the job keep it: to change what they ' +
    'are charged or paid in new lessons, use Add Student to Job or Add Tutor to Job.',
  object: job,
  inputs: [...requiredInputs(false), STATUS, DESCRIPTION, COLOUR, MANAGER, LOCATION],
  hasCustomFields: true,
  toPut: async (id, _values, body, run) => {
    // Only the required fields are copied, because TutorCruncher returns some other fields in a form that it does not
    // accept.
    const { name, dft_charge_rate, dft_contractor_rate } = await readChosen(run, job, id);
    if (typeof name !== 'string' || name === '' || ![dft_charge_rate, dft_contractor_rate].every(isAmount)) {
      throw unexpectedResponse(run.z, 'name and rates of the job');
    }
    return { body: { name, dft_charge_rate, dft_contractor_rate, ...body } };
  },
});

export const jobActions = [createJob, updateJob];
