/**
 * The cache of field keys. Names come from payloads, so a hostile sender could fill an unbounded cache. An evicted
 * entry is computed again as a new object.
 */

import { describe, expect, it } from '@jest/globals';

import { fieldKeysUnder } from '../../src/record/field-keys.ts';

let count = 0;
const newName = () => `hostile_${count++}`;

/** Adds entries until `isDropped` returns true, and returns the number of entries added. */
function addUntil(isDropped: () => boolean, add: (name: string) => void): number {
  for (let added = 1; added <= 20_000; added++) {
    add(newName());
    if (isDropped()) return added;
  }
  throw new Error('The entry was not dropped.');
}

describe('the cache of field keys', () => {
  const addKey = (name: string) => fieldKeysUnder('client').of(name);
  const addUntilDropped = (add: (name: string) => void) => {
    const keys = fieldKeysUnder('client');
    return addUntil(() => fieldKeysUnder('client') !== keys, add);
  };

  it('returns the keys under a prefix that it computed before', () => {
    const key = addKey('status');
    expect(fieldKeysUnder('client').of('status')).toBe(key);
    expect(fieldKeysUnder('tutor').of('status')).not.toBe(key);
  });

  it('contains at most 5000 keys', () => {
    addUntilDropped(addKey);
    expect(addUntilDropped(addKey)).toBe(5000);
  });

  it('counts prefixes as well', () => {
    const addPrefix = (prefix: string) => fieldKeysUnder(prefix);
    addUntilDropped(addPrefix);
    expect(addUntilDropped(addPrefix)).toBe(5000);
  });

  it('contains no name of 200 or more characters', () => {
    for (const [name, isCached] of [
      ['x'.repeat(199), true],
      ['x'.repeat(200), false],
    ] as const) {
      expect(addKey(name) === addKey(name)).toBe(isCached);
    }
  });
});
