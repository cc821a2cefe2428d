import type { ActionFilter } from '../../wire/action-filter.ts';

/** Returns a filter as canonical JSON: equal filters have equal texts, whatever the order of their actions. */
export function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}
