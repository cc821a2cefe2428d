import { expect, it, jest } from '@jest/globals';

import { createLogLimit } from '../log.ts';

it('the log has 60 lines per message and minute, and reports how many were left out', () => {
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
