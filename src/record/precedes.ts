/** The rule that decides whether two events about the same subject may be compared. */

import type { WireEvent } from '../../wire/delivery.ts';
import { toScalar } from '../../wire/json.ts';
import { subjectAndTimeOf } from '../../wire/subject.ts';

/** Returns the branch of an event as text. TutorCruncher sends ids as numbers, and sometimes as text. */
const branchOf = ({ branch }: WireEvent): string => String(toScalar(branch));

/**
 * Returns true if two events for one private key are about the same subject of the same branch, and the first event is
 * older. Compares the events' own times, because deliveries may arrive out of order.
 */
export function precedes(earlier: WireEvent, later: WireEvent): boolean {
  const [first, second] = [subjectAndTimeOf(earlier), subjectAndTimeOf(later)];
  if (second.model === null || second.subjectId === null || second.eventTime === null || first.eventTime === null) {
    return false;
  }
  if (first.model !== second.model || first.subjectId !== second.subjectId) return false;
  return branchOf(earlier) === branchOf(later) && first.eventTime < second.eventTime;
}
