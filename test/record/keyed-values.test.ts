import { describe, expect, it } from '@jest/globals';

import { KeyedValues } from '../../src/record/keyed-values.ts';
import type { FieldValue } from '../../src/record/record.ts';
import type { Scalar } from '../../wire/json.ts';

describe('KeyedValues', () => {
  const after = (...entries: [key: string, value: FieldValue][]) => {
    const keyed = new KeyedValues();
    for (const entry of entries) keyed.put(...entry);
    return keyed.record;
  };

  it('overwrites null, but never another value', () => {
    expect(after(['a', null], ['a', 1], ['a', null], ['a', 2])).toEqual({ a: 1, a_2: 2 });
  });

  it('stores a repeated value once, including one that has a numbered key', () => {
    expect(after(['a', 1], ['a', 2], ['a', 1], ['a', 2], ['a', 3])).toEqual({ a: 1, a_2: 2, a_3: 3 });
  });

  it('compares lists by their contents', () => {
    const [one, other] = [() => [{ id: 1 }], () => [{ id: 2 }]];
    expect(after(['a', one()], ['a', one()], ['a', other()], ['a', other()])).toEqual({ a: one(), a_2: other() });
  });

  it('skips numbered keys that are taken', () => {
    expect(after(['a_2', 'taken'], ['a', 1], ['a', 2])).toEqual({ a_2: 'taken', a: 1, a_3: 2 });
  });

  it('does not use a reserved key, not even if its value is null', () => {
    const keyed = new KeyedValues<Scalar>({}, { actor_id: null, actor_name: 'Dana' });
    keyed.put('mood', null);
    keyed.put('actor_id', 9);
    keyed.put('actor_name', 'Dana');
    keyed.put('mood', 'fine');
    expect(keyed.record).toEqual({ mood: 'fine', actor_id_2: 9 });
    expect(['actor_id', 'mood', 'actor_id_3'].map((key) => keyed.has(key))).toEqual([true, true, false]);
  });

  it('starts with the static keys, and lists the keys that were added to them', () => {
    const blank = { b: null, a: null };
    const keyed = new KeyedValues<Scalar>(blank);
    keyed.put('c', null);
    keyed.put('a', 1);
    keyed.put('c', 2);
    expect(JSON.stringify(keyed.record)).toBe('{"b":null,"a":1,"c":2}');
    expect(keyed.added).toEqual(['c']);
    expect(blank).toEqual({ b: null, a: null });
  });

  it('treats the keys that every object inherits as free', () => {
    expect(new KeyedValues({}, {}).has('constructor')).toBe(false);
    expect(after(['constructor', 1])).toEqual({ constructor: 1 });
  });

  it('adds a repeated value under a separate key, returns the key, and recognises the value later', () => {
    const keyed = new KeyedValues();
    expect([[{ id: 1 }], 1, 1, null].map((value) => keyed.add('a', value))).toEqual(['a', 'a_2', 'a_3', 'a_4']);
    for (const value of [null, [{ id: 1 }], 1]) keyed.put('a', value);
    expect(keyed.record).toEqual({ a: [{ id: 1 }], a_2: 1, a_3: 1, a_4: null });
  });
});
