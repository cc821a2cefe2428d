/**
 * Factory of the action that creates an enquiry. TutorCruncher responds with only the id of the enquiry, and enquiries
 * cannot be read through its API. The record therefore consists of that id and the values that were sent.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { toScalar, type JsonObject, type Scalar } from '../wire/json.ts';
import { unexpectedResponse } from './api/client.ts';
import { rowId } from './api/records.ts';
import { write } from './api/write.ts';
import { actionDefinition, labelsOf, type Action, type ActionText } from './create.ts';
import {
  CUSTOM_FIELDS_GROUP,
  customFieldFields,
  describedFields,
  filledCustomFields,
  type CustomFieldSource,
} from './custom-field-inputs.ts';
import { InputValues, type Input, type InputField } from './inputs/input.ts';
import { once } from './once.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';

/** A field of an enquiry. */
export interface EnquiryField {
  readonly input: Input;
  /** Key of its value in the record. */
  readonly recordKey: string;
  /** Value in the sample. */
  readonly example: Scalar;
}

/** The action, as written in `creates/`. */
export interface EnquiryAction extends Omit<ActionText, 'inputs'> {
  readonly fields: readonly EnquiryField[];
}

const PATH = 'enquiry/';

/** The custom fields of the branch's enquiry form, from TutorCruncher's response to OPTIONS. */
const ENQUIRY_FORM: CustomFieldSource = {
  name: 'enquiry',
  read: async (run) => {
    const metadata = await run.readMetadata(PATH, true);
    if (metadata === null) throw unexpectedResponse(run.z, 'description of the enquiry form');
    return { entries: describedFields(metadata, 'attributes') ?? [], isComplete: true };
  },
};

/** Returns the output field of a custom field. */
const outputOf = ({ key, label, type }: InputField): OutputField => ({
  key,
  label,
  type: type === 'boolean' ? 'boolean' : 'string',
});

/** Returns the value of an input in the record: the text of an option instead of its slug, as in other records. */
function recordValue({ field, becomes }: Input, sent: JsonObject): Scalar {
  const value = toScalar(sent[String(becomes)]);
  return field.choices?.[String(value)] ?? value;
}

/** Defines the action. */
export function enquiryAction({ fields, ...text }: EnquiryAction): Action {
  const inputs = fields.map(({ input }) => input);
  const example = 21001;
  const sample: FlatRecord = {
    id: example,
    enquiry_id: example,
    ...Object.fromEntries(fields.map((field) => [field.recordKey, field.example])),
  };
  const ownFields = once(() => outputFieldsOf(sample, 'Record ID'));

  const perform = async (z: ZObject, bundle: Bundle): Promise<FlatRecord> => {
    const run = Run.ofAction(z, bundle);
    const values = await InputValues.read(inputs, run);
    const custom = await filledCustomFields(run, ENQUIRY_FORM);
    const sent = values.body();
    const body: JsonObject = { ...sent, ...(custom.inputs.length > 0 && { attributes: custom.values }) };
    const response = await write(
      run,
      { method: 'POST', path: PATH, body },
      { ...text, labels: labelsOf([...inputs, ...custom.inputs]) },
    );
    const id = rowId(response);
    const enquiryId = id === null ? null : Number(id);
    return {
      id: enquiryId,
      enquiry_id: enquiryId,
      ...Object.fromEntries(fields.map(({ input, recordKey }) => [recordKey, recordValue(input, sent)])),
      ...Object.fromEntries(custom.inputs.map((input) => [input.field.key, recordValue(input, custom.values)])),
    };
  };

  const customFields = (z: ZObject, bundle: Bundle): Promise<InputField[]> =>
    customFieldFields(z, bundle, ENQUIRY_FORM);
  return {
    object: null,
    inputs,
    ownFields,
    definition: actionDefinition(
      { ...text, inputs, groups: [CUSTOM_FIELDS_GROUP] },
      {
        noun: 'Enquiry',
        perform,
        fieldFunctions: [customFields],
        sample,
        outputFields: [
          () => Promise.resolve([...ownFields()]),
          async (z, bundle) => (await customFields(z, bundle)).map(outputOf),
        ],
      },
    ),
  };
}
