import { describe, expect, it } from '@jest/globals';

import { KeyedValues } from '../../src/record/keyed-values.ts';
import type { Scalar } from '../../wire/json.ts';

describe('KeyedValues', () => {
  const entriesAfter = (put: (values: KeyedValues) => void) => {
    const keyed = new KeyedValues();
    put(keyed);
    return keyed.record;
  };

  it('overwrites null, but never another value', () => {
    const put = (keyed: KeyedValues) => {
      keyed.put('a', null);
      keyed.put('a', 1);
      keyed.put('a', null);
      keyed.put('a', 2);
    };
    expect(entriesAfter(put)).toEqual({ a: 1, a_2: 2 });
  });

  it('stores a repeated value once, including one that has a numbered key', () => {
    const put = (keyed: KeyedValues) => {
      for (const value of [1, 2, 1, 2, 3]) keyed.put('a', value);
    };
    expect(entriesAfter(put)).toEqual({ a: 1, a_2: 2, a_3: 3 });
  });

  it('compares lists by their contents', () => {
    const put = (keyed: KeyedValues) => {
      for (const id of [1, 1, 2, 2]) keyed.put('a', [{ id }]);
    };
    expect(entriesAfter(put)).toEqual({ a: [{ id: 1 }], a_2: [{ id: 2 }] });
  });

  it('recognises a repeated list after another value was added', () => {
    const put = (keyed: KeyedValues) => {
      keyed.put('a', [{ id: 1 }]);
      keyed.add('a', 7);
      keyed.put('a', [{ id: 1 }]);
    };
    expect(entriesAfter(put)).toEqual({ a: [{ id: 1 }], a_2: 7 });
  });

  it('skips numbered keys that are taken', () => {
    const put = (keyed: KeyedValues) => {
      keyed.put('a_2', 'taken');
      keyed.put('a', 1);
      keyed.put('a', 2);
    };
    expect(entriesAfter(put)).toEqual({ a_2: 'taken', a: 1, a_3: 2 });
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
    for (const key of ['c', 'a', 'a']) keyed.put(key, key === 'c' ? null : keyed.added.length);
    keyed.put('c', 2);
    expect(Object.entries(keyed.record)).toEqual([
      ['b', null],
      ['a', 1],
      ['c', 2],
    ]);
    expect(keyed.added).toEqual(['c']);
    expect(blank).toEqual({ b: null, a: null });
  });

  it('treats the keys that every object inherits as free', () => {
    const keyed = new KeyedValues({}, {});
    expect(keyed.has('constructor')).toBe(false);
    keyed.put('constructor', 1);
    expect(keyed.record).toEqual({ constructor: 1 });
  });

  it('adds a repeated value under a separate key, and returns the key', () => {
    const keyed = new KeyedValues();
    expect([keyed.add('a', 1), keyed.add('a', 1), keyed.add('a', null)]).toEqual(['a', 'a_2', 'a_3']);
    keyed.put('a', null);
    expect(keyed.record).toEqual({ a: 1, a_2: 1, a_3: null });
  });
});
