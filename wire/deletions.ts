/**
 * The actions that report the deletion of an event's subject. The list is explicit because other actions with the same
 * prefix delete something else: `DELETED_A_NOTE` is about a client whose note was deleted, and `DELETED_CARD_DETAILS`
 * is about a client whose card was deleted (TutorCruncher's list of actions).
 */

import type { DeliveryActions } from './action-filter.ts';
import type { ObjectWord } from './models.ts';

/** The deletion action of each object whose remembered states the relay deletes with the object. */
export const DELETION_ACTIONS = {
  client: 'DELETED_A_CLIENT',
  tutor: 'DELETED_A_CONTRACTOR',
  student: 'DELETED_A_SR',
  affiliate: 'DELETED_AN_AGENT',
  job: 'DELETED_A_SERVICE',
  lesson: 'DELETED_AN_APPOINTMENT',
} as const satisfies Partial<Record<ObjectWord, string>>;

const ACTION_BY_MODEL = new Map<string, string>(Object.entries(DELETION_ACTIONS));

/**
 * Returns true if a delivery reports the deletion of its subject.
 *
 * @param model - the object that the delivery's only event is about; null if unknown
 */
export function isDeletion(model: string | null, actions: DeliveryActions): boolean {
  const deletion = model === null ? undefined : ACTION_BY_MODEL.get(model);
  return deletion !== undefined && actions?.length === 1 && actions[0] === deletion;
}
