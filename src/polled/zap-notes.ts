/**
 * The notes of a Zap with a polled trigger, in Zapier's cache: the records that the Zap has returned, and the records
 * that wait for their details. They contain ids and times only. Zapier may delete an entry at any time.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';

/** A record in the notes. */
export interface Mark {
  readonly rowId: string;
  /** The moment that the trigger is about, in milliseconds since 1970. */
  readonly at: number;
}

/** The notes of a Zap. Times are in milliseconds since 1970. */
export interface ZapNotes {
  /** The time at which the Zap was turned on, or at which lost notes began anew. */
  readonly since: number;
  /** The time of the last poll that had something to remember. */
  readonly polled: number;
  /** The time at which rows were last read; 0 for never. */
  readonly read: number;
  /** The number of requests that the rows took. */
  readonly rowRequests: number;
  /** The due records that need no details any more: the Zap has run, or they do not meet its choices. */
  readonly done: readonly Mark[];
  /** The due records whose details have not been read. */
  readonly waiting: readonly Mark[];
  /** The moments of missed records that no error has reported yet. */
  readonly missed: readonly number[];
  /**
   * True if the notes began with all records that were due. Otherwise it is not known which of them have already run the
   * Zap.
   */
  readonly beganComplete: boolean;
}

/** Lifetime of the notes: the longest time that a trigger looks ahead. */
const TTL_SECONDS = 14 * 86_400;

/** Ids by moment, in seconds since 1970. A busy branch has thousands of records at a few hundred moments. */
type Groups = Readonly<Record<string, readonly number[]>>;

/** The cache entry: the notes with the marks in groups. */
type Entry = Omit<ZapNotes, 'done' | 'waiting'> & { readonly done: Groups; readonly waiting: Groups };

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'number');

const isGroups = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every(isNumbers);

const isEntry = (value: unknown): value is Entry =>
  isJsonObject(value) &&
  isNumbers([value.since, value.polled, value.read, value.rowRequests]) &&
  isGroups(value.done) &&
  isGroups(value.waiting) &&
  isNumbers(value.missed) &&
  typeof value.beganComplete === 'boolean';

function grouped(marks: readonly Mark[]): Groups {
  const groups: Record<string, number[]> = {};
  for (const { rowId, at } of marks) (groups[String(Math.floor(at / 1000))] ??= []).push(Number(rowId));
  return groups;
}

const marksIn = (groups: Groups): Mark[] =>
  Object.entries(groups).flatMap(([seconds, ids]) =>
    ids.map((id) => ({ rowId: String(id), at: Number(seconds) * 1000 })),
  );

/** Returns the name of a record in the notes. A record whose moment has changed has another name. */
export const markName = ({ rowId, at }: Mark): string => `${rowId}@${Math.floor(at / 1000)}`;

/** Returns the id of the Zap; null if it is unknown. core declares it as deprecated, and in the editor it can be "0". */
export function zapIdOf(bundle: Bundle): string | null {
  const meta: unknown = bundle.meta;
  const { zap }: JsonObject = isJsonObject(meta) ? meta : {};
  const id = isJsonObject(zap) ? String(toScalar(zap.id) ?? '') : '';
  return id === '' || id === '0' ? null : id;
}

/** Returns notes that begin now. @param due - all records that are due, for which the Zap does not run; null if unknown */
export const newNotes = (now: number, due: readonly Mark[] | null = null): ZapNotes => ({
  since: now,
  polled: now,
  read: 0,
  rowRequests: 1,
  done: due ?? [],
  waiting: [],
  missed: [],
  beganComplete: due !== null,
});

/** The storage of the notes of one Zap. */
export class ZapNotesStore {
  readonly #z: ZObject;
  readonly #key: string;

  constructor(z: ZObject, bundle: Bundle, triggerKey: string, zapId: string) {
    this.#z = z;
    this.#key = cacheKey(bundle, `${triggerKey}_${zapId}`);
  }

  async #readOnce(): Promise<ZapNotes | null> {
    const entry: unknown = await this.#z.cache.get(this.#key);
    return isEntry(entry) ? { ...entry, done: marksIn(entry.done), waiting: marksIn(entry.waiting) } : null;
  }

  /** Returns the notes; null if the cache has none. @throws {Error} if the cache does not respond */
  find(): Promise<ZapNotes | null> {
    // Repeat a failed read once, because a poll without notes may fail.
    return this.#readOnce().catch(() => this.#readOnce());
  }

  /**
   * Returns the notes. If there are none, new notes are written and read, to see whether the cache keeps them.
   * @returns null if the cache does not respond or keeps nothing. It must not be written then, because it may have an entry.
   */
  async read(now: number): Promise<ZapNotes | null> {
    try {
      const notes = await this.find();
      if (notes) return notes;
      await this.write(newNotes(now));
      return await this.#readOnce();
    } catch {
      return null;
    }
  }

  /** Replaces the notes. Returns false if the cache does not respond: the next poll reads the same details again. */
  async write(notes: ZapNotes): Promise<boolean> {
    const entry: Entry = { ...notes, done: grouped(notes.done), waiting: grouped(notes.waiting) };
    const set = () => this.#z.cache.set(this.#key, entry, TTL_SECONDS);
    // Repeat a failed write once, because records that are not noted as done count as missed later.
    const isKept = await set().catch(() => set().catch(() => false));
    return isKept !== false;
  }
}
