/**
 * The second search in Find or Create. Zapier runs a search, and runs an action if the search finds nothing. Two runs
 * can search at the same time and both find nothing. The action therefore takes a lock (`lock.ts`), repeats the search,
 * and creates the record only if the repeated search also finds nothing.
 */

import type { Bundle } from 'zapier-platform-core';

import { metaOf } from '../api/bundle.ts';
import type { StepRun } from '../api/step-run.ts';
import type { FlatRecord } from '../record/record.ts';
import { MATCHES_FIELD, type SearchForOne } from '../search/search.ts';

/** Returns true for an action that runs after its search in a Find or Create step. */
export const isInPair = (bundle: Bundle, search: SearchForOne | undefined): boolean =>
  search !== undefined && metaOf(bundle).withSearch === search.definition.key;

/**
 * Returns the record that the repeated search finds. If the search finds nothing, or if there is no search, creates the
 * record.
 */
export async function foundOrCreated(
  run: StepRun,
  search: SearchForOne | undefined,
  create: (run: StepRun) => Promise<FlatRecord>,
): Promise<FlatRecord> {
  if (!search || !run.repeatsSearch) return create(run);
  return (await search.recordIn(run)) ?? { ...(await create(run)), [MATCHES_FIELD.key]: null };
}
