/** The rules about the actions and the models of events: filters, deletions, and the names of objects. */

import { describe, expect, it } from '@jest/globals';

import { isDeletion, listedActions, selectsAction, selectsDelivery } from '../../wire/action-filter.ts';
import { CONCERN_WORDS, containsWord, isObjectWord, OBJECT_NAMES, objectWordOf } from '../../wire/models.ts';

describe('an action filter', () => {
  const LISTED = { actions: ['A', 'B'] };
  const EXCEPT = { all_except: ['A', 'B'] };

  it.each([
    [LISTED, ['C', 'B'], true],
    [LISTED, ['C'], false],
    [LISTED, ['a'], false],
    [{ actions: [] }, ['A'], false],
    [{ all_except: [] }, ['A'], true],
    [EXCEPT, ['A', 'C'], true],
    [EXCEPT, ['A', 'B'], false],
    [LISTED, [], false],
    [EXCEPT, [], false],
    [LISTED, null, true],
    [EXCEPT, null, true],
  ])('%j selects a delivery with %j: %j', (filter, actions, expected) => {
    expect(selectsDelivery(filter, actions)).toBe(expected);
  });

  it('reads its list once, because a list may contain 500 actions', () => {
    let reads = 0;
    const filter = {
      get actions() {
        reads++;
        return ['A'];
      },
    };
    expect([selectsAction(filter, 'A'), selectsAction(filter, 'B'), reads]).toEqual([true, false, 1]);
  });

  it('lists the actions selected by name', () => {
    expect([listedActions(LISTED), listedActions(EXCEPT)]).toEqual([['A', 'B'], []]);
  });
});

describe('isDeletion', () => {
  it.each([
    ['client', ['DELETED_A_CLIENT'], true],
    ['tutor', ['DELETED_A_CONTRACTOR'], true],
    ['student', ['DELETED_A_SR'], true],
    ['affiliate', ['DELETED_AN_AGENT'], true],
    ['job', ['DELETED_A_SERVICE'], true],
    ['lesson', ['DELETED_AN_APPOINTMENT'], true],
    // Deletions of something other than the subject.
    ['client', ['DELETED_A_NOTE'], false],
    ['client', ['DELETED_CARD_DETAILS'], false],
    ['student', ['DELETED_A_SRCLIENT'], false],
    ['package', ['DELETED_A_PACKAGE'], false],
    ['credit_request', ['DELETED_PROFORMA_INVOICE'], false],
    // The action reports the deletion of an object of another model.
    ['client', ['DELETED_A_SR'], false],
    ['toString', ['DELETED_A_CLIENT'], false],
    [null, ['DELETED_A_CLIENT'], false],
    ['client', ['DELETED_A_CLIENT', 'EDITED_A_CLIENT'], false],
    ['client', ['EDITED_A_CLIENT'], false],
    ['client', [], false],
    ['client', null, false],
  ])('for the model %j and the actions %j returns %j', (model, actions, expected) => {
    expect(isDeletion(model, actions)).toBe(expected);
  });
});

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
