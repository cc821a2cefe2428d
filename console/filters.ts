/** The filters of the event list, and the conditions that tell the relay which events to return. */

import type { EventConditions, Outcome } from '../wire/console-api.ts';
import { TRIGGERS } from './event-words.ts';
import { periodTimes, type Period } from './period.ts';

/** Filters of the event list. A filter that is null accepts any value. */
export interface Filters extends Period {
  readonly outcome: Outcome | null;
  /** Label of a trigger. */
  readonly trigger: string | null;
  /** Id of a subscription. */
  readonly zap: string | null;
}

export const NO_FILTERS: Filters = { outcome: null, trigger: null, zap: null, when: null, from: null, to: null };

/** Returns true if at least one filter is set. */
export const isFiltered = (filters: Filters): boolean => Object.values(filters).some((value) => value !== null);

/** Converts the filters to conditions of the relay's API. */
export function conditionsOf(filters: Filters, now: number, triggers = TRIGGERS): EventConditions {
  const { outcome, trigger, zap } = filters;
  const actions = triggers.find(({ label }) => label === trigger)?.actions;
  return {
    ...(outcome !== null && { outcome }),
    ...(zap !== null && { zap }),
    ...(actions && { action: actions }),
    ...periodTimes(filters, now),
  };
}
