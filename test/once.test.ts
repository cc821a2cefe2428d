import { expect, it } from '@jest/globals';

import { once } from '../src/once.ts';

it('runs the function on the first call only, and returns the same result on every call', () => {
  let calls = 0;
  const compute = once(() => ({ calls: ++calls }));
  expect(calls).toBe(0);
  expect(compute()).toBe(compute());
  expect(calls).toBe(1);
});
