import { describe, expect, it } from '@jest/globals';

import { fieldRule } from '../../src/record/field-rules.ts';
import { KeyedValues } from '../../src/record/keyed-values.ts';
import { fillItems, listInItem } from '../../src/record/line-items.ts';
import type { FieldValue } from '../../src/record/record.ts';

const itemOf = (values: Record<string, FieldValue>) => {
  const item = new KeyedValues();
  for (const [key, value] of Object.entries(values)) item.put(key, value);
  return item;
};

describe('fillItems', () => {
  const rule = fieldRule('charges');

  it('gives all items the same keys in the order of their first appearance', () => {
    const filled = { count: 0 };
    const items = fillItems([itemOf({ a: 1 }), itemOf({ b: 2, c: 3 }), itemOf({ c: 4, a: 5 })], rule, filled);
    expect(items).toEqual([
      { a: 1, b: null, c: null },
      { a: null, b: 2, c: 3 },
      { a: 5, b: null, c: 4 },
    ]);
    expect(Object.keys((items as object[])[2] ?? {})).toEqual(['a', 'b', 'c']);
    expect(filled.count).toBe(4);
  });

  it('starts with the static keys of the layout, or else of the rule', () => {
    expect(fillItems([itemOf({ a: 1, rate: 2 })], rule, { count: 0 }, new Set(['id', 'rate']))).toEqual([
      { id: null, rate: 2, a: 1 },
    ]);
    expect(fillItems([itemOf({ id: 1 })], fieldRule('cjas'), { count: 0 })).toEqual([
      { id: 1, name: null, pay_rate: null },
    ]);
  });

  it('turns a list in an item into JSON text', () => {
    expect(fillItems([itemOf({ a: [{ b: 1 }] })], rule, { count: 0 })).toEqual([{ a: '[{"b":1}]' }]);
  });

  it('returns JSON text if the items of the record would need more than 200,000 added nulls', () => {
    const items = [itemOf({ a: 1 }), itemOf({ b: 2 })];
    const filled = { count: 199_998 };
    expect(fillItems(items, rule, filled)).toEqual([
      { a: 1, b: null },
      { a: null, b: 2 },
    ]);
    expect(filled.count).toBe(200_000);
    expect(fillItems([itemOf({ a: 1 })], rule, filled)).toEqual([{ a: 1 }]);
    expect(fillItems(items, rule, filled)).toBe('[{"a":1},{"b":2}]');
    expect(filled.count).toBe(200_000);
    expect(fillItems(items, rule, { count: 199_999 })).toBe('[{"a":1},{"b":2}]');
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
  ])('of %j is %j', (list, text) => {
    expect(listInItem(list)).toBe(text);
  });
});
