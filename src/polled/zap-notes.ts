/**
 * The notes of a Zap with a polled trigger, in Zapier's cache. The notes contain the records that need no run, and the
 * records that wait for their details. The notes contain only ids and times, because the cache belongs to Zapier and
 * rows contain names of children. Zapier can delete an entry at any time.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { cacheKey } from '../api/cache.ts';

/** A record in the notes. */
export interface Mark {
  readonly rowId: string;
  /** The time on which the trigger depends, in milliseconds since 1970. */
  readonly at: number;
}

/** The notes of a Zap. Times are in milliseconds since 1970. */
export interface ZapNotes {
  /** The time at which the Zap was turned on, or at which new notes replaced lost notes. */
  readonly since: number;
  /** The time of the poll that saved the notes. */
  readonly saved: number;
  /** The time at which rows were last read; 0 if rows have never been read. */
  readonly read: number;
  /**
   * Number of requests to reserve for the next reading of rows: the number used by the last reading, or more if an
   * attempt has run out of requests since then.
   */
  readonly rowRequests: number;
  /** Duration of the last reading of rows, in milliseconds. */
  readonly rowsMs: number;
  /** Number of polls since the last reading that had too few requests left for the rows. */
  readonly lacks: number;
  /**
   * The records for which the Zap must never run, because they were due when the Zap was turned on, or because they
   * were due when the notes of a Zap that runs for each person were lost. Null if these records are unknown, because
   * the first poll failed, or because the notes of a Zap that runs once for each record were lost. In the latter case,
   * the Zap returns the records again, and Zapier drops the duplicates.
   */
  readonly known: readonly Mark[] | null;
  /**
   * The records that were returned, or that did not meet the Zap's choices. Zapier knows the ids of the runs that were
   * returned.
   */
  readonly returned: readonly Mark[];
  /** The due records whose details have not been read. */
  readonly waiting: readonly Mark[];
  /** The moments of missed records that no error has reported yet. */
  readonly missed: readonly number[];
  /** The time at which the first of the missed records was noted; 0 if no records were missed. */
  readonly untoldSince: number;
  /**
   * False if `missed` contains the start and the end of a period in which an unknown number of records might have been
   * missed.
   */
  readonly isMissedCounted: boolean;
}

/** Lifetime of the notes, equal to the longest time that a trigger looks ahead. */
const TTL_SECONDS = 14 * 86_400;

/**
 * The ids of records, grouped by moment, in seconds since 1970. A busy branch has thousands of records at a few hundred
 * moments.
 */
type Groups = Readonly<Record<string, readonly number[]>>;

/** The cache entry: the notes, with their marks grouped by moment. */
interface Entry extends Omit<ZapNotes, 'known' | 'returned' | 'waiting'> {
  readonly known: Groups | null;
  readonly returned: Groups;
  readonly waiting: Groups;
}

const isNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'number');

const isGroups = (value: unknown): boolean => isJsonObject(value) && Object.values(value).every(isNumbers);

const isEntry = (value: unknown): value is Entry =>
  isJsonObject(value) &&
  isNumbers([value.since, value.saved, value.read, value.rowRequests, value.rowsMs, value.lacks, value.untoldSince]) &&
  (value.known === null || isGroups(value.known)) &&
  isGroups(value.returned) &&
  isGroups(value.waiting) &&
  isNumbers(value.missed) &&
  typeof value.isMissedCounted === 'boolean';

function grouped(marks: readonly Mark[]): Groups {
  const groups: Record<string, number[]> = {};
  for (const { rowId, at } of marks) (groups[String(Math.floor(at / 1000))] ??= []).push(Number(rowId));
  return groups;
}

const marksIn = (groups: Groups): Mark[] =>
  Object.entries(groups).flatMap(([seconds, ids]) =>
    ids.map((id) => ({ rowId: String(id), at: Number(seconds) * 1000 })),
  );

/** Returns the name of a record in the notes. If the moment of a record changes, the name changes. */
export const markName = ({ rowId, at }: Mark): string => `${rowId}@${Math.floor(at / 1000)}`;

/**
 * Returns the id of the Zap; null if the id is unknown. Core marks `bundle.meta.zap` as deprecated. In the editor, the
 * id can be "0".
 */
export function zapIdOf(bundle: Bundle): string | null {
  const meta: unknown = bundle.meta;
  const { zap }: JsonObject = isJsonObject(meta) ? meta : {};
  const id = isJsonObject(zap) ? String(toScalar(zap.id) ?? '') : '';
  return id === '' || id === '0' ? null : id;
}

/**
 * Returns new notes that start at the given time.
 *
 * @param known - all records that are due, for which the Zap must not run; null if they are unknown
 * @param rowRequests - the number of requests used to read the rows
 */
export const newNotes = (now: number, known: readonly Mark[] | null = null, rowRequests = 1): ZapNotes => ({
  since: now,
  saved: now,
  read: 0,
  rowRequests,
  rowsMs: 0,
  lacks: 0,
  known,
  returned: [],
  waiting: [],
  missed: [],
  untoldSince: 0,
  isMissedCounted: true,
});

/** Returns true if the first poll of the Zap has failed. The records that were due at that poll are then unknown. */
export const hasNotBegun = ({ known, read }: ZapNotes): boolean => known === null && read === 0;

/** Returns notes without the missed records, for a poll that throws the error about these records. */
export const withoutMissed = (notes: ZapNotes, now: number): ZapNotes => ({
  ...notes,
  saved: now,
  missed: [],
  untoldSince: 0,
  isMissedCounted: true,
});

/** The storage of the notes of one Zap. */
export class ZapNotesStore {
  readonly #z: ZObject;
  readonly #key: string;

  constructor(z: ZObject, bundle: Bundle, triggerKey: string, zapId: string) {
    this.#z = z;
    this.#key = cacheKey(bundle, `${triggerKey}_${zapId}`);
  }

  async #findOnce(): Promise<ZapNotes | null> {
    const entry: unknown = await this.#z.cache.get(this.#key);
    if (!isEntry(entry)) return null;
    const { known, returned, waiting } = entry;
    return { ...entry, known: known && marksIn(known), returned: marksIn(returned), waiting: marksIn(waiting) };
  }

  /** Returns the notes; null if the cache has no notes. @throws {Error} if the cache does not respond */
  find(): Promise<ZapNotes | null> {
    // A failed read is repeated once, because a poll without notes fails.
    return this.#findOnce().catch(() => this.#findOnce());
  }

  /**
   * Replaces the notes. Returns false if it is too late, or if the cache does not respond. The next poll then reads the
   * same details again.
   *
   * @param isTimely - returns false once it is too late to write the notes
   */
  async write(notes: ZapNotes, isTimely = () => true): Promise<boolean> {
    const { known, returned, waiting } = notes;
    const entry: Entry = {
      ...notes,
      known: known && grouped(known),
      returned: grouped(returned),
      waiting: grouped(waiting),
    };
    const set = async (): Promise<unknown> => isTimely() && this.#z.cache.set(this.#key, entry, TTL_SECONDS);
    // A failed write is repeated once, because otherwise the next poll would read the same records again.
    const isKept = await set().catch(() => set().catch(() => false));
    return isKept !== false;
  }
}
