/**
 * Requests that API Request must not send. No request is mocked in this file, so a request that is sent fails with
 * nock's error instead of the step's own message.
 */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { act, failureOf } from '../support/steps.ts';
import { withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const NO_PAYMENT =
  /^This step does not send requests that take, record or refund a payment, or let TutorCruncher take one\. Nothing/;
const refusalOf = (inputData: JsonObject) => failureOf(act('api_request', { method: 'GET', ...inputData }));

// `sent-requests.test.ts` checks the request for any path. These are one example of each trick.
describe('a path with a trick', () => {
  it.each([
    'clients/../invoices/',
    'clients/…/',
    '%2e%2e/',
    'clients%2f1/',
    '%252e%252e/',
    'clients/%c0%ae/',
    'clients//1/',
    '//evil.example/',
    'clients\\1',
    '/\\evil.example/',
    'me@evil.example/',
    'clients#1',
    'clients;x=1/',
    'clients:80/',
    'clients/\u0000',
    'clients/\r\nHost: evil.example',
    'clients/ 1/',
    'clients/\u200b1/',
    'ｃlients/',
    'clients／1/',
    'clients/。。/',
    'clientſ/',
    '{{bundle.inputData.x}}/',
    'clients/*/',
    ' / ',
    'javascript:alert(1)',
  ])('is refused: %j', async (path) => {
    expect(await refusalOf({ path })).toMatch(
      /^The field "Path" of this step (?:must contain a path|contains|is empty)/,
    );
  });

  it.each([
    'https://evil.example/api/clients/',
    'https://app.tutorcruncher.com:8443/api/clients/',
    'https://app.tutorcruncher.com.evil.example/api/clients/',
    'HTTPS://EVIL.EXAMPLE/api/clients/',
    'https://app.tutorcruncher.com/login/',
    'https://app.tutorcruncher.com/API/clients/',
    'https://app.tutorcruncher.com:99999/api/clients/',
  ])("is refused if it is a URL outside TutorCruncher's API: %s", async (path) => {
    expect(await refusalOf({ path })).toBe(
      'The field "Path" of this step contains a URL that does not start with https://app.tutorcruncher.com/api/.',
    );
  });

  it.each([
    'https://app.tutorcruncher.com@evil.example/api/clients/',
    'https://user:pass@app.tutorcruncher.com/api/clients/',
    'https://app.tutorcruncher.com/api/../login/',
    'https://app.tutorcruncher.com\\@evil.example/api/',
    'https:/\\evil.example/api/clients/',
    'https://app.tutorcruncher。com/api/clients/',
  ])('is refused in a URL: %s', async (path) => {
    expect(await refusalOf({ path })).toMatch(
      /^The field "Path" of this step must contain a path such as `clients\/123\/`/,
    );
  });

  it('is refused with a hint if it contains a query', async () => {
    for (const path of ['clients/?page=2', 'clients?', 'https://app.tutorcruncher.com/api/clients/?page=2']) {
      expect(await refusalOf({ path })).toBe(
        'The field "Path" of this step contains a question mark. Move the names and values after it to Query.',
      );
    }
  });
});

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

describe('inputs that are invalid', () => {
  it.each<[JsonObject, RegExp]>([
    [{ path: '' }, /^The field "Path" of this step is empty/],
    [{ method: '', path: 'clients/' }, /^The field "Method" of this step is empty/],
    [{ path: ['clients/', 'agents/'] }, /^The field "Path" of this step contains several values/],
    [
      { path: 'clients/', body: '{}' },
      /^A GET request has no body\. Leave "Body" empty, or choose POST or PUT as "Method"\./,
    ],
    [{ path: 'clients/', query: 'page=2' }, /^The field "Query" of this step must contain names with values\.$/],
    [
      { path: 'clients/', query: { page: { a: 1 } } },
      /^The field "Query" of this step contains neither text nor a number/,
    ],
    ...['x', '"x"', '5', 'null', '{"a": 1', "{'a': 1}", 'a=1&raise_behaviour=raise', '{} {}'].map(
      (body): [JsonObject, RegExp] => [
        { method: 'POST', path: 'clients/', body },
        /^The field "Body" of this step must contain a JSON object or list such as `\{"last_name": "Raman"\}`\.$/,
      ],
    ),
    [
      { path: 'clients/', stop_on_error: 'maybe' },
      /^The field "Stop on Error" of this step must contain true or false/,
    ],
  ])('are refused: %j', async (inputData, message) => {
    expect(await refusalOf(inputData)).toMatch(message);
  });
});
