/** The values that each kind of input accepts, with the converted values, and the values that it refuses. */

import { describe, expect, it } from '@jest/globals';

import { tutorCruncherOrigin } from '../../src/api/origin.ts';
import { apiPathInput, dictionaryInput, jsonTextInput, methodInput } from '../../src/inputs/api-request.ts';
import { choicesInput, choicesOf } from '../../src/inputs/choice.ts';
import type { Input } from '../../src/inputs/input.ts';
import { dateTimeInput } from '../../src/inputs/moment.ts';
import { objectsInput, recordInput } from '../../src/inputs/record-input.ts';
import {
  amountInput,
  booleanInput,
  daysInput,
  identifierInput,
  longTextInput,
  minutesInput,
  severalDaysInput,
  textInput,
  webAddressInput,
  wholeNumberInput,
  wordInput,
  yesOrNoInput,
} from '../../src/inputs/scalar.ts';
import { failureOf } from '../support/steps.ts';
import { convert } from './converted.ts';

interface Conversions {
  readonly input: Input;
  readonly accepted: readonly (readonly [value: unknown, expected: unknown])[];
  readonly refused: readonly unknown[];
  readonly problem: RegExp;
}

const same = (...values: unknown[]) => values.map((value) => [value, value] as const);
const each = (expected: unknown, ...values: unknown[]) => values.map((value) => [value, expected] as const);

const CONVERSIONS: Readonly<Record<string, Conversions>> = {
  text: {
    input: textInput('field', {}),
    accepted: [...same(' a ', 'a,b'), ['0', '0'], [0, '0'], [false, 'false'], [['a', '', 'a', null], 'a']],
    refused: [{ a: 1 }],
    problem: /contains neither text nor a number/,
  },
  'text of several lines': {
    input: longTextInput('field', {}),
    accepted: same(' a\nb '),
    refused: [{ a: 1 }],
    problem: /contains neither text nor a number/,
  },
  'text that identifies a record': {
    input: identifierInput('field', {}),
    accepted: [...each('a', 'a', 'a, a ', ['a', 'a']), ['a,b', 'a,b']],
    refused: [['a', 'b']],
    problem: /contains several values/,
  },
  'text without white space around it': {
    input: wordInput('field', {}),
    accepted: [[' a b ', 'a b']],
    refused: [['a', 'b']],
    problem: /contains several values/,
  },
  'an amount': {
    input: amountInput('field', {}),
    accepted: [...each('42.00', '42', 42, '042', '42.0'), ['42.5', '42.50'], [0, '0.00'], ...same('9999999999.99')],
    refused: ['12345678901', '1.234', '-1', '1,000', '.5', '5.', 'x1', '1x'],
    problem: /must contain a number such as 42/,
  },
  'a whole number': {
    input: wholeNumberInput('field', 24, {}),
    accepted: [...each(0, 0, '0'), ...each(90, '90', '90.0', '090'), ['999999', 999_999]],
    refused: ['1000000', '-1', '1.5', 'x1', '1x'],
    problem: /must contain a whole number such as 24/,
  },
  'days within limits': {
    input: daysInput('field', 1, 14, 7, {}),
    accepted: [...each(1, 1), ...each(14, '14')],
    refused: [0, 15],
    problem: /must be at least 1 and at most 14 days/,
  },
  'days in digits': {
    input: daysInput('field', 1, 14, 7, {}),
    accepted: [],
    refused: ['x', '-1'],
    problem: /must contain a whole number such as 7/,
  },
  'several numbers of days': {
    input: severalDaysInput('field', 1, 90, {}),
    accepted: [...each([14], 14, '14', '14,'), ...each([1, 28, 90], '28, 90,1', [90, '28,1'])],
    refused: ['x', '21,x', '-1'],
    problem: /must contain whole numbers with commas, such as 21, 28/,
  },
  'several numbers of days within limits': {
    input: severalDaysInput('field', 1, 90, {}),
    accepted: [],
    refused: ['0', '21,91'],
    problem: /must contain numbers of at least 1 and at most 90 days/,
  },
  'minutes of a day': {
    input: minutesInput('field', {}),
    accepted: [...each(1, '1'), ...each(1440, '1440')],
    refused: [0, 1441, '1.5'],
    problem: /from 1 to 1440/,
  },
  'true or false': {
    input: booleanInput('field', {}),
    accepted: [...each(true, true, 'TRUE', 'yes', 1, 'on'), ...each(false, false, 'False', 'no', 0, 'off')],
    refused: ['2', 'maybe', 'truely'],
    problem: /must contain true or false/,
  },
  'yes or no': {
    input: yesOrNoInput('field', {}),
    accepted: [...each(true, ' Yes '), ...each(false, 'no')],
    refused: ['perhaps'],
    problem: /one of these: Yes; No/,
  },
  'a web address': {
    input: webAddressInput('field', {}),
    accepted: same('https://example.com/a', 'http://example.com'),
    refused: ['example.com', 'ftp://example.com', 'file:///https:', 'https'],
    problem: /must contain a web address/,
  },
  'a date and time': {
    input: dateTimeInput('field', {}),
    accepted: [
      ...same('2026-06-10T23:59:59Z', '2026-06-10T00:00:00+14:00'),
      ['2026-06-10 17:00:05.123456-0530', '2026-06-10T17:00:05-05:30'],
      ['2026-06-10T17:00 Z', '2026-06-10T17:00:00Z'],
    ],
    refused: ['2026-06-10T17:00+25:00', '2026-06-10T17:00+01:60', 'x2026-06-10T17:00Z', '2026-06-10T17:00Zx'],
    problem: /does not contain a date and time/,
  },
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
  choices: {
    input: choicesInput('field', choicesOf(['gone-cold', 'live']), {}),
    accepted: [...each(['live', 'gone-cold'], 'Live, gone cold', ['LIVE', 'gone-cold', 'live'])],
    refused: ['live,x'],
    problem: /must contain one of these: Gone Cold; Live\./,
  },
  'a method': {
    input: methodInput('field', {}),
    accepted: [...each('GET', 'get', ' Get '), ...each('PUT', 'PUT')],
    refused: ['DELETE', 'GETS'],
    problem: /must contain one of these: GET, POST, PUT\./,
  },
  'a path': {
    input: apiPathInput('field', {}),
    accepted: each(
      'clients/12/',
      'clients/12',
      '/clients/12/',
      'api/Clients/12',
      '/API/clients/12/',
      `${tutorCruncherOrigin()}/api/clients/12`,
    ),
    refused: ['clients//12', 'clients/../12', 'clients/%2e', '//x', 'clients/12 /', 'cli.ents', '/'],
    problem: /must contain a path such as/,
  },
  'a URL': {
    input: apiPathInput('field', {}),
    accepted: [],
    refused: ['https://example.com/api/clients/', 'https://example.com/', `${tutorCruncherOrigin()}/clients/12/`],
    problem: /contains a URL that does not start with/,
  },
  'named values': {
    input: dictionaryInput('field', {}),
    accepted: [
      [
        { a: 1, b: '', c: null, d: 'x' },
        { a: '1', d: 'x' },
      ],
    ],
    refused: ['a=1', [{ a: 1 }]],
    problem: /must contain names with values/,
  },
  JSON: {
    input: jsonTextInput('field', {}),
    accepted: same('{"a": 1}', ' [1] '),
    refused: ['{a: 1}', '7', 'null', '"text"'],
    problem: /must contain a JSON object or list/,
  },
};

describe.each(Object.entries(CONVERSIONS))('an input for %s', (_kind, { input, accepted, refused, problem }) => {
  it('converts what it accepts', async () => {
    for (const [value, expected] of accepted) expect([value, await convert(input, value)]).toEqual([value, expected]);
  });

  it('refuses other values', async () => {
    for (const value of refused) {
      const message = await failureOf(convert(input, value));
      expect([value, message]).toEqual([value, expect.stringMatching(problem)]);
    }
  });

  it('has no value if it is empty', async () => {
    for (const empty of ['', ' ', null, undefined, [], ['', ' ', null, []]]) {
      expect(await convert(input, empty)).toBeNull();
    }
  });
});

it('a required input refuses an empty value', async () => {
  expect(await failureOf(convert(textInput('field', { required: true }), ' '))).toMatch(/is empty\. Fill it in\./);
});
