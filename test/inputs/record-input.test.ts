/** Inputs for one record and for several records. */

import { describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { mappedRecordInput, objectInput, objectsInput, recordInput } from '../../src/inputs/record-input.ts';
import { convert, each, testConversions } from '../support/conversions.ts';
import { failureOf } from '../support/steps.ts';

testConversions({
  'a record': {
    input: recordInput('field', 'label_list', {}),
    accepted: each('7', 7, '7', ' 7 , 7', ['7', 7]),
    refused: ['x', '7,x', '-7', '1.5'],
    problem: /does not contain an ID/,
  },
  'one of several records': {
    input: recordInput('field', 'label_list', {}),
    accepted: [],
    refused: ['7,8', [7, 8]],
    problem: /contains several IDs/,
  },
  records: {
    input: { ...objectsInput('client', {}, (id) => id), field: { key: 'field', label: 'Field', type: 'string' } },
    accepted: [...each(['7', '8'], '7,8,7', [7, '8', '7']), [7, ['7']]],
    refused: ['7,x', ['x']],
    problem: /contains something that is not an ID/,
  },
});

describe('equal values', () => {
  it('are one value in every input for one record', async () => {
    const chosen = [...objectSearches, ...actions]
      .flatMap(({ inputs }) => inputs)
      .filter(({ field }) => field.dynamic !== undefined && !field.list);
    expect(chosen.length).toBeGreaterThan(20);
    for (const { field, ...input } of [...chosen, mappedRecordInput('field', {})]) {
      for (const value of ['301,301', ' 301 , 301', ['301', 301], ['301,301']]) {
        const converted = await convert({ ...input, field: { ...field, key: 'field' } }, value);
        expect([field.key, value, converted]).toEqual([field.key, value, '301']);
      }
    }
  });

  it('do not hide a value that differs', async () => {
    const input = recordInput('field', 'label_list', {});
    expect(await failureOf(convert(input, '301,302,301'))).toMatch(/contains several IDs/);
    expect(await failureOf(convert(input, '301,301,Leo'))).toMatch(/does not contain an ID/);
    expect(await failureOf(convert(input, ['Leo', 'Leo']))).toMatch(/does not contain an ID/);
  });
});

describe('numbers with commas', () => {
  const students = objectsInput('student', {}, (id) => id);
  const input = { ...students, field: { ...students.field, key: 'field' } };

  it.each(['1,234', ' 503,504 ', '1,234,567', '7, 1,234', ['7', '1,234']])(
    'are not IDs if the commas can be thousands separators: %j',
    async (value) => {
      expect(await failureOf(convert(input, value))).toMatch(
        /contains a number such as 1,234, .* put a space after the comma/,
      );
    },
  );

  it.each([
    ['503, 504', ['503', '504']],
    ['1503,1504', ['1503', '1504']],
    ['1234567,1234568', ['1234567', '1234568']],
    [
      ['503', '504'],
      ['503', '504'],
    ],
    ['12,13', ['12', '13']],
  ])('are IDs if the commas cannot be thousands separators: %j', async (value, ids) => {
    expect(await convert(input, value)).toEqual(ids);
  });

  it('are refused in a field for one record', async () => {
    expect(await failureOf(convert(recordInput('field', 'label_list', {}), '1,234'))).toMatch(
      /contains several IDs, .* If this is one ID, write it without commas\.$/,
    );
  });
});

describe('the field for a record', () => {
  it('has the dropdown of its list, and the search of its object', () => {
    const ofClient = { dynamic: 'client_list.id.name', search: 'find_client.id' };
    expect(objectInput('client', {}).field).toMatchObject({ key: 'client', ...ofClient });
    const payer = objectInput('client', { key: 'payer' });
    expect([payer.field, payer.becomes]).toEqual([expect.objectContaining({ key: 'payer', ...ofClient }), 'payer']);
    expect(objectsInput('client', {}, (id) => id).field).toMatchObject({ key: 'clients', list: true, ...ofClient });
    const { field } = recordInput('label', 'label_list', {});
    expect(field).toMatchObject({ key: 'label', dynamic: 'label_list.id.name' });
    expect(field).not.toHaveProperty('search');
  });

  it('asks for a mapped ID if the API does not list such records', async () => {
    const input = mappedRecordInput('field', {});
    expect(input.field).not.toHaveProperty('dynamic');
    expect(await failureOf(convert(input, 'Dana Mercer'))).toMatch(
      /does not contain an ID\. Map an ID into it: a number such as 123\.$/,
    );
  });

  it('is sent as a number, or as an entry of a list', () => {
    expect(recordInput('label', 'label_list', {}).toApi?.('7')).toBe(7);
    expect(objectsInput('client', {}, (client) => ({ client })).toApi?.(['7', '8'])).toEqual([
      { client: 7 },
      { client: 8 },
    ]);
  });
});
