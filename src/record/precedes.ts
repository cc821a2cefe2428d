/** The rules that decide whether two events may be compared. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { toScalar } from '../../wire/json.ts';
import { subjectAndTimeOf } from '../../wire/subject.ts';

/** Returns the branch of an event as text. TutorCruncher sends ids as numbers, and sometimes as text. */
const branchOf = ({ branch }: TutorCruncherEvent): string => String(toScalar(branch));

/**
 * Returns the time from one event to another about the same subject of the same branch, in milliseconds; null if they
 * are about different subjects, or if a time is unknown. The times are the events' own times, because deliveries may
 * arrive out of order.
 *
 * @param one - an event for the same private key as `other`
 */
export function timeBetween(one: TutorCruncherEvent, other: TutorCruncherEvent): number | null {
  const [first, second] = [subjectAndTimeOf(one), subjectAndTimeOf(other)];
  if (second.model === null || second.subjectId === null || second.eventTime === null || first.eventTime === null) {
    return null;
  }
  if (first.model !== second.model || first.subjectId !== second.subjectId) return null;
  return branchOf(one) === branchOf(other) ? second.eventTime - first.eventTime : null;
}

/** Returns true if two events for one private key are about the same subject, and the first event is older. */
export const precedes = (earlier: TutorCruncherEvent, later: TutorCruncherEvent): boolean =>
  (timeBetween(earlier, later) ?? 0) > 0;
