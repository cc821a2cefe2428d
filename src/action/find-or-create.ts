/**
 * The second search of Find or Create. Zapier runs a search, and then an action if nothing was found. Two runs can
 * search at the same time and both find nothing, so the action takes a lock (`lock.ts`), repeats the search, and creates
 * the record only if the repeated search finds nothing either.
 */

import type { Bundle } from 'zapier-platform-core';

import { metaOf } from '../api/bundle.ts';
import type { StepRun } from '../api/step-run.ts';
import type { FlatRecord } from '../record/record.ts';
import { MATCHES_FIELD, type SearchForOne } from '../search/search.ts';

/** Returns true for a run of an action that follows its search in a step for Find or Create. */
export const isInPair = (bundle: Bundle, search: SearchForOne | undefined): boolean =>
  search !== undefined && metaOf(bundle).withSearch === search.definition.key;

/** Returns the record that the repeated search finds, or else creates it. Without a search, always creates it. */
export async function foundOrCreated(
  run: StepRun,
  search: SearchForOne | undefined,
  create: (run: StepRun) => Promise<FlatRecord>,
): Promise<FlatRecord> {
  if (!search || !run.repeatsSearch) return create(run);
  return (await search.recordIn(run)) ?? { ...(await create(run)), [MATCHES_FIELD.key]: null };
}
