import { expect, it } from '@jest/globals';

import { zapierHeaders } from '../../local/zapier-headers.ts';

it.each([
  ['webhook-signature', '0a', 'Http-Webhook-Signature', '0a'],
  ['X-REQUEST-ID', '1', 'Http-X-Request-Id', '1'],
  ['content-type', 'application/json', 'Content-Type', 'application/json'],
  ['CONTENT-LENGTH', '12', 'Content-Length', '12'],
  ['content-type-options', 'a', 'Http-Content-Type-Options', 'a'],
  ['via', ['one', 'two'], 'Http-Via', 'one, two'],
])('renames the header %s: %j as Zapier does', (name, value, renamed, text) => {
  expect(zapierHeaders({ [name]: value, missing: undefined })).toEqual({ [renamed]: text });
});
