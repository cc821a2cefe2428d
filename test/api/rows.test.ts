/** Functions that read values in the rows of TutorCruncher's lists, and compare these values with criteria. */

import { describe, expect, it } from '@jest/globals';

import {
  hasAnyStatus,
  hasLabel,
  includesPerson,
  isDeleted,
  isUnpaid,
  isWithin,
  referencedId,
  refersTo,
  rowId,
  rowText,
  truthOf,
} from '../../src/api/rows.ts';

it.each([
  [{ id: 7 }, '7'],
  [{ id: '17' }, '17'],
  [{ id: 7, url: 'https://example.com/api/clients/8/' }, '7'],
  [{ url: 'https://example.com/api/clients/18/' }, '18'],
  [{ url: 'https://example.com/api/clients/18' }, '18'],
  [{ url: 'https://example.com/api/clients/18/labels/' }, null],
  [{ url: 'https://example.com/api/clients/18//' }, null],
  [{ url: 'https://example.com/api/clients/x18/' }, null],
  [{ url: 18 }, null],
  [{ url: ['https://example.com/api/clients/18/'] }, null],
  [{ id: 'x1' }, null],
  [{ id: '1x' }, null],
  [{ id: '' }, null],
  [{ id: null }, null],
  [{}, null],
])('the id of the row %j is %j', (row, id) => {
  expect(rowId(row)).toBe(id);
});

it.each([
  [{ status: 'live', user: { status: 'prospect' } }, 'live'],
  [{ status: null, user: { status: 'prospect' } }, 'prospect'],
  [{ user: { status: 'prospect' } }, 'prospect'],
  [{ user: null }, ''],
  [{ status: 7 }, ''],
  [{}, ''],
])('the text "status" of the row %j is %j', (row, text) => {
  expect(rowText(row, 'status')).toBe(text);
});

it.each([
  ...[true, 'true', 'True', 'TRUE'].map((value) => [value, true] as const),
  ...[false, 'false', 'False'].map((value) => [value, false] as const),
  ...[undefined, null, '', '1', 0, 'yes', 'truest', {}, [true]].map((value) => [value, null] as const),
])('the value %j means: %j', (value, truth) => {
  expect(truthOf(value)).toBe(truth);
});

it.each([
  ...[true, 'true', 'True'].map((value) => [value, true] as const),
  ...[undefined, null, false, '', 'false', 'untrue', 1].map((value) => [value, false] as const),
])('a record with is_deleted %j is in the trash: %s', (is_deleted, expected) => {
  expect(isDeleted({ is_deleted })).toBe(expected);
});

describe('a time', () => {
  const START = '2026-06-10T16:00:00Z';
  const at = Date.parse(START);

  it.each([
    [null, null, true],
    [at, at, true],
    [at + 1, null, false],
    [null, at - 1, false],
    [at - 1, at + 1, true],
    [at + 1, at + 2, false],
    [at - 2, at - 1, false],
  ])('is within %j and %j: %j', (from, to, expected) => {
    expect(isWithin({ from, to }, { start: START }, 'start')).toBe(expected);
  });

  it.each([{}, { start: 'soon' }, { start: at }])('of the row %j is in no span with an end', (row) => {
    const spans = [
      { from: null, to: null },
      { from: 0, to: null },
      { from: null, to: Infinity },
    ];
    expect(spans.map((span) => isWithin(span, row, 'start'))).toEqual([true, false, false]);
  });
});

it('a status is compared without case and punctuation', () => {
  const having = (statuses: readonly string[] | null) => hasAnyStatus({ status: 'Payment Pending' }, statuses);
  expect([having(null), having(['paid', 'payment-pending']), having(['payment']), having([])]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('an invoice is unpaid unless it is a draft, paid or void', () => {
  const statuses = ['draft', 'confirmed', 'unpaid', 'payment-pending', 'failed', 'paid', 'void', 'unknown', ''];
  expect(statuses.filter((status) => isUnpaid({ status }))).toEqual([
    'confirmed',
    'unpaid',
    'payment-pending',
    'failed',
  ]);
});

describe('a value', () => {
  it.each([
    [7, true],
    ['7', true],
    [{ id: 7 }, true],
    [{ id: '7' }, true],
    [70, false],
    [null, false],
    [[7], false],
    [{ id: null }, false],
    [{ id: [7] }, false],
    [undefined, false],
  ])('refers to the record 7: %j, %j', (value, expected) => {
    expect(refersTo(value, '7')).toBe(expected);
    expect(refersTo(value, null)).toBe(true);
  });

  it('is an id or contains one', () => {
    expect([referencedId(7), referencedId('7'), referencedId({ id: 7 })]).toEqual([7, 7, 7]);
    expect([referencedId(undefined), referencedId({})]).toEqual([NaN, NaN]);
  });
});

it.each([
  [[{ id: 21 }], true],
  [[{ id: 20 }, 21], true],
  [[{ id: 20 }], false],
  [{ id: 21 }, false],
  [undefined, false],
])('a record with the labels %j has the label 21: %j', (labels, expected) => {
  expect(hasLabel({ labels }, '21')).toBe(expected);
});

it.each([
  [[{ paying_client: 3 }, { paying_client: 7 }], true],
  [[{ paying_client: { id: 7 } }], true],
  [[{ paying_client: 3, recipient: 7 }], false],
  [[7, null], false],
  [{ paying_client: 7 }, false],
  [undefined, false],
])('the people %j include the client 7: %j', (people, expected) => {
  expect(includesPerson(people, 'paying_client', '7')).toBe(expected);
  expect(includesPerson(people, 'paying_client', null)).toBe(true);
});
