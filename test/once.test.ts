import { describe, expect, it } from '@jest/globals';

import { once, withLazy } from '../src/once.ts';

it('runs the function on the first call only, and returns the same result on every call', () => {
  let calls = 0;
  const compute = once(() => ({ calls: ++calls }));
  expect(calls).toBe(0);
  expect(compute()).toBe(compute());
  expect(calls).toBe(1);
});

describe('a property that is computed lazily', () => {
  const lazy = () => {
    let calls = 0;
    return withLazy({ name: 'Lesson' }, { fields: () => [++calls] });
  };

  it('is computed when it is first read, once', () => {
    const object = lazy();
    const names = Object.keys(object);
    expect(names).toEqual(['name', 'fields']);
    expect([object.fields, object.fields]).toEqual([[1], [1]]);
    expect(Object.keys(object)).toEqual(names);
  });

  it('is copied with the object', () => {
    const object = lazy();
    expect([{ ...object }, { ...object }]).toEqual(Array(2).fill({ name: 'Lesson', fields: [1] }));
  });
});
