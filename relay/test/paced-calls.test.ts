import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { PacedCalls } from '../paced-calls.ts';

describe('PacedCalls', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('makes a limited number of calls in each millisecond, in order', () => {
    let maxCalls = 2;
    const made: number[] = [];
    const calls = (...numbers: number[]) => numbers.map((number) => () => void made.push(number));
    const paced = new PacedCalls(() => maxCalls);
    paced.add(calls(1, 2, 3, 4, 5));
    expect(made).toEqual([1, 2]);
    paced.add(calls(6, 7));
    expect(made).toEqual([1, 2]);
    jest.advanceTimersByTime(1);
    expect(made).toEqual([1, 2, 3, 4]);
    maxCalls = 3;
    jest.advanceTimersByTime(1);
    expect(made).toEqual([1, 2, 3, 4, 5, 6, 7]);
    paced.add(calls(8));
    expect(made).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
