import { describe, expect, it } from '@jest/globals';

import { isSameValue } from '../../src/record/same-value.ts';

describe('isSameValue', () => {
  it.each([
    ['42.00', 42],
    ['42.00', '42'],
    ['0.00', 0],
    ['-0.00', '0'],
    [1.5, '1.50000'],
    ['2026-06-10T16:00:00Z', '2026-06-10T17:00:00.000000+01:00'],
    ['Tom &amp; Ana&#x27;s &lt;b&gt; &quot;note&quot;', 'Tom & Ana\'s <b> "note"'],
    [null, ''],
    [null, ' '],
    ['0E-10', '0.00'],
    ['1.5e+1', 15],
    ['True', true],
    ['FALSE', 'false'],
  ])('ignores the spelling of a value: %j, %j', (one, other) => {
    expect([isSameValue(one, other), isSameValue(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['007', '7'],
    ['0', ''],
    ['42.00', '42.01'],
    ['100', '10'],
    ['12345678901234567890', '12345678901234567891'],
    ['raman', 'Raman'],
    ['Tom &amp; Ana', 'Tom &amp; Jo'],
    [0, null],
    [false, null],
    ['true', 'false'],
    ['truest', true],
    ['untrue', false],
    ['Room 1.10', 'Room 1.1'],
    ['1.5 A10', '1.5 A1'],
    ['x1e1', 'y1e1'],
    ['1e1x', '1e1y'],
    ['1.5e+1', '16'],
    ['10', '1.0'],
    ['-7', '7'],
  ])('distinguishes other values: %j, %j', (one, other) => {
    expect(isSameValue(one, other)).toBe(false);
  });
});
