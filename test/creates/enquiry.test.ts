/** Create Enquiry against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import type { ApiRequest, ApiResponse } from '../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const NAME = { client_name: 'Zoë Marsh' };

const create = (inputData: JsonObject = {}) => act('create_enquiry', { ...NAME, ...inputData });
/** Replaces the response to requests for the description of the form. */
const answerOptions = (response: ApiResponse) => {
  tutorCruncher.now.behaviour.intercept = ({ method }: ApiRequest) => (method === 'OPTIONS' ? response : null);
};
const outputsOf = async (): Promise<{ key: string; label: string; type: string }[]> =>
  (await appTester(
    app.creates.create_enquiry?.operation.outputFields,
    { authData: { private_key: PRIVATE_KEY }, inputData: {} },
    true,
  )) as { key: string; label: string; type: string }[];

describe('create_enquiry', () => {
  it('sends the fields that are filled in, and returns them with the id of the enquiry', async () => {
    const record = await create({
      client_email: ' zoe.marsh@example.com ',
      client_phone: '07700 900321',
      student_name: 'Ella {{bundle.x}} Marsh',
      subject: '31',
      level: 6,
      tutor: '402',
      terms_and_conditions: 'yes',
    });
    expect(tutorCruncher.requests()).toEqual([
      {
        method: 'POST',
        path: '/api/enquiry/',
        body: {
          client_name: 'Zoë Marsh',
          client_email: 'zoe.marsh@example.com',
          client_phone: '07700 900321',
          service_recipient_name: 'Ella {{bundle.x}} Marsh',
          subject: 31,
          qual_level: 6,
          contractor: 402,
          terms_and_conditions: true,
        },
      },
    ]);
    expect(record).toEqual({
      id: 21001,
      enquiry_id: 21001,
      client_name: 'Zoë Marsh',
      client_email: 'zoe.marsh@example.com',
      client_phone: '07700 900321',
      student_name: 'Ella {{bundle.x}} Marsh',
      enquiry_subject_id: 31,
      enquiry_level_id: 6,
      tutor_id: 402,
      enquiry_accepts_terms: true,
      branch_name: 'Bristol Branch',
      branch_id: 4021,
    });
  });

  it('creates the client that the trigger and the search find by the email address', async () => {
    const record = await create({ client_email: 'zoe.marsh@example.com', student_name: 'Ella Marsh', subject: [] });
    expect(Object.keys(record)).toEqual(Object.keys(app.creates.create_enquiry?.operation.sample ?? {}));
    expect(record).toMatchObject({ client_phone: null, enquiry_subject_id: null });
    const [event, ...others] = await tutorCruncher.triggered('client_enquiry');
    expect(others).toEqual([]);
    const [client] = await find('find_client', { email: record.client_email });
    expect(client).toMatchObject({
      client_id: event?.client_id,
      client_name: 'Zoë Marsh',
      client_label_names: 'Enquiry',
    });
    // The response contains nothing but the id of the enquiry.
    expect(record.id).not.toBe(event?.client_id);
    expect(record).not.toHaveProperty('client_id');
  });

  it('reports an unknown outcome if the response contains no id', async () => {
    tutorCruncher.now.behaviour.intercept = () => [201, { status: 'success' }];
    expect(await failureOf(create())).toMatch(
      /^TutorCruncher sent no usable response\. The enquiry may still have been/,
    );
  });
});

describe('the custom fields of the enquiry form', () => {
  it('are inputs with their names, types and options', async () => {
    tutorCruncher.now.behaviour.requiredOnEnquiryForm = ['preferred-tutor'];
    const fields = (await fieldsOf('create_enquiry')).filter(({ group }) => group === 'custom_fields');
    expect(fields.map(({ key, label, type, required }) => [key, label, type, required ?? false])).toEqual([
      ['custom_teaching_experience', 'Teaching Experience', 'string', false],
      ['custom_date_of_birth', 'Date of Birth', 'string', false],
      ['custom_how_did_you_hear', 'How did you hear about us?', 'string', false],
      ['custom_contract_signed', 'Contract signed', 'boolean', false],
      ['custom_preferred_tutor', 'Preferred tutor', 'string', true],
    ]);
    expect(fields[4]?.choices).toEqual({ 'same-as-before': 'Same as before', 'doesnt-matter': "Doesn't matter" });
  });

  it('are sent by their names with hyphens, and are fields of the record', async () => {
    const filled = {
      custom_how_did_you_hear: 'A friend',
      custom_date_of_birth: '2012-02-03',
      custom_contract_signed: true,
      custom_preferred_tutor: "Doesn't matter",
    };
    const record = await create(filled);
    const answers = {
      'how-did-you-hear': 'A friend',
      'date-of-birth': '2012-02-03',
      'contract-signed': true,
      'preferred-tutor': 'doesnt-matter',
    };
    expect(tutorCruncher.writes()).toMatchObject([{ body: { client_name: 'Zoë Marsh', attributes: answers } }]);
    expect(record).toMatchObject(filled);
    expect(await tutorCruncher.triggered('client_enquiry')).toMatchObject([{ custom_how_did_you_hear: 'A friend' }]);
  });

  it('are output fields with the labels of the inputs, after the output fields that all enquiries have', async () => {
    const outputs = (await outputsOf()).slice(12);
    expect(outputs).toHaveLength(5);
    expect(outputs[3]).toEqual({ key: 'custom_contract_signed', label: 'Contract signed', type: 'boolean' });
    expect(outputs[4]).toEqual({ key: 'custom_preferred_tutor', label: 'Preferred tutor', type: 'string' });
  });

  it('are checked before anything is written, including required fields', async () => {
    tutorCruncher.now.behaviour.requiredOnEnquiryForm = ['preferred-tutor', 'how-did-you-hear'];
    expect(await failureOf(create({ custom_how_did_you_hear: 'A friend', custom_preferred_tutor: ' ' }))).toBe(
      'The field "Preferred tutor" of this step is empty. Fill it in.',
    );
    expect(await failureOf(create({ custom_date_of_birth: 'soon' }))).toMatch(
      /^The field "Date of Birth" of this step/,
    );
    expect(await failureOf(create({ custom_gone: 'x' }))).toMatch(
      /^The custom field "Custom Gone" does not exist, or no longer exists, in TutorCruncher\. /,
    );
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('are named if the form requires fields and the step fills in none of them', async () => {
    tutorCruncher.now.behaviour.requiredOnEnquiryForm = ['client_phone', 'terms_and_conditions', 'how-did-you-hear'];
    expect(await failureOf(create())).toBe(
      'TutorCruncher does not accept the values of these fields: Client Phone, Terms and Conditions, How Did You Hear. ' +
        'Correct them in this step. Nothing was changed.',
    );
  });

  it('do not exist if the form has none or is not described', async () => {
    for (const response of [
      [200, { actions: { POST: { attributes: { type: 'nested object' } } } }],
      [405, {}],
      [500, '<html>'],
    ] satisfies ApiResponse[]) {
      answerOptions(response);
      expect((await fieldsOf('create_enquiry')).map(({ group }) => group)).not.toContain('custom_fields');
      expect(await outputsOf()).toHaveLength(12);
    }
  });

  it('stop a run that fills them in before anything is written if the form cannot be read', async () => {
    answerOptions([500, '<html>']);
    expect(await failureOf(create({ custom_how_did_you_hear: 'x' }))).toMatch(
      /^TutorCruncher's response is incomplete: it contains no description of the enquiry form\. Try again in a few minutes\./,
    );
    expect(tutorCruncher.writes()).toEqual([]);
    expect(await create()).toMatchObject({ id: 21001 });
  });
});
