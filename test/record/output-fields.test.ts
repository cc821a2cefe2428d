import { describe, expect, it } from '@jest/globals';

import { typeOf } from '../../src/record/output-fields.ts';

describe('typeOf', () => {
  it.each([
    [1, 'number'],
    [false, 'boolean'],
    [null, 'string'],
    ['a', 'string'],
    ['2026-06-10T18:05:00Z', 'datetime'],
    ['2026-06-10T18:05:00.123456+01:00', 'datetime'],
    ['2026-06-10T18:05:00', 'string'],
    ['2026-06-10', 'string'],
    ['On 2026-06-10T18:05:00Z', 'string'],
    ['2026-06-10T18:05:00Z or so', 'string'],
  ])('returns for %j the type %j', (value, type) => {
    expect(typeOf(value)).toBe(type);
  });
});
