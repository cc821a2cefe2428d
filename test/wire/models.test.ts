/** The names of objects in events. */

import { describe, expect, it } from '@jest/globals';

import { CONCERN_WORDS, containsWord, isObjectWord, OBJECT_NAMES, objectWordOf } from '../../wire/models.ts';

describe('objectWordOf', () => {
  it.each([
    ...Object.entries(OBJECT_NAMES).flatMap(([word, name]) => [
      [name, word],
      [name.toUpperCase(), word],
    ]),
    ...['Lesson', ' lesson', 'Appointment', `Lesson${' '.repeat(94)}`].map((model) => [model, 'lesson']),
    ...['creditrequest', 'credit_request', 'credit-request'].map((model) => [model, 'credit_request']),
    ...['Proforma Invoice', 'ProformaInvoice'].map((model) => [model, 'credit_request']),
    ...['Recipient', 'Service Recipient'].map((model) => [model, 'student']),
    ...['Tender', 'Job Application'].map((model) => [model, 'application']),
    ['Contractor', 'tutor'],
    ['AGENT', 'affiliate'],
    ['Service', 'job'],
    ['SR', 'student'],
    ['Adhoc Charge', 'ad_hoc_charge'],
    ['Safeguarding/Wellbeing Concern', 'wellbeing_concern'],
    ...['Subscription', 'constructor', '', null, {}, 7, `Lesson${' '.repeat(95)}`].map((model) => [model, null]),
  ])('returns for %j the word %j', (model, word) => {
    expect(objectWordOf(model)).toBe(word);
  });
});

it('isObjectWord accepts only the key words of objects', () => {
  const words = ['lesson', 'credit_request', 'Lesson', 'appointment', 'toString'];
  expect(words.filter(isObjectWord)).toEqual(['lesson', 'credit_request']);
});

it.each([
  ['WELL_BEING_CONCERN_RAISED', true],
  ['Safeguarding/Wellbeing Concern', true],
  ['Well-being', true],
  ['CREATED_A_WELL', false],
  ['', false],
  [null, false],
  [7, false],
])('the name %j contains a word about a concern: %s', (name, isFound) => {
  expect(containsWord(CONCERN_WORDS, name)).toBe(isFound);
  expect(containsWord([], name)).toBe(false);
});
