import type Database from 'better-sqlite3';

/** Number of pages, of 4 kB each, that one step moves to the beginning of the file. */
const STEP_PAGES = 1000;
/**
 * Minimum number of free pages that remain in the file for new data, so that no pages are moved while the amount of
 * data is constant.
 */
const MIN_FREE_PAGES = 2000;
/** Fraction of the file that is kept free. */
const FREE_SHARE = 1 / 8;

/**
 * Returns free space at the end of the file to the file system, in one step. The file itself shrinks at the next
 * checkpoint.
 *
 * @returns `none` if there is no space to return, `more` if more steps are needed, and `done` after the last step
 */
export function shrinkFile(database: Database.Database): 'none' | 'more' | 'done' {
  const pragma = (text: string) => Number(database.pragma(text, { simple: true }));
  const hasExcess = () => pragma('freelist_count') > Math.max(MIN_FREE_PAGES, pragma('page_count') * FREE_SHARE);
  if (!hasExcess()) return 'none';
  database.pragma(`incremental_vacuum(${STEP_PAGES})`);
  return hasExcess() ? 'more' : 'done';
}
