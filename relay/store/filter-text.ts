import type { ActionFilter } from '../../wire/action-filter.ts';

/** Returns the canonical JSON of a filter, which does not depend on the order of the filter's actions. */
export function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}
