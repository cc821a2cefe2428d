import { describe, expect, it } from '@jest/globals';

import { choiceInput, choicesInput, choicesOf, optionsOf, statusesOf } from '../../src/inputs/choice.ts';
import { productValues } from '../../src/record/product-values.ts';
import { convert, each, testConversions } from '../support/conversions.ts';
import { failureOf } from '../support/steps.ts';

describe('an input for a choice', () => {
  const input = choiceInput('field', choicesOf(['gone-cold', 'live']), {});

  it.each(['gone-cold', 'Gone Cold', ' GONE cold '])('accepts %j', async (value) => {
    expect(await convert(input, value)).toBe('gone-cold');
  });

  it('accepts the text of a record', async () => {
    const choices = choicesOf(['cancelled-chargeable', 'pfi_reminders']);
    expect(Object.values(choices)).toEqual(['Cancelled but Chargeable', 'Credit Request Reminders']);
    for (const [value, text] of Object.entries(choices)) {
      expect(productValues('status', value)).toBe(text);
      expect(await convert(choiceInput('field', choices, {}), text)).toBe(value);
    }
  });

  it('refuses other values, several values, and values that are not text', async () => {
    expect(await failureOf(convert(input, 'gone'))).toMatch(/must contain one of these: Gone Cold; Live\.$/);
    expect(await failureOf(convert(input, ['live', 'gone-cold']))).toMatch(/contains several values/);
    expect(await failureOf(convert(input, { live: true }))).toMatch(/contains neither text nor a number/);
  });
});

testConversions({
  choices: {
    input: choicesInput('field', choicesOf(['gone-cold', 'live']), {}),
    accepted: [...each(['live', 'gone-cold'], 'Live, gone cold', ['LIVE', 'gone-cold', 'live'])],
    refused: ['live,x'],
    problem: /must contain one of these: Gone Cold; Live\./,
  },
});

it.each<readonly [field: unknown, options: object]>([
  [
    {
      choices: [
        { value: 'a', display_name: 'A' },
        { value: 2, display_name: 'B' },
      ],
    },
    { a: 'A', 2: 'B' },
  ],
  [
    { choices: [{ value: 'a', display_name: '' }, { value: 'b', display_name: 7 }, { value: 0 }] },
    { a: 'a', b: 'b', 0: '0' },
  ],
  [{ choices: [{ value: '' }, { value: null }, { display_name: 'A' }, 'a', null] }, {}],
  [{ choices: { value: 'a' } }, {}],
  [{}, {}],
  [undefined, {}],
])('the description %j of a field has the options %j', (field, options) => {
  expect(optionsOf(field)).toEqual(options);
});

it('the statuses of an object are its choices, which all steps share, and an object without statuses has none', () => {
  const object = { statuses: ['gone-cold'] };
  expect(statusesOf(object)).toEqual({ 'gone-cold': 'Gone Cold' });
  expect(statusesOf(object)).toBe(statusesOf(object));
  expect(statusesOf({})).toEqual({});
});
