/** List filters for a time span, with a margin for time zones. */

import type { Params } from '../api/client.ts';
import type { Span } from '../api/rows.ts';

const DAY_MS = 86_400_000;

/**
 * Returns the filter for records in a span. The filter extends the span by a day at both ends, because TutorCruncher
 * might compare only dates.
 */
export function aroundSpan(field: string, { from, to }: Span): Params {
  const timeAt = (moment: number) => new Date(moment).toISOString();
  return {
    ...(from !== null && { [`${field}_gte`]: timeAt(from - DAY_MS) }),
    ...(to !== null && { [`${field}_lte`]: timeAt(to + DAY_MS) }),
  };
}

/** Returns the filter for records within a day of a time. */
export function aroundTime(field: string, time: string): Params {
  const moment = Date.parse(time);
  return aroundSpan(field, { from: moment, to: moment });
}
