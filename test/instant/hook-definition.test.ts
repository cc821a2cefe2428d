/** The definition of a trigger that receives webhooks. */

import { expect, it } from '@jest/globals';

import { hookDefinition } from '../../src/instant/hook-definition.ts';
import { timeZoneField } from '../../src/inputs/time-zone-field.ts';

const field = { key: 'statuses' };
const urlField = () => Promise.resolve([]);
const subscribe = () => Promise.resolve({ id: '1' });
const none = () => Promise.resolve([]);

it('a definition has the parts of its hook, and its inputs between the webhook URL and the time zone', () => {
  const text = { key: 'client_created', label: 'New Client', description: 'Triggers when a client is added.' };
  const { display, operation } = hookDefinition(text, {
    noun: 'Client',
    hook: {
      display: { directions: 'Paste the URL.' },
      operation: { performSubscribe: subscribe },
      inputFields: [urlField],
      open: () => Promise.reject(new Error('There is no request.')),
      receivedEvents: none,
    },
    sample: () => ({ id: '1' }),
    perform: none,
    performList: none,
    inputFields: [field],
    outputFields: [],
  });
  expect({ ...display }).toEqual({
    label: 'New Client',
    description: 'Triggers when a client is added.',
    directions: 'Paste the URL.',
  });
  expect(operation.performSubscribe).toBe(subscribe);
  const [first, second, last] = operation.inputFields;
  expect([first, last]).toEqual([urlField, timeZoneField]);
  expect(second).toMatchObject(field);
});
