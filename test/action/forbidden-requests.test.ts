/**
 * Requests that API Request must not send, and similar requests that it sends. No forbidden request is mocked. If the
 * step sends such a request, it fails with nock's error instead of the step's own message.
 */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { act, failureOf } from '../support/steps.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const NO_PAYMENT =
  /^This step does not send requests that take, record or refund a payment, or let TutorCruncher take one\. Nothing/;
const refusalOf = (inputData: JsonObject) => failureOf(act('api_request', { method: 'GET', ...inputData }));

describe('a method that is not allowed', () => {
  it.each(['DELETE', 'delete', 'PATCH', 'OPTIONS', 'HEAD', 'POST ,DELETE', 'ＧＥＴ', 'CONNECT', 'toString'])(
    'is refused: %s',
    async (method) => {
      expect(await refusalOf({ method, path: 'clients/1/' })).toBe(
        'The field "Method" of this step must contain one of these: GET, POST, PUT.',
      );
    },
  );
});

describe('a payment endpoint', () => {
  it.each([
    'invoices/12/take_payment/',
    'https://app.tutorcruncher.com/api/proforma-invoices/3/Take_Payment/',
    'payment-orders/3/take-payment/',
    'take_payment/invoices/',
    'balance-updates/',
    'Balance-Updates',
    'payment-orders/',
    'payments/',
    'invoices/12/refund/',
    'Refunds/',
    'Issue-Refund/12/',
    'payouts/',
    'transactions/',
    'clients/1/transactions/',
  ])('is refused for POST and PUT: %s', async (path) => {
    for (const method of ['POST', 'PUT', 'post']) {
      expect(await refusalOf({ method, path, body: '{}' })).toMatch(NO_PAYMENT);
    }
  });

  it('is refused for GET if it takes a payment', async () => {
    expect(await refusalOf({ path: 'invoices/12/take_payment/' })).toMatch(NO_PAYMENT);
  });
});

describe('a deletion', () => {
  const NO_DELETION =
    /^This step does not send requests that delete or cancel something, .* Nothing was sent\. Do this in/;

  it.each([
    'clients/1/delete/',
    'clients/1/Delete',
    'clients/bulk_delete/',
    'appointments/7/cancel/',
    'appointments/cancel-all/',
    'clients/1/remove/',
    'services/1/recipient/remove/5/',
    'remove_label/clients/1/',
  ])('is refused for POST and PUT to %s', async (path) => {
    for (const method of ['POST', 'PUT']) {
      expect(await refusalOf({ method, path, body: '{}' })).toMatch(NO_DELETION);
    }
  });

  it.each(['clients/1/delete/', 'appointments/7/cancel/', 'clients/1/remove/'])(
    'is refused for GET of %s',
    async (path) => {
      expect(await refusalOf({ path })).toMatch(NO_DELETION);
    },
  );

  it.each([
    '{"_method": "DELETE"}',
    '{"_METHOD": "delete"}',
    '{"\\u005fmethod": "DELETE"}',
    '{"_http_method": "DELETE"}',
    '{"is_deleted": true}',
    '{"Is-Deleted": "true"}',
    '[{"a": {"is_deleted": 1}}]',
  ])('is refused in the body %s', async (body) => {
    expect(await refusalOf({ method: 'POST', path: 'clients/1/', body })).toMatch(NO_DELETION);
  });

  it.each<[string, JsonObject]>([
    ['POST', { _method: 'DELETE' }],
    ['GET', { _method: 'DELETE' }],
    ['PUT', { is_deleted: 'true' }],
  ])('is refused in the query of %s: %j', async (method, query) => {
    expect(await refusalOf({ method, path: 'clients/1/', query, ...(method !== 'GET' && { body: '{}' }) })).toMatch(
      NO_DELETION,
    );
  });
});

describe('raise_behaviour that takes a payment', () => {
  const bodies = [
    '{"raise_behaviour": "raise"}',
    '{"raise_behaviour": "RAISE"}',
    '{"raise_behaviour": " raise"}',
    '{"raise_behaviour": "raise-no-autopayment "}',
    '{"raise_behaviour": {"value": "raise-no-autopayment"}}',
    '{"raise_behaviour": true}',
    '{"raise-behaviour": "raise"}',
    '{"raiseBehavior": "raise"}',
    '{"ｒaise_behaviour": "raise"}',
    '{"\\u0072aise_behaviour": "raise"}',
    '{"raise\\u005fbehaviour"\n:\t"\\u0072aise"}',
    '{"raise_behaviour": "raise", "raise_behaviour": "dont-raise"}',
    '[{"a": [{"raise_behaviour": "raise"}]}]',
    '{"a": "\\"", "b": {"c": {"raise_behaviour": "raise"}}}',
    '{"description": "\\\\", "raise_behaviour": "raise"}',
    '{"send_pfi": true}',
  ];

  it.each(bodies)('is refused in the body %s', async (body) => {
    expect(await refusalOf({ method: 'POST', path: 'invoices/', body })).toMatch(NO_PAYMENT);
    expect(await refusalOf({ method: 'PUT', path: 'clients/1/', body })).toMatch(NO_PAYMENT);
  });

  it.each([{ raise_behaviour: 'raise' }, { Raise_Behaviour: 'raise-and-send' }, { send_pfi: 'true' }])(
    'is refused in the query %j',
    async (query) => {
      expect(await refusalOf({ method: 'POST', path: 'invoices/', query, body: '{}' })).toMatch(NO_PAYMENT);
    },
  );

  it.each(['10', '0', 'true', '"10"', 'null', '[20]', '{"x": 20}', '20.5'])(
    'is refused with automatic charges to a card set to %s',
    async (value) => {
      const body = `{"last_name": "Raman", "Auto_Charge": ${value}}`;
      expect(await refusalOf({ method: 'POST', path: 'clients/301/', body })).toMatch(NO_PAYMENT);
    },
  );

  it('is refused with a list of the allowed values', async () => {
    expect(await refusalOf({ method: 'POST', path: 'invoices/', body: bodies[0] })).toMatch(
      /set raise_behaviour to one of these: dont-raise, raise-no-autopayment, raise-and-send-no-autopayment\.$/,
    );
  });
});

/** Sends a request, and checks that TutorCruncher's API receives the request. */
async function expectSent(method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<void> {
  const json = body && JSON.stringify(body);
  const api = tutorCruncherApi();
  (method === 'GET' ? api.get(`/api/${path}`) : api.post(`/api/${path}`, json)).reply(200, { id: 1 });
  const result = await act('api_request', { method, path, body: json });
  expect(result).toMatchObject({ status: 200 });
}

it.each([20, '20'])('can switch off automatic charges to a card with %j', async (auto_charge) => {
  await expectSent('POST', 'clients/301/', { auto_charge, town: 'Wells' });
});

it.each(['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'])(
  'sends a request that raises without a payment: %s',
  async (raise_behaviour) => {
    await expectSent('POST', 'invoices/', { raise_behaviour });
  },
);

it.each([
  'services/1/recipient/remove/',
  'services/1/contractor/remove/',
  'appointments/1/recipient/remove/',
  'clients/1/remove_label/',
])('sends a removal that TutorCruncher documents, which deletes no record: %s', async (path) => {
  await expectSent('POST', path, { recipient: 2 });
});

it.each(['payment-orders/', 'balance-updates/', 'clients/1/removed/', 'appointments/cancelled/'])(
  'can read from a path to which it must not write: %s',
  async (path) => {
    await expectSent('GET', path);
  },
);
