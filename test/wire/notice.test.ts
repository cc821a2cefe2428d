import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { noticeAction, noticeIn, PROBLEM_KINDS, selectsNotices } from '../../wire/notice.ts';

const ZAP = { trigger: 'lesson_completed', options: [{ label: 'Tutor', value: 'Anna' }], zap_id: '987654' };
const NOTICE = {
  id: '6b1f2f0e-6d1c-4c1b-9a53-0c3f3e1f2a77',
  trigger: 'delivery_problem',
  sent_at: 1_781_114_700_000,
  kind: 'failing',
  state: 'over',
  started_at: 1_781_110_000_000,
  over_at: 1_781_114_000_000,
  zaps: 1,
  zap: ZAP,
  is_off: true,
  are_others_valid: false,
  last_failure: 'HTTP 500',
  events_waiting: 0,
  events_given_up: 3,
};
const read = (changes: object) => noticeIn(JSON.stringify({ ...NOTICE, ...changes }));

it('reads a notice of each kind, and only its own fields', () => {
  expect(read({ extra: 1 })).toEqual(NOTICE);
  for (const kind of PROBLEM_KINDS) expect(read({ kind })?.kind).toBe(kind);
});

it.each<[field: string, allowed: readonly unknown[], refused: readonly unknown[]]>([
  ['id', ['x'], [1, null, undefined]],
  ['trigger', ['another_trigger'], [null, undefined]],
  ['kind', [], ['another', null, undefined]],
  ['state', ['started'], ['ended', null, undefined]],
  ['sent_at', [0], [-1, 0.5, '1', null, undefined]],
  ['started_at', [0], [-1, null, undefined]],
  ['over_at', [null, 0], [-1, '1', undefined]],
  ['zaps', [0], [-1, null, undefined]],
  ['last_failure', [null, ''], [500, undefined]],
  ['events_waiting', [7], [-1, null, undefined]],
  ['events_given_up', [7], [-1, null, undefined]],
])('accepts the %s %j, and refuses a notice with %j', (field, allowed, refused) => {
  for (const value of allowed) expect(read({ [field]: value })).toMatchObject({ [field]: value });
  for (const value of refused) expect(read({ [field]: value })).toBeNull();
});

it.each<readonly [zap: unknown, expected: unknown]>([
  [null, null],
  ['text', null],
  [{ ...ZAP, trigger: 7 }, null],
  [{ trigger: 'x' }, { trigger: 'x', options: [], zap_id: null }],
  [
    { ...ZAP, options: [7, { label: 1, value: null }] },
    { ...ZAP, options: [{ label: '1', value: 'null' }] },
  ],
  ...[987654, '', '1x', 'x1', '1'.repeat(21)].map(
    (zap_id) =>
      [
        { ...ZAP, zap_id },
        { ...ZAP, zap_id: null },
      ] as const,
  ),
])('reads the Zap %j as %j', (zap, expected) => {
  expect(read({ zap })).toMatchObject({ zap: expected });
});

it('takes a Zap as turned off only if the notice says so', () => {
  expect(['true', 1, null, undefined, false].map((is_off) => read({ is_off })?.is_off)).toEqual(Array(5).fill(false));
});

it.each(['', 'text', '[]', 'null', '7'])('refuses the body %j', (body) => {
  expect(noticeIn(body)).toBeNull();
});

it('recognizes the action filter of a Zap that receives notices', () => {
  for (const kind of PROBLEM_KINDS) expect(selectsNotices({ actions: [noticeAction(kind)] })).toBe(true);
  const others = [
    {},
    { actions: [] },
    { actions: ['A_delivery_problem'] },
    { all_except: ['delivery_problem_silent'] },
  ];
  expect(others.map(selectsNotices)).toEqual([false, false, false, false]);
});

describe('the body of a notice', () => {
  it.each<[string, object]>([
    ['an unknown kind', { kind: 'other' }],
    ['an unknown state', { state: 'later' }],
    ['no id', { id: 1 }],
    ['no time', { started_at: 'yesterday' }],
    ['an end without a time', { over_at: 'today' }],
    ['no number of Zaps', { zaps: null }],
    ['no counts', { events_waiting: -1 }],
  ])('is refused with %s', (_name, changes) => {
    expect(noticeIn(JSON.stringify({ ...NOTICE, ...changes }))).toBeNull();
  });

  it('is refused unless it is JSON, and its description contains only what is shown', () => {
    expect(noticeIn('{')).toBeNull();
    const described = (zap: unknown) => noticeIn(JSON.stringify({ ...NOTICE, zap }))?.zap;
    expect(described({ trigger: 1 })).toBeNull();
    expect(described({ trigger: 'A', options: 1, zap_id: '../x' })).toEqual({
      trigger: 'A',
      options: [],
      zap_id: null,
    });
    expect(described({ trigger: 'A', options: [1, { label: 'B', value: 2 }], zap_id: randomUUID() })).toEqual({
      trigger: 'A',
      options: [{ label: 'B', value: '2' }],
      zap_id: null,
    });
  });
});
