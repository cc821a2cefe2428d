/** The object that all actions chosen in New Event are about. It determines the fields of the records. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { listedActions } from '../wire/action-filter.ts';
import { objectWordOf, type ObjectWord } from '../wire/models.ts';
import { fetchActionTypes } from './api/choices.ts';
import type { EventFilter } from './event-filter.ts';

/** Returns the objects about which there are triggers with this action. */
const objectsWithTriggers = (filters: readonly EventFilter[], action: string): (ObjectWord | null)[] =>
  filters
    .filter(({ actions }) => listedActions(actions).includes(action))
    .flatMap(({ object, alternative }) => (alternative === undefined ? [object] : [object, alternative]));

/**
 * Returns a function that lists the objects an action can be about; null stands for an unknown object. The function
 * uses TutorCruncher's list of actions, which is complete. If the list is not available, it uses the app's own
 * triggers.
 */
async function objectsByAction(z: ZObject, bundle: Bundle, filters: readonly EventFilter[]) {
  const words = new Map<string, (ObjectWord | null)[]>();
  try {
    for (const { key, subjects } of await fetchActionTypes(z, bundle)) words.set(key, subjects.map(objectWordOf));
  } catch {
    // Without the list, the editor lacks only labels, so this error is not reported to the user.
  }
  return (action: string) => words.get(action) ?? objectsWithTriggers(filters, action);
}

/**
 * Returns the only object that events of these actions are about.
 *
 * @param actions - the chosen actions
 * @param filters - the filters of the triggers that are about one object
 * @returns null if no action is chosen, or if events of these actions can be about different or unknown objects
 */
export async function chosenObject(
  z: ZObject,
  bundle: Bundle,
  actions: readonly string[],
  filters: readonly EventFilter[],
): Promise<ObjectWord | null> {
  if (actions.length === 0) return null;
  const objectsOf = await objectsByAction(z, bundle, filters);
  const words = new Set(
    actions.flatMap((action) => {
      const objects = objectsOf(action);
      return objects.length > 0 ? objects : [null];
    }),
  );
  const [word = null] = words;
  return words.size === 1 ? word : null;
}
