/** An ordered map from keys to values. A new value never overwrites a different value. */

import type { Scalar } from '../../wire/json.ts';
import type { FieldValue } from './record.ts';

/** The different values of one key, and the next number to append to the key. */
interface Collisions {
  readonly values: Set<Scalar>;
  next: number;
}

/**
 * Returns the identity of a value: a scalar itself, or the JSON text of a list. Two values are equal if their
 * identities are equal.
 */
const identityOf = (value: FieldValue): Scalar => (Array.isArray(value) ? JSON.stringify(value) : value);

/** The start of a group: the group's key prefix, and the index of its first key among the added keys. */
interface GroupStart {
  readonly prefix: string;
  readonly index: number;
}

/** Values by key. The static keys come first. The value of a static key is null until another value is put. */
export class KeyedValues<Value extends FieldValue = FieldValue> {
  /**
   * The values by key. The object starts as a copy of an object with all static keys, because copying is faster than
   * filling a map.
   */
  readonly record: Record<string, Value>;
  /** The keys that are not static, in order of insertion. In `record`, these keys follow the static keys. */
  readonly added: string[] = [];
  /**
   * The start of each group, in order: the subject's own keys, the keys of each nested record, and the custom fields.
   */
  readonly groups: GroupStart[] = [];
  /** The keys of values that are computed from other values: joined names and addresses, and the names in lists. */
  readonly derivedKeys = new Set<string>();
  readonly #collisions = new Map<string, Collisions>();
  readonly #reserved: Readonly<Record<string, Value>>;

  /**
   * @param blank - an object in which all static keys are null
   * @param reserved - values by key in another part of the record. These keys are not available in this map.
   */
  constructor(blank: Readonly<Record<string, Value>> = {}, reserved: Readonly<Record<string, Value>> = {}) {
    this.record = { ...blank };
    this.#reserved = reserved;
  }

  /** Returns true if the key is in use or reserved. */
  has(key: string): boolean {
    return this.#valueAt(key) !== undefined;
  }

  /**
   * Starts a group with the given key prefix. All keys that are added until the next group starts belong to this group.
   */
  startGroup(prefix: string): void {
    this.groups.push({ prefix, index: this.added.length });
  }

  /** Sets a key to a value that is computed from other values. */
  putDerived(key: string, value: Value): void {
    this.put(key, value);
    this.derivedKeys.add(key);
  }

  /**
   * Sets a key. If the key already has a different value, the new value gets the key with `_2`, `_3`, ... appended.
   * Replaces a null value, unless the key is reserved.
   */
  put(key: string, value: Value): void {
    if (this.record[key] === null) {
      this.record[key] = value;
      return;
    }
    const present = this.#valueAt(key);
    const isAbsent = (there: Value) => value !== null && !this.#collisionsAt(key, there).values.has(identityOf(value));
    if (present === undefined || (value !== present && isAbsent(present))) this.add(key, value);
  }

  /**
   * Adds a separate entry for the value, even if the key already has an equal value.
   *
   * @returns the key of the new entry: `key`, or `key` with `_2`, `_3`, ... appended
   */
  add(key: string, value: Value): string {
    const present = this.#valueAt(key);
    let free = key;
    if (present !== undefined) {
      const collisions = this.#collisionsAt(key, present);
      collisions.values.add(identityOf(value));
      while (this.has(`${key}_${collisions.next}`)) collisions.next++;
      free = `${key}_${collisions.next}`;
    }
    this.record[free] = value;
    this.added.push(free);
    return free;
  }

  /**
   * Returns the value of a key; undefined for an unused key. Checks own keys only, because every object inherits
   * `constructor`.
   */
  #valueAt(key: string): Value | undefined {
    if (Object.hasOwn(this.record, key)) return this.record[key];
    return Object.hasOwn(this.#reserved, key) ? this.#reserved[key] : undefined;
  }

  #collisionsAt(key: string, present: Value): Collisions {
    const collisions = this.#collisions.get(key) ?? { values: new Set([identityOf(present)]), next: 2 };
    this.#collisions.set(key, collisions);
    return collisions;
  }
}
