import { describe, expect, it } from '@jest/globals';

import { PacedCalls } from '../paced-calls.ts';

describe('PacedCalls', () => {
  it('makes a limited number of calls in each turn of the event loop, in order', async () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const made: number[] = [];
    const calls = (...numbers: number[]) => numbers.map((number) => () => void made.push(number));
    const paced = new PacedCalls(2);
    paced.add(calls(1, 2, 3, 4, 5));
    expect(made).toEqual([1, 2]);
    paced.add(calls(6));
    expect(made).toEqual([1, 2]);
    await turn();
    expect(made).toEqual([1, 2, 3, 4]);
    await turn();
    expect(made).toEqual([1, 2, 3, 4, 5, 6]);
    paced.add(calls(7));
    expect(made).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});
