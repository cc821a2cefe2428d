/** Create Credit Request against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createCreditRequest } from '../creates/credit-request.ts';
import { creditRequest } from '../objects/credit-request.ts';
import { UNPAID_BEHAVIOURS } from '../src/payment-requests.ts';
import type { JsonObject } from '../wire/json.ts';
import { app, appTester, PRIVATE_KEY } from './helpers.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** A client without an open credit request. */
const REQUIRED = { client: '302', amount: '90', description: 'Two lessons' };
const SENT = { client: 302, amount: '90.00', description: 'Two lessons' };

const create = (inputData: JsonObject = {}) => act('create_credit_request', { ...REQUIRED, ...inputData });
const whenCreated = createCreditRequest.inputs.find(({ field }) => field.key === 'when_created');

describe('create_credit_request', () => {
  it('creates a draft unless it should raise the credit request', async () => {
    for (const empty of [undefined, '', null, []]) {
      const record = await create({ when_created: empty });
      tutorCruncher.now.account.change('proforma-invoices', Number(record.id), { status: 'paid' });
      expect(tutorCruncher.writes().at(-1)).toEqual({
        method: 'POST',
        path: '/api/proforma-invoices/',
        body: { ...SENT, raise_behaviour: 'dont-raise' },
      });
      expect(record).toMatchObject({ credit_request_status: 'draft', credit_request_is_new: true });
    }
    expect(await tutorCruncher.triggered('credit_request_raised')).toEqual([]);
  });

  it.each([
    ['Leave as Draft', 'dont-raise', 'draft'],
    ['Raise', 'raise-no-autopayment', 'unpaid'],
    ['raise-no-autopayment', 'raise-no-autopayment', 'unpaid'],
    ['raise and email', 'raise-and-send-no-autopayment', 'unpaid'],
  ])('with %s sends %s', async (choice, raise_behaviour, status) => {
    const record = await create({ when_created: choice });
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([{ ...SENT, raise_behaviour }]);
    expect(record).toMatchObject({
      credit_request_amount: 90,
      credit_request_status: status,
      credit_request_is_new: true,
      client_name: 'Marcus Adeyemi',
    });
  });

  it('returns the fields of the triggers, which the webhook of a raised credit request also has', async () => {
    const record = await create({ when_created: 'Raise', amount: 0.5, description: 'For {{bundle.x}}' });
    expect(tutorCruncher.writes()[0]?.body).toMatchObject({ amount: '0.50', description: 'For {{bundle.x}}' });
    expect(Object.keys(record)).toEqual([...Object.keys(creditRequest.ownSample), 'credit_request_is_new']);
    const [event, ...others] = await tutorCruncher.triggered('credit_request_raised');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ credit_request_id: record.id, credit_request_amount: 0.5, client_id: 302 });
    expect(event).not.toHaveProperty('credit_request_is_new');
  });

  it('describes the additional field in sample and output fields', async () => {
    const { sample, outputFields } = app.creates.create_credit_request?.operation ?? {};
    expect(sample).toMatchObject({ credit_request_is_new: true });
    const fields = await appTester(outputFields, { authData: { private_key: PRIVATE_KEY }, inputData: {} });
    expect(fields).toContainEqual({
      key: 'credit_request_is_new',
      label: 'Credit Request Is New',
      type: 'boolean',
    });
  });

  it.each([{ created: null }, { created: undefined }])('accepts a response with %j', async (flag) => {
    tutorCruncher.now.behaviour.intercept = () => [200, { id: 40, amount: '90.00', ...flag }];
    expect(await create()).toMatchObject({ id: 40, credit_request_is_new: flag.created === null ? false : null });
  });

  it('reads the credit request if the response contains no id', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'POST' ? [200, { url: `${tutorCruncher.now.origin}/api/proforma-invoices/30/`, created: true }] : null;
    expect(await create()).toMatchObject({ id: 30, credit_request_display_id: 'PFI-30', credit_request_is_new: true });
  });
});

describe('a credit request that joins an open draft', () => {
  it('is not raised, regardless of the choice, and the record shows this', async () => {
    const { id, credit_request_is_new } = await create();
    const joined = await create({ when_created: 'Raise and Email', amount: '10' });
    expect(credit_request_is_new).toBe(true);
    expect(joined).toMatchObject({
      id,
      credit_request_is_new: false,
      credit_request_status: 'draft',
      credit_request_amount: 100,
    });
    expect(joined).not.toHaveProperty('credit_request_created');
    expect(app.creates.create_credit_request?.display.description).toMatch(
      /nothing is raised: Credit Request Is New is then false/,
    );
  });
});

describe('a credit request that charges a card', () => {
  it('is not among the choices', () => {
    expect(Object.keys(whenCreated?.field.choices ?? {})).toEqual(UNPAID_BEHAVIOURS);
  });

  it('is never sent, regardless of the content of the field', () => {
    const context = { z: { errors: { Error } }, bundle: {} } as never;
    const behaviours = ['raise', 'raise-and-send', 'RAISE', ' raise ', 'Raise_And_Send', 'true', 'dont-raise'];
    const texts = fc.string().filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...behaviours), texts), (value) => {
        try {
          expect(UNPAID_BEHAVIOURS).toContain(whenCreated?.convert(value, context));
        } catch (error) {
          expect(String(error)).toContain('must contain one of these');
        }
      }),
    );
  });
});
