/** Inputs for text. */

import { describe, expect, it } from '@jest/globals';

import {
  identifierInput,
  longTextInput,
  textInput,
  timeZoneNameInput,
  webAddressInput,
  wordInput,
} from '../../src/inputs/text.ts';
import { convert, each, same, testConversions } from '../support/conversions.ts';

testConversions({
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
  'a web address': {
    input: webAddressInput('field', {}),
    accepted: same('https://example.com/a', 'http://example.com'),
    refused: ['example.com', 'ftp://example.com', 'file:///https:', 'https'],
    problem: /must contain a web address/,
  },
  'the name of a time zone': {
    input: timeZoneNameInput('field', {}),
    accepted: [[' Asia/Calcutta ', 'Asia/Kolkata'], ...same('Europe/London')],
    refused: ['BST', 'London'],
    problem: /does not contain the name of a time zone\. Enter the name of a city in your time zone, such as /,
  },
});

describe('equal values', () => {
  it('are one value in an input for text, unless the text contains a comma of its own', async () => {
    for (const value of ['INV-148', 'INV-148,INV-148', ' INV-148, INV-148 ', ['INV-148', 'INV-148']]) {
      expect(await convert(identifierInput('field', {}), value)).toBe('INV-148');
    }
    expect(await convert(identifierInput('field', {}), 'INV-148,INV-149')).toBe('INV-148,INV-149');
    expect(await convert(textInput('field', {}), ['Leo', 'Leo'])).toBe('Leo');
    expect(await convert(textInput('field', {}), 'Leo,Leo')).toBe('Leo,Leo');
  });
});

it('an input for text of several lines has several lines in the editor', () => {
  expect([longTextInput('field', {}).field.type, textInput('field', {}).field.type]).toEqual(['text', 'string']);
});
