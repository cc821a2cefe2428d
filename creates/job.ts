import { job } from '../objects/job.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { named } from '../src/inputs/input.ts';
import { textInput } from '../src/inputs/text.ts';
import { rowText } from '../src/list-search.ts';
import { listPath, readChosen } from '../src/object-record.ts';
import type { Run } from '../src/run.ts';
import { jobSearch } from '../searches/job.ts';
import { peopleInput, permissionsInput, STUDENT, TUTOR } from './people.ts';
import { chosenToUpdate, loopHelp, refuseNothing, unknownUpdate } from './update.ts';

/**
 * Returns the fields that TutorCruncher requires for every job. An update keeps the current value of an empty field.
 */
const requiredInputs = (required: boolean) => [
  textInput(named('name', { ...(required && { required, helpText: loopHelp('New Job', 'creating a job') }) })),
  amountInput(
    named('charge_rate', {
      becomes: 'dft_charge_rate',
      helpText: 'The amount that clients are charged per hour, or per lesson if Charge Type is One Off.',
      ...(required && { required }),
    }),
  ),
  amountInput(
    named('pay_rate', {
      becomes: 'dft_contractor_rate',
      helpText: 'The amount that tutors are paid per hour, or per lesson if Charge Type is One Off.',
      ...(required && { required }),
    }),
  ),
];
const STATUS = choiceInput(
  named('status', {
    helpText: 'TutorCruncher can show jobs with the status Available to all tutors, who can then apply for them.',
  }),
  statusesOf(job),
);
const DESCRIPTION = textInput(named('description'), 'text');
const COLOUR = textInput(
  named('colour', { helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.' }),
);

export const createJob = objectAction({
  key: 'create_job',
  label: 'Create Job',
  description:
    'Creates a job. This step alone does not charge anyone. Depending on the settings of your branch, ' +
    'TutorCruncher may email the people on the job. Each run creates another job.',
  object: job,
  search: jobSearch,
  inputs: [
    ...requiredInputs(true),
    choiceInput(
      named('charge_type', {
        becomes: 'dft_charge_type',
        helpText: 'Whether the rates are per hour or per lesson. Leave empty for Hourly.',
      }),
      { hourly: 'Hourly', 'one-off': 'One Off' },
    ),
    STATUS,
    DESCRIPTION,
    peopleInput(STUDENT, 'job', 'The students of the job, who are charged at its Charge Rate.'),
    peopleInput(TUTOR, 'job', 'The tutors of the job, who are paid its Pay Rate.'),
    permissionsInput({
      key: 'tutor_permissions',
      label: 'Tutor Permissions',
      helpText: 'The permissions of these tutors for lessons of the job.',
    }),
    COLOUR,
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
    'The job may still have been created. Look for a job with this name in TutorCruncher before you replay this ' +
    'run, because a replay may create it again.',
});

const CHOSEN = chosenToUpdate('job');

const isAmount = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)));

/**
 * Returns the current values of the fields that every update must send.
 *
 * @throws {Error} if the job lacks one of them
 */
function requiredFieldsOf(run: Run, found: JsonObject): JsonObject {
  const { name, dft_charge_rate, dft_contractor_rate } = found;
  if (rowText(found, 'name') === '' || ![dft_charge_rate, dft_contractor_rate].every(isAmount)) {
    throw unexpectedResponse(run.z, 'name and rates of the job');
  }
  return { name, dft_charge_rate, dft_contractor_rate };
}

export const updateJob = objectAction({
  key: 'update_job',
  label: 'Update Job',
  description: 'Updates a job. Fields left empty keep their values, and the people on the job stay as they are.',
  object: job,
  inputs: [CHOSEN, ...requiredInputs(false), STATUS, DESCRIPTION, COLOUR],
  hasCustomFields: true,
  chosen: CHOSEN,
  toWrite: async (values, body, run) => {
    const id = values.required(CHOSEN);
    refuseNothing(body, run);
    // Copy only the required fields, because TutorCruncher returns some others in a form that it does not accept.
    const required = requiredFieldsOf(run, await readChosen(run, job, id));
    return { method: 'PUT', path: `${listPath(job)}${id}/`, body: { ...required, ...body } };
  },
  unknownOutcome: unknownUpdate(job),
});
