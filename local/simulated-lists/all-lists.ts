/**
 * The test data of all lists that polled triggers read: each file in `lists/` exports the data of one list as `list`.
 */

import { readdirSync } from 'node:fs';

import type { PolledList } from './polled-list.ts';

const lists: PolledList[] = [];
for (const file of readdirSync(new URL('lists/', import.meta.url)).sort()) {
  // Jest cannot import several modules at the same time.
  const { list } = (await import(`./lists/${file}`)) as { readonly list: PolledList };
  lists.push(list);
}

/** The lists. */
export const POLLED_LISTS: readonly PolledList[] = lists;
