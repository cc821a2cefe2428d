/**
 * The test data of all lists that polled triggers read. Each file in `lists/` exports the data of one list as `list`.
 */

import { readdirSync } from 'node:fs';

import type { PolledList } from './polled-list.ts';

const lists: PolledList[] = [];
for (const file of readdirSync(new URL('lists/', import.meta.url)).sort()) {
  // Jest cannot import several modules at the same time.
  const { list } = (await import(`./lists/${file}`)) as { readonly list: PolledList };
  lists.push(list);
}

/** The test data of each list, in the order of the file names. */
export const POLLED_LISTS: readonly PolledList[] = lists;
