/** An ordered map from keys to values, in which no value overwrites another. */

import type { Scalar } from '../../wire/json.ts';
import type { FieldValue, FlatRecord } from './record.ts';

/** Values seen under a key that collided, and the next number to append to the key. */
interface Collisions {
  readonly values: Set<Scalar>;
  next: number;
}

/** Lists are equal if their JSON text is. */
const identityOf = (value: FieldValue): Scalar => (Array.isArray(value) ? JSON.stringify(value) : value);

/** Values by key, in order of insertion. */
export class KeyedValues {
  readonly values = new Map<string, FieldValue>();
  #collisions: Map<string, Collisions> | null = null;
  #reserved: FlatRecord | null = null;

  /** Reserves the keys of a record. Values that are set later do not overwrite its values, not even null. */
  reserve(record: FlatRecord): void {
    for (const [key, value] of Object.entries(record)) this.values.set(key, value);
    this.#reserved = record;
  }

  /**
   * Sets a key. If the key already has another value, the new value gets the key with `_2`, `_3`, ... appended. Null is
   * overwritten, unless the key is reserved.
   */
  put(key: string, value: FieldValue): void {
    const present = this.values.get(key);
    if (present === undefined || (present === null && !(this.#reserved && Object.hasOwn(this.#reserved, key)))) {
      this.values.set(key, value);
    } else if (value !== null && value !== present) {
      const { values } = this.#collisionsOf(key, present);
      if (!values.has(identityOf(value))) this.#putNumbered(key, value);
    }
  }

  /**
   * Adds a separate entry for the value, even if the key already has an equal value.
   *
   * @returns the key of the new entry: `key`, or `key` with `_2`, `_3`, ... appended
   */
  add(key: string, value: FieldValue): string {
    if (this.values.has(key)) return this.#putNumbered(key, value);
    this.values.set(key, value);
    return key;
  }

  #collisionsOf(key: string, present: FieldValue): Collisions {
    this.#collisions ??= new Map();
    let collisions = this.#collisions.get(key);
    if (!collisions) {
      collisions = { values: new Set([identityOf(present)]), next: 2 };
      this.#collisions.set(key, collisions);
    }
    return collisions;
  }

  #putNumbered(key: string, value: FieldValue): string {
    const collisions = this.#collisionsOf(key, this.values.get(key) ?? null);
    while (this.values.has(`${key}_${collisions.next}`)) collisions.next++;
    const numbered = `${key}_${collisions.next}`;
    this.values.set(numbered, value);
    collisions.values.add(identityOf(value));
    return numbered;
  }
}
