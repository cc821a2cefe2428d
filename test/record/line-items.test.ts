import { describe, expect, it } from '@jest/globals';

import { KeyedValues } from '../../src/record/keyed-values.ts';
import { fillItems, listInItem } from '../../src/record/line-items.ts';
import { blankOf } from '../../src/record/record.ts';
import type { Scalar } from '../../wire/json.ts';

const NO_KEYS = {};

const itemOf = (values: Record<string, Scalar>, blank: Record<string, null> = NO_KEYS) => {
  const item = new KeyedValues<Scalar>(blank);
  for (const [key, value] of Object.entries(values)) item.put(key, value);
  return item;
};

describe('fillItems', () => {
  it('fills all items with the same keys, in the order of their first appearance', () => {
    const filled = { count: 0 };
    const items = fillItems([itemOf({ a: 1 }), itemOf({ b: 2, c: 3 }), itemOf({ c: 4, a: 5 })], NO_KEYS, filled);
    expect(items).toEqual([
      { a: 1, b: null, c: null },
      { a: null, b: 2, c: 3 },
      { a: 5, b: null, c: 4 },
    ]);
    expect(Object.keys((items as object[])[2] ?? {})).toEqual(['a', 'b', 'c']);
    expect(filled.count).toBe(4);
  });

  it('keeps the static keys first, and counts their nulls', () => {
    const blank = blankOf(['id', 'rate']);
    const filled = { count: 0 };
    const items = fillItems([itemOf({ a: 1, rate: 2 }, blank), itemOf({ id: 3 }, blank)], blank, filled);
    expect(items).toEqual([
      { id: null, rate: 2, a: 1 },
      { id: 3, rate: null, a: null },
    ]);
    expect(Object.keys((items as object[])[1] ?? {})).toEqual(['id', 'rate', 'a']);
    expect(filled.count).toBe(5);
    expect(fillItems([itemOf({ rate: 2 }, blank)], blank, filled)).toEqual([{ id: null, rate: 2 }]);
  });

  it('returns JSON text if the items of the record would need more than 500,000 nulls', () => {
    const items = [itemOf({ a: 1 }), itemOf({ b: 2 })];
    const filled = { count: 499_998 };
    expect(fillItems(items, NO_KEYS, filled)).toEqual([
      { a: 1, b: null },
      { a: null, b: 2 },
    ]);
    expect(filled.count).toBe(500_000);
    expect(fillItems([itemOf({ a: 1 })], NO_KEYS, filled)).toEqual([{ a: 1 }]);
    expect(fillItems(items, NO_KEYS, filled)).toBe('[{"a":1},{"b":2}]');
    expect(filled.count).toBe(500_000);
    expect(fillItems(items, NO_KEYS, { count: 499_999 })).toBe('[{"a":1},{"b":2}]');
  });
});

describe('listInItem', () => {
  it.each<[list: unknown[], text: string]>([
    [[{ name: 'Leo' }, { first_name: 'Mia', last_name: 'Chen' }, 'Ben', 7], 'Leo, Mia Chen, Ben, 7'],
    [[{ name: 'Leo' }, { id: 1 }], '[{"name":"Leo"},{"id":1}]'],
    [[{ name: 7 }], '[{"name":7}]'],
    [['a', null], '["a",null]'],
    [[['a']], '[["a"]]'],
    [[], ''],
  ])('for %j returns %j', (list, text) => {
    expect(listInItem(list)).toBe(text);
  });
});
