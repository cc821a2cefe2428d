/**
 * Determines whether all rows of a list were read. Each page shows the list at the time of its request. When a row is
 * deleted between two requests, later rows move to a page that was already read, and are missed. When a row is added,
 * earlier rows move to a later page, and are read twice.
 */

import { rowId } from './rows.ts';
import type { Page } from './client.ts';

/** The pages of a list that were read in sequence, starting at the first page. */
export class ListReading {
  /** The number of rows of the list at the first request; null if TutorCruncher has not stated it. */
  #firstCount: number | null = null;
  /** The number of rows of the list at the last request. */
  #count: number | null = null;
  #pages = 0;
  #listed = 0;
  /** Number of rows that were also on an earlier page. */
  #repeated = 0;
  #hasMore = true;
  #hasGap = false;
  readonly #ids = new Set<string>();

  /** Adds the next page. */
  add({ rows, hasMore, count, isBeyondEnd = false }: Page): void {
    // A filter by a person can list a record twice on one page, so rows are compared with earlier pages only.
    const ids = rows.map(rowId).filter((id) => id !== null);
    this.#repeated += ids.filter((id) => this.#ids.has(id)).length;
    for (const id of ids) this.#ids.add(id);
    if (this.#pages === 0) this.#firstCount = count;
    this.#pages++;
    this.#count = count;
    this.#listed += rows.length;
    this.#hasMore = hasMore;
    this.#hasGap ||= isBeyondEnd || (hasMore && rows.length === 0) || this.#hasGrownTooLittle();
  }

  /**
   * Returns true if the list has grown by fewer rows than were read twice. Other rows must then have been deleted. If
   * rows were read twice and a count is missing, nothing shows that no row was deleted, so the result is also true.
   */
  #hasGrownTooLittle(): boolean {
    const [before, now] = [this.#firstCount, this.#count];
    return before === null || now === null ? this.#repeated > 0 : now - before < this.#repeated;
  }

  /** Number of pages that were read. */
  get pages(): number {
    return this.#pages;
  }

  /** Number of rows that were read. */
  get listed(): number {
    return this.#listed;
  }

  /** True if the pages so far might lack rows that the list had at the first request. */
  get hasGap(): boolean {
    return this.#hasGap;
  }

  /** True if the pages contain fewer rows than TutorCruncher states. */
  get isShort(): boolean {
    return this.#count !== null && this.#listed < this.#count;
  }

  /**
   * True if the pages contain all rows that the list had at the first request: the pages have no gap, no page follows
   * the last page, and the number of rows matches TutorCruncher's count.
   */
  get isWhole(): boolean {
    return !this.#hasGap && !this.#hasMore && this.#listed === this.#count;
  }
}
