/** An ordered map from keys to values, in which no value overwrites another. */

import type { Scalar } from '../../wire/json.ts';
import type { FieldValue } from './record.ts';

/** The values of a key that collided, and the next number to append to the key. */
interface Collisions {
  readonly values: Set<Scalar>;
  next: number;
}

/** Returns the value, or the JSON text of a list. Two lists are equal if their JSON texts are equal. */
const identityOf = (value: FieldValue): Scalar => (Array.isArray(value) ? JSON.stringify(value) : value);

/** Values by key. The static keys come first and are null until they get a value. */
export class KeyedValues<Value extends FieldValue = FieldValue> {
  /**
   * The values by key. Copying an object that has all static keys saves 1.7 µs per lesson, compared with collecting the
   * values in a Map.
   */
  readonly record: Record<string, Value>;
  /** The other keys in order of insertion. In the record, they follow the static keys. */
  readonly added: string[] = [];
  #collisions: Map<string, Collisions> | null = null;
  readonly #reserved: Readonly<Record<string, Value>> | null;

  /**
   * @param blank - an object in which all static keys are null
   * @param reserved - keys that are not available, with the values that they have elsewhere in the record
   */
  constructor(blank: Readonly<Record<string, Value>> = {}, reserved: Readonly<Record<string, Value>> | null = null) {
    this.record = { ...blank };
    this.#reserved = reserved;
  }

  /** Returns true if a value or a reserved value has the key. */
  has(key: string): boolean {
    return this.#valueAt(key) !== undefined;
  }

  /**
   * Sets a key. If the key already has another value, the new value gets the key with `_2`, `_3`, ... appended. A null
   * value is replaced, unless the key is reserved.
   */
  put(key: string, value: Value): void {
    if (this.record[key] === null) {
      this.record[key] = value;
      return;
    }
    const present = this.#valueAt(key);
    if (present === undefined) {
      this.#insert(key, value);
    } else if (value !== null && value !== present) {
      const { values } = this.#collisionsOf(key, present);
      if (!values.has(identityOf(value))) this.#putNumbered(key, value, present);
    }
  }

  /**
   * Adds a separate entry for the value, even if the key already has an equal value.
   *
   * @returns the key of the new entry: `key`, or `key` with `_2`, `_3`, ... appended
   */
  add(key: string, value: Value): string {
    const present = this.#valueAt(key);
    if (present !== undefined) return this.#putNumbered(key, value, present);
    this.#insert(key, value);
    return key;
  }

  /** Returns undefined for an unused key. Checks own keys only, because every object inherits a "constructor". */
  #valueAt(key: string): Value | undefined {
    if (Object.hasOwn(this.record, key)) return this.record[key];
    return this.#reserved && Object.hasOwn(this.#reserved, key) ? this.#reserved[key] : undefined;
  }

  #insert(key: string, value: Value): void {
    this.record[key] = value;
    this.added.push(key);
  }

  #collisionsOf(key: string, present: Value): Collisions {
    this.#collisions ??= new Map();
    let collisions = this.#collisions.get(key);
    if (!collisions) {
      collisions = { values: new Set([identityOf(present)]), next: 2 };
      this.#collisions.set(key, collisions);
    }
    return collisions;
  }

  #putNumbered(key: string, value: Value, present: Value): string {
    const collisions = this.#collisionsOf(key, present);
    while (this.has(`${key}_${collisions.next}`)) collisions.next++;
    const numbered = `${key}_${collisions.next}`;
    this.#insert(numbered, value);
    collisions.values.add(identityOf(value));
    return numbered;
  }
}
