/** The rules that decide whether two events may be compared. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { toScalar } from '../../wire/json.ts';
import { subjectAndTimeOf } from '../../wire/subject.ts';

/** Returns the branch of an event as text. TutorCruncher sends ids as numbers, and sometimes as text. */
const branchOf = ({ branch }: TutorCruncherEvent): string => String(toScalar(branch));

/**
 * Returns the time in milliseconds between two events for one private key about the same subject; null if they are about
 * different subjects, or if a time is unknown. Deliveries may arrive out of order, so these are the events' own times.
 */
export function timeBetween(one: TutorCruncherEvent, other: TutorCruncherEvent): number | null {
  const [first, { model, subjectId, eventTime }] = [subjectAndTimeOf(one), subjectAndTimeOf(other)];
  if (model === null || subjectId === null || eventTime === null || first.eventTime === null) return null;
  if (first.model !== model || first.subjectId !== subjectId) return null;
  return branchOf(one) === branchOf(other) ? eventTime - first.eventTime : null;
}

/** Returns true if two events for one private key are about the same subject, and the first event is older. */
export const precedes = (earlier: TutorCruncherEvent, later: TutorCruncherEvent): boolean =>
  (timeBetween(earlier, later) ?? 0) > 0;
