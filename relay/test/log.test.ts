import { expect, it, jest } from '@jest/globals';

import { createLogLimit, logWith, nameOf, placeOf } from '../log.ts';

it('the log has at most 60 lines per message and minute, and reports the number of omitted lines', () => {
  jest.useFakeTimers();
  const reports: [string, number][] = [];
  const isAllowed = createLogLimit((...report) => reports.push(report));
  const allowed = (message: string, lines: number) =>
    Array.from({ length: lines }, () => isAllowed(message)).filter(Boolean).length;
  expect([allowed('A', 20_000), allowed('B', 60), allowed('C', 1)]).toEqual([60, 60, 1]);
  jest.advanceTimersByTime(59_000);
  expect([allowed('C', 70), reports]).toEqual([59, []]);
  jest.advanceTimersByTime(1_000);
  expect(reports).toEqual([
    ['A', 19_940],
    ['C', 11],
  ]);
  expect(allowed('A', 61)).toBe(60);
  jest.useRealTimers();
});

it.each([
  [Object.assign(new Error('Ada'), { code: 'ENOSPC' }), 'ENOSPC'],
  [new TypeError('Ada'), 'TypeError'],
  [{ message: 'Ada' }, 'unknown'],
  ['Ada', 'unknown'],
  [null, 'unknown'],
])('the name of an error is its code or class, never its message, which may quote a request: %j', (error, name) => {
  expect(nameOf(error)).toBe(name);
});

it('the place of an error is the first file of the relay in its stack, not of a package', () => {
  const [library, own] = ['at x (file:///relay/node_modules/pg/x.js:1:1)', 'at y (file:///relay/y.ts:2:2)'];
  const withStack = (...lines: readonly string[]) =>
    Object.assign(new Error('Ada'), { stack: ['Error: Ada', ...lines.map((line) => `    ${line}`)].join('\n') });
  expect(placeOf(withStack('at node:internal/x:3:3', library, own))).toBe(own);
  expect(placeOf(withStack(library))).toBe(library);
  for (const error of [withStack(), 'Ada']) expect(placeOf(error)).toBe('an unknown place');
});

it('a log with fields adds them to each line', () => {
  const lines: [string, object, string][] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const log = logWith({ info: at('info'), warn: at('warn'), error: at('error') }, { channel: 'x' });
  log.warn({ zap: 7 }, 'A');
  log.error({ channel: 'y' }, 'B');
  expect(lines).toEqual([
    ['warn', { channel: 'x', zap: 7 }, 'A'],
    ['error', { channel: 'y' }, 'B'],
  ]);
});
