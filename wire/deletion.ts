/** The actions that report the deletion of an event's subject, for the relay and for Zaps. */

import type { DeliveryActions } from './action-filter.ts';

/**
 * The deletion action of each object whose remembered states the relay deletes with the object. The list is explicit
 * because other actions with the same prefix do not report the deletion of the subject: `DELETED_A_NOTE` is about a
 * client whose note was deleted, and `DELETED_CARD_DETAILS` is about a client whose card was deleted (TutorCruncher's
 * list of actions).
 */
const DELETION_ACTIONS: ReadonlyMap<string | null, string> = new Map([
  ['client', 'DELETED_A_CLIENT'],
  ['tutor', 'DELETED_A_CONTRACTOR'],
  ['student', 'DELETED_A_SR'],
  ['affiliate', 'DELETED_AN_AGENT'],
  ['job', 'DELETED_A_SERVICE'],
  ['lesson', 'DELETED_AN_APPOINTMENT'],
]);

/**
 * Returns true if a delivery reports the deletion of its subject.
 *
 * @param model - the object that the delivery's only event is about; null if unknown
 */
export const isDeletion = (model: string | null, actions: DeliveryActions): boolean =>
  actions?.length === 1 && DELETION_ACTIONS.get(model) === actions[0];
