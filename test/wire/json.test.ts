import { describe, expect, it } from '@jest/globals';

import { inspectJson, isJsonObject, isScalar, parseWithLongIntegers, toScalar } from '../../wire/json.ts';

it.each([
  { value: {}, isObject: true, scalar: '{}' },
  { value: { a: [1] }, isObject: true, scalar: '{"a":[1]}' },
  { value: [], isObject: false, scalar: '[]' },
  { value: undefined, isObject: false, scalar: null },
  ...[null, 'a', '', 0, false].map((value) => ({ value, isObject: false, scalar: value })),
])('tells whether $value is an object, and makes it the scalar $scalar', ({ value, isObject, scalar }) => {
  expect(isJsonObject(value)).toBe(isObject);
  expect(isScalar(value)).toBe(value === scalar);
  expect(toScalar(value)).toBe(scalar);
});

describe('inspectJson', () => {
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
    expect(inspectJson(levels, value).isTooDeep).toBe(expected);
  });

  it('does not overflow the call stack', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(inspectJson(99_999, deep).isTooDeep).toBe(true);
    expect(inspectJson(100_000, deep).isTooDeep).toBe(false);
  });
});

describe('inspectJson on numbers', () => {
  it.each<[value: unknown, expected: boolean]>([
    [9007199254740991, false],
    [-9007199254740992, true],
    [{ a: [1, { b: 1e20 }] }, true],
    [{ a: [1, 0.5, '12345678901234567890', null, true] }, false],
  ])('finds long integers in %j: %j', (value, expected) => {
    expect(inspectJson(Infinity, value)).toEqual({ isTooDeep: false, hasLongIntegers: expected });
  });
});

describe('parseWithLongIntegers', () => {
  it.each([
    ['[9007199254740991, -9007199254740991]', [9007199254740991, -9007199254740991]],
    ['[9007199254740993, -12345678901234567890]', ['9007199254740993', '-12345678901234567890']],
    ['{"id": 12345678901234567890}', { id: '12345678901234567890' }],
    ['[1,12345678901234567890 ,2]', [1, '12345678901234567890', 2]],
    [
      '[0.12345678901234567890, 12345678901234567890.5, 1234567890123456789e3]',
      [0.12345678901234568, 1.2345678901234567e19, 1.2345678901234568e21],
    ],
  ])('of %s keeps the digits of an integer', (text, expected) => {
    expect(parseWithLongIntegers(text)).toEqual(expected);
  });

  it('does not change texts that contain digits or escaped quotation marks', () => {
    const value = { a: ': 12345678901234567890', 'b"': ['\\', '\\" 12345678901234567890', '"12345678901234567890"'] };
    expect(parseWithLongIntegers(JSON.stringify(value))).toEqual(value);
    const withInteger = JSON.stringify(value).replace('{', '{"id": 12345678901234567890,');
    expect(parseWithLongIntegers(withInteger)).toEqual({ id: '12345678901234567890', ...value });
  });

  it('parses a long text with a long integer', () => {
    const text = `{"id": 12345678901234567890, "topic": "${'x"'.repeat(500_000).replaceAll('"', '\\"')}"}`;
    expect(parseWithLongIntegers(text)).toMatchObject({ id: '12345678901234567890', topic: 'x"'.repeat(500_000) });
  });
});
