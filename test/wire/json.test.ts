import { describe, expect, it } from '@jest/globals';

import { isDeeperThan, isJsonObject, isScalar, toScalar } from '../../wire/json.ts';

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    [undefined, false],
    ['{}', false],
    [1, false],
  ])('of %j is %j', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});

describe('isScalar', () => {
  it.each([
    [null, true],
    ['', true],
    [0, true],
    [false, true],
    [undefined, false],
    [{}, false],
    [[], false],
  ])('of %j is %j', (value, expected) => {
    expect(isScalar(value)).toBe(expected);
  });
});

describe('toScalar', () => {
  it.each([
    [undefined, null],
    [null, null],
    ['a', 'a'],
    [0, 0],
    [false, false],
    [{ a: [1] }, '{"a":[1]}'],
    [[], '[]'],
  ])('of %j is %j', (value, expected) => {
    expect(toScalar(value)).toBe(expected);
  });
});

describe('isDeeperThan', () => {
  it.each([
    [1, 0, false],
    [null, 0, false],
    [{}, 0, true],
    [[], 1, false],
    [[1, 'a', null], 1, false],
    [[[]], 1, true],
    [{ a: { b: 1 } }, 2, false],
    [{ a: 1, b: [{}] }, 2, true],
    [[{ a: [] }], 3, false],
    [[[], [[]], []], 2, true],
  ])('counts lists and objects: %j is deeper than %d: %j', (value, levels, expected) => {
    expect(isDeeperThan(levels, value)).toBe(expected);
  });

  it('does not overflow the call stack', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(isDeeperThan(99_999, deep)).toBe(true);
    expect(isDeeperThan(100_000, deep)).toBe(false);
  });
});
