/**
 * The action that creates an enquiry. TutorCruncher's response contains only the id of the enquiry, and the API has no
 * endpoint for reading enquiries. The record therefore consists of this id and the values that were sent.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { toScalar, type JsonObject, type Scalar } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { OutcomeMarker } from '../src/action/unknown-outcome.ts';
import { write } from '../src/action/write.ts';
import { action, labelsOf } from '../src/action/action.ts';
import {
  customFieldFields,
  describedFields,
  filledCustomFields,
  type CustomFieldSource,
} from '../src/inputs/custom-field-inputs.ts';
import { InputValues, type ActionInput, type Input, type InputField } from '../src/inputs/input.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import { textInput, wordInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { branchFields, type RecordBranch } from '../src/record/branch-fields.ts';
import { outputFieldsOf } from '../src/record/output-fields.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { rowId } from '../src/api/rows.ts';
import { SAMPLE_BRANCH } from '../src/object/samples.ts';
import { localeIn } from '../src/inputs/run-time-zone.ts';

/** The inputs with sample values, keyed by the value's key in the record. */
const FIELDS: Readonly<Record<string, readonly [input: ActionInput, example: Scalar]>> = {
  client_name: [
    textInput('client_name', { required: true, helpText: 'First name and last name of the person who enquires.' }),
    'Priya Raman',
  ],
  client_email: [
    wordInput('client_email', {
      ifMappedEmpty: 'omit',
      helpText: 'With an email address, Find Client can find the client of the enquiry in a later step.',
    }),
    'priya.raman@example.com',
  ],
  client_phone: [textInput('client_phone', { ifMappedEmpty: 'omit' }), '07700 900456'],
  student_name: [
    textInput('student_name', {
      becomes: 'service_recipient_name',
      ifMappedEmpty: 'omit',
      helpText: 'First name and last name of the person who will have the lessons.',
    }),
    'Leo Raman',
  ],
  enquiry_subject_id: [recordInput('subject', 'subject_list', { ifMappedEmpty: 'omit' }), 31],
  enquiry_level_id: [recordInput('level', 'level_list', { becomes: 'qual_level', ifMappedEmpty: 'omit' }), 6],
  tutor_id: [
    objectInput('tutor', {
      becomes: 'contractor',
      ifMappedEmpty: 'fail',
      helpText: 'The tutor whom the enquiry is about, if any.',
    }),
    402,
  ],
  enquiry_accepts_terms: [
    booleanInput('terms_and_conditions', {
      label: 'Terms and Conditions',
      ifMappedEmpty: 'omit',
      helpText: 'True if the client has accepted your terms and conditions, which your enquiry form may require.',
    }),
    true,
  ],
};

const KEY = 'create_enquiry';
const PATH = 'enquiry/';

/** The custom fields of the branch's enquiry form, from TutorCruncher's response to OPTIONS. */
const ENQUIRY_FORM: CustomFieldSource = {
  name: 'enquiry',
  read: async (run) => {
    const metadata = await run.readMetadata(PATH, true);
    if (metadata === null) throw unexpectedResponse(run.z, 'description of the enquiry form');
    return { entries: describedFields(metadata.attributes) ?? [], isComplete: true };
  },
};

/**
 * Returns an input's value in the form that the record contains. A choice becomes the text of the option instead of the
 * slug.
 */
function recordValue({ field, becomes }: Input, sent: JsonObject): Scalar {
  const value = toScalar(sent[String(becomes)]);
  return field.choices?.[String(value)] ?? value;
}

/** Returns a record with a value for each field. */
const recordWith = (
  id: number,
  branch: RecordBranch,
  valueOf: (field: readonly [Input, Scalar]) => Scalar,
): FlatRecord => ({
  id,
  enquiry_id: id,
  ...Object.fromEntries(Object.entries(FIELDS).map(([key, field]) => [key, valueOf(field)])),
  ...branchFields(branch),
});

const inputs = Object.values(FIELDS).map(([input]) => input);
const sample = recordWith(21001, SAMPLE_BRANCH, ([, example]) => example);
// A function computes the fields, because they are not needed when the app is imported.
const ownFields = () => outputFieldsOf(sample, 'Record ID');
const unknownOutcome = {
  advice: 'The enquiry may still have been created. Look for a client with this name in TutorCruncher.',
  replay: 'may create it again',
};

const customFields = (z: ZObject, bundle: Bundle): Promise<InputField[]> => customFieldFields(z, bundle, ENQUIRY_FORM);

export const createEnquiry = action({
  key: KEY,
  label: 'Create Enquiry',
  noun: 'Enquiry',
  description:
    'Creates an enquiry with its client and student, as the form on your website does. The result has no Client ID: use ' +
    'Find Client with the email address in a later step. Depending on the settings of your branch, ' +
    'TutorCruncher may send emails about it. Each run creates another enquiry.',
  inputs,
  customFields: ENQUIRY_FORM,
  isExclusive: true,
  perform: async (run) => {
    const marker = new OutcomeMarker(run, KEY);
    const values = await InputValues.read(inputs, run);
    const { branch } = await localeIn(run);
    const custom = await filledCustomFields(run, ENQUIRY_FORM);
    const sent = values.body();
    const body: JsonObject = { ...sent, ...(custom.inputs.length > 0 && { attributes: custom.values }) };
    const labels = labelsOf([...inputs, ...custom.inputs]);
    const response = await write(run, { method: 'POST', path: PATH, body }, { unknownOutcome, labels }, marker);
    return {
      ...recordWith(Number(rowId(response)), branch, ([input]) => recordValue(input, sent)),
      ...Object.fromEntries(custom.inputs.map((input) => [input.field.key, recordValue(input, custom.values)])),
    };
  },
  sample: () => sample,
  ownFields,
  outputFields: [
    () => Promise.resolve(ownFields()),
    async (z, bundle) =>
      (await customFields(z, bundle)).map(({ key, label, type }) => ({
        key,
        label,
        type: type === 'boolean' ? 'boolean' : 'string',
      })),
  ],
});
