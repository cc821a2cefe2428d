/** Create Credit Request against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { createCreditRequest } from '../../creates/credit-request.ts';
import type { ApiResponse } from '../../local/api/behaviour.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

/** Creates a credit request for a client without an open credit request. */
const create = (inputData: JsonObject = {}) =>
  act('create_credit_request', { client: '302', amount: '90', description: 'Two lessons', ...inputData });
const whenCreated = createCreditRequest.inputs.find(({ field }) => field.key === 'when_created');
const UNPAID = ['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'];

testWrites(tutorCruncher, {
  create_credit_request: {
    request: 'POST /api/proforma-invoices/',
    body: {
      client: 302,
      amount: '90.00',
      description: 'Two lessons for {{bundle.x}}',
      raise_behaviour: 'raise-no-autopayment',
    },
    record: {
      credit_request_amount: 90,
      credit_request_status: 'unpaid',
      credit_request_is_new: true,
      client_name: 'Marcus Adeyemi',
    },
    trigger: 'credit_request_raised',
  },
});

describe('create_credit_request', () => {
  it.each([
    ['', 'dont-raise', 'draft'],
    ['Leave as Draft', 'dont-raise', 'draft'],
    ['raise-no-autopayment', 'raise-no-autopayment', 'unpaid'],
    ['raise and email', 'raise-and-send-no-autopayment', 'unpaid'],
  ])('with "%s" sends %s', async (choice, raise_behaviour, status) => {
    const record = await create({ when_created: choice });
    expect(tutorCruncher.writes()).toMatchObject([{ body: { raise_behaviour } }]);
    expect(record).toMatchObject({ credit_request_status: status, credit_request_is_new: true });
    expect(await tutorCruncher.triggered('credit_request_raised')).toHaveLength(status === 'draft' ? 0 : 1);
  });

  it('has an output field for the additional key', async () => {
    const { outputFields } = createCreditRequest.definition.operation;
    const fields = await appTester(outputFields, { authData: { private_key: PRIVATE_KEY }, inputData: {} });
    const field = { key: 'credit_request_is_new', label: 'Credit Request Is New', type: 'boolean' };
    expect(fields).toContainEqual(field);
  });

  it.each([
    [{ created: null }, false],
    [{}, null],
  ])('accepts a response with %j', async (flag, isNew) => {
    tutorCruncher.now.behaviour.intercept = () => [200, { id: 40, amount: '90.00', ...flag }];
    expect(await create()).toMatchObject({ id: 40, credit_request_is_new: isNew });
  });

  it('reads the credit request if the response contains no id', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) =>
      method === 'POST' ? [200, { url: `${tutorCruncher.now.origin}/api/proforma-invoices/30/`, created: true }] : null;
    expect(await create()).toMatchObject({ id: 30, credit_request_display_id: 'PFI-30', credit_request_is_new: true });
  });
});

describe('a credit request for a client with Autocharge', () => {
  const ADVICE =
    'Nothing was created. Choose "Leave as Draft" in "When Created", or, if TutorCruncher may charge the client, ' +
    'choose true in "Accept Automatic Charge".';
  const RAISED = ['Raise', 'Raise and Email'];
  const setAutocharge = (auto_charge: unknown): void => {
    tutorCruncher.now.account.change('clients', 302, { auto_charge });
  };

  it.each([true, 10, '10'])('is not raised if TutorCruncher shows %j', async (auto_charge) => {
    setAutocharge(auto_charge);
    for (const when_created of RAISED) {
      expect(await failureOf(create({ when_created }))).toBe(
        'This client has Autocharge, so TutorCruncher may charge the client as soon as the credit request is raised, in ' +
          `addition to a payment that you take. ${ADVICE}`,
      );
    }
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it.each([0, '0', null, undefined, '', 'yes', 30])(
    'is not raised if %j does not show whether the client has Autocharge',
    async (auto_charge) => {
      setAutocharge(auto_charge);
      expect(await failureOf(create({ when_created: 'Raise' }))).toBe(
        `TutorCruncher does not say whether this client has Autocharge, so it may charge the client. ${ADVICE}`,
      );
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );

  it.each<[response: ApiResponse, message: RegExp]>([
    [[500, {}], /^TutorCruncher is having a problem \(HTTP status 500\)\. /],
    [[403, { detail: 'No.' }], /^TutorCruncher knows the private key, but the key has no permission to read Clients /],
    [[200, '<html>'], /^TutorCruncher responded with a web page instead of data/],
  ])('is not raised if the client cannot be read: %j', async (response, message) => {
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('/clients/') ? response : null);
    const failure = await failureOf(create({ when_created: 'Raise' }));
    expect(failure).toMatch(message);
    expect(failure).toContain(` This step reads first whether the client has Autocharge. ${ADVICE}`);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('is raised, without reading the client, if the Zap accepts the charge', async () => {
    setAutocharge(true);
    for (const autoChargesRaised of [true, false]) {
      tutorCruncher.now.behaviour.autoChargesRaised = autoChargesRaised;
      expect(await create({ when_created: 'Raise', accept_automatic_charge: true })).toMatchObject({
        credit_request_status: autoChargesRaised ? 'payment-pending' : 'unpaid',
      });
    }
    expect(tutorCruncher.requests().filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it.each(['', 'Leave as Draft'])('stays a draft with "%s", without reading the client', async (when_created) => {
    setAutocharge(true);
    expect(await create({ when_created })).toMatchObject({ credit_request_status: 'draft' });
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it.each([false, 20, '20'])('is raised if the client has no Autocharge: %j', async (auto_charge) => {
    setAutocharge(auto_charge);
    expect(await create({ when_created: 'Raise' })).toMatchObject({ credit_request_status: 'unpaid' });
  });

  it('is not raised for a client who does not exist', async () => {
    expect(await failureOf(create({ client: '999', when_created: 'Raise' }))).toMatch(
      /^The client that this step refers to does not exist/,
    );
  });

  it('has no text that promises not to charge anybody', () => {
    const { definition, inputs } = createCreditRequest;
    const texts = [definition.display.description, ...inputs.map(({ field }) => field.helpText ?? '')].join(' ');
    expect(texts).not.toMatch(/charges no|takes a payment/);
    expect(texts).toMatch(/TutorCruncher may charge a client with Autocharge/);
  });
});

describe('a credit request that joins an open draft', () => {
  it('is not raised, regardless of the choice, and the record shows this', async () => {
    const { id } = await create();
    const joined = await create({ when_created: 'Raise and Email', amount: '10' });
    expect(joined).toMatchObject({
      id,
      credit_request_is_new: false,
      credit_request_status: 'draft',
      credit_request_amount: 100,
    });
    expect(joined).not.toHaveProperty('credit_request_created');
    expect(createCreditRequest.definition.display.description).toMatch(
      /nothing is raised: Credit Request Is New is then false/,
    );
  });
});

describe('a credit request that charges a card', () => {
  it('is not among the choices', () => {
    expect(Object.keys(whenCreated?.field.choices ?? {})).toEqual(UNPAID);
  });

  it('is never sent, regardless of the content of the field', () => {
    const context = { z: { errors: { Error } }, bundle: {} } as never;
    const behaviours = ['raise', 'raise-and-send', 'RAISE', ' raise ', 'Raise_And_Send', 'true', 'dont-raise'];
    const texts = fc.string().filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...behaviours), texts), (value) => {
        try {
          expect(UNPAID).toContain(whenCreated?.convert(value, context));
        } catch (error) {
          expect(String(error)).toContain('must contain one of these');
        }
      }),
    );
  });
});
