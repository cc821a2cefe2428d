/**
 * The fields that name the branch of a record. Every record has these fields, including records that are not about an
 * event.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { toScalar, type Scalar } from '../../wire/json.ts';
import type { FlatRecord } from './record.ts';
import { toNumber } from './values.ts';

/** The branch of a record. Unknown values are null. */
export interface RecordBranch {
  /** TutorCruncher's id of the branch. */
  readonly id: Scalar;
  readonly name: string | null;
}

export const UNKNOWN_BRANCH: RecordBranch = { id: null, name: null };

/** Returns a phrase that names a branch within a sentence; null if the branch is unknown. */
export function branchText({ id, name }: RecordBranch): string | null {
  if (id === null) return name;
  return name === null ? `the branch with the ID ${id}` : `${name} (branch ID ${id})`;
}

/** Returns the fields of a branch, which have the same keys in all records. */
export const branchFields = ({ id, name }: RecordBranch): FlatRecord => ({ branch_name: name, branch_id: id });

/** Returns true for the key of a field that names the branch. */
export const isBranchKey = (key: string): boolean => key in branchFields(UNKNOWN_BRANCH);

/** Returns the branch id in an event, as a number if it is a numeric string; null if the event names no branch. */
export const sentBranchId = ({ branch }: Pick<TutorCruncherEvent, 'branch'>): Scalar => toNumber(toScalar(branch));

/**
 * Returns true if an event is about a branch other than the connection's branch. An event that names no branch is about
 * the connection's branch, because a verified signature proves that the event belongs to the integration whose private
 * key the connection uses.
 *
 * @param sent - the id that {@link sentBranchId} returns
 */
export const isOtherBranch = (sent: Scalar, own: RecordBranch): boolean =>
  sent !== null && own.id !== null && sent !== own.id;

/** Returns the branch of an event. @param sent - the id that {@link sentBranchId} returns */
export function branchOfEvent(sent: Scalar, own: RecordBranch): RecordBranch {
  if (sent === null) return own;
  // The name of this branch is unknown, because `own` is another branch or has no known id.
  return sent === own.id ? own : { id: sent, name: null };
}
