import { describe, expect, it } from '@jest/globals';

import { isObjectWord, OBJECT_NAMES, objectWordOf } from '../../wire/models.ts';

describe('objectWordOf', () => {
  it.each([
    ['Lesson', 'lesson'],
    [' lesson', 'lesson'],
    ['Appointment', 'lesson'],
    ['Credit Request', 'credit_request'],
    ['creditrequest', 'credit_request'],
    ['credit_request', 'credit_request'],
    ['credit-request', 'credit_request'],
    ['Proforma Invoice', 'credit_request'],
    ['ProformaInvoice', 'credit_request'],
    ['Contractor', 'tutor'],
    ['Recipient', 'student'],
    ['Service Recipient', 'student'],
    ['AGENT', 'affiliate'],
    ['Service', 'job'],
    ['Tender', 'application'],
    ['Job Application', 'application'],
    ['Ad Hoc Charge', 'ad_hoc_charge'],
    ['Adhoc Charge', 'ad_hoc_charge'],
    ['Payment Order', 'payment_order'],
    ['Safeguarding/Wellbeing Concern', 'wellbeing_concern'],
    ['Subscription', null],
    ['constructor', null],
    ['', null],
    [null, null],
    [{}, null],
    [7, null],
    [`Lesson${' '.repeat(94)}`, 'lesson'],
    [`Lesson${' '.repeat(95)}`, null],
  ])('returns for %j the word %j', (model, word) => {
    expect(objectWordOf(model)).toBe(word);
  });

  it.each(Object.entries(OBJECT_NAMES))('returns the word %j for its product name %j', (word, name) => {
    expect(objectWordOf(name)).toBe(word);
    expect(objectWordOf(name.toUpperCase())).toBe(word);
  });
});

describe('isObjectWord', () => {
  it.each([
    ['lesson', true],
    ['credit_request', true],
    ['Lesson', false],
    ['appointment', false],
    ['toString', false],
  ])('for %j returns %j', (word, expected) => {
    expect(isObjectWord(word)).toBe(expected);
  });
});
