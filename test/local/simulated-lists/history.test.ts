import { describe, expect, it } from '@jest/globals';

import {
  atChange,
  generator,
  idTime,
  minutesBetween,
  numbered,
  timesOf,
  type Condition,
  type Version,
} from '../../../local/simulated-lists/history.ts';
import { HOUR, MINUTE } from '../../../local/simulated-lists/simulated-time.ts';

describe('random numbers', () => {
  it('are the sequence of mulberry32', () => {
    const random = generator(1);
    expect([random(), random(), random()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it('become full minutes in the period, in a sequence that depends on the path of the list', () => {
    const minutesOf = (path: string) => {
      const between = minutesBetween(path);
      return Array.from({ length: 200 }, () => between(HOUR, HOUR + 6 * MINUTE) / MINUTE);
    };
    const minutes = minutesOf('clients');
    expect(minutes).toEqual(minutesOf('clients'));
    expect(minutes).not.toEqual(minutesOf('clienst'));
    expect(new Set(minutes)).toEqual(new Set([60, 61, 62, 63, 64, 65]));
  });
});

it.each([
  [0, 300],
  [MINUTE + 5, MINUTE + 800],
  [2 * MINUTE - 1, MINUTE + 2800],
])('a change at the millisecond %d happens at %d, in the first seconds of its minute', (moment, change) => {
  expect(atChange(moment)).toBe(change);
});

it('numbers records from 100 on, in the order of their first states', () => {
  const state = (from: number): Version => ({ from, status: null });
  const drafts = [[state(7), state(8)], [state(3), state(9)], [state(5)]];
  expect(numbered(drafts)).toEqual([
    { id: 100, versions: [state(3), state(9)] },
    { id: 101, versions: [state(5)] },
    { id: 102, versions: [state(7), state(8)] },
  ]);
  expect(drafts.map(([first]) => first?.from)).toEqual([7, 3, 5]);
});

describe('the periods in which a record triggers', () => {
  const HISTORY = {
    id: 7,
    versions: [
      { from: 10, status: 'draft' },
      { from: 20, status: 'sent' },
      { from: 30, status: 'paid' },
    ],
  };
  const whenSent =
    (from: number, to: number): Condition<Version> =>
    (id, { status }) =>
      status === 'sent' ? { id: `record-${id}`, from, to } : null;

  it.each<[title: string, condition: Condition<Version>, times: Record<string, object[]>]>([
    ['are limited to the state', whenSent(0, 99), { 'record-7': [{ from: 20, to: 30 }] }],
    ['are limited to the period of the trigger', whenSent(22, 27), { 'record-7': [{ from: 22, to: 27 }] }],
    ['do not include a period that ends as the state begins', whenSent(0, 20), {}],
    ['do not include a period that begins as the state ends', whenSent(30, 99), {}],
    [
      'have no end in the last state',
      () => ({ id: 'a', from: 25, to: Infinity }),
      {
        a: [
          { from: 25, to: 30 },
          { from: 30, to: Infinity },
        ],
      },
    ],
    [
      'can belong to several ids',
      (id) => [
        { id: `${id}-a`, from: 11, to: 12 },
        { id: `${id}-b`, from: 13, to: 14 },
      ],
      {
        '7-a': [{ from: 11, to: 12 }],
        '7-b': [{ from: 13, to: 14 }],
      },
    ],
  ])('%s', (_title, condition, times) => {
    expect(Object.fromEntries(timesOf([HISTORY], condition))).toEqual(times);
  });

  it('contain the periods of all records with the id', () => {
    const condition = () => ({ id: 'shared', from: 31, to: 32 });
    expect(timesOf([HISTORY, { ...HISTORY, id: 8 }], condition).get('shared')).toEqual([
      { from: 31, to: 32 },
      { from: 31, to: 32 },
    ]);
  });
});

it('the time in an id has no fraction of a second', () => {
  expect(idTime(Date.parse('2026-10-25T01:02:03.999Z'))).toBe('2026-10-25T01:02:03Z');
});
