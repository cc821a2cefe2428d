import { describe, expect, it } from '@jest/globals';

import { parseWithLongIntegers, toScalar } from '../../wire/json.ts';

const LONG = '12345678901234567890';

it.each<readonly [value: unknown, scalar: unknown]>([
  ...['', 'x', 0, 1.5, true, false, null].map((value) => [value, value] as const),
  [undefined, null],
  [{ a: 1 }, '{"a":1}'],
  [[], '[]'],
])('toScalar returns %j as %j', (value, scalar) => {
  expect(toScalar(value)).toBe(scalar);
});

describe('parseWithLongIntegers', () => {
  it.each([
    ['[9007199254740991, -9007199254740991]', [9007199254740991, -9007199254740991]],
    [`[9007199254740993, -${LONG}]`, ['9007199254740993', `-${LONG}`]],
    [`{"id": ${LONG}}`, { id: LONG }],
    [`[1,${LONG} ,2]`, [1, LONG, 2]],
    [
      `[0.${LONG}, ${LONG}.5, 1234567890123456789e3]`,
      [0.12345678901234568, 1.2345678901234567e19, 1.2345678901234568e21],
    ],
  ])('of %s keeps the digits of an integer', (text, expected) => {
    expect(parseWithLongIntegers(text)).toEqual(expected);
  });

  it('does not change texts that contain digits or escaped quotation marks, also in a long text', () => {
    const value = { a: `: ${LONG}`, 'b"': ['\\', `\\" ${LONG}`, `"${LONG}"`], c: 'x"'.repeat(500_000) };
    expect(parseWithLongIntegers(JSON.stringify(value))).toEqual(value);
    const withInteger = JSON.stringify(value).replace('{', `{"id": ${LONG},`);
    expect(parseWithLongIntegers(withInteger)).toEqual({ id: LONG, ...value });
  });
});
