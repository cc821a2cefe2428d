/** Texts for events and objects in the product's words. */

import { translate } from '../src/record/product-words.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import type { NamedEvent } from './event-list.ts';

/** A trigger for one object: its label in Zapier, and the keys of its actions. */
export interface TriggerName {
  readonly label: string;
  readonly actions: readonly string[];
}

/** The triggers of the app. The build replaces this name with the list of triggers. */
declare const BUILT_TRIGGERS: readonly TriggerName[];

/** The triggers of the app; empty in source code that has not been built. */
export const TRIGGERS: readonly TriggerName[] = typeof BUILT_TRIGGERS === 'undefined' ? [] : BUILT_TRIGGERS;

/** Converts a label to sentence case: `Lesson Completed` becomes `Lesson completed`. The first word keeps its case. */
function sentenceCase(label: string): string {
  const [first = '', ...rest] = label.split(' ');
  return [first, ...rest.map((word) => word.toLowerCase())].join(' ');
}

/** Describes an action that has no trigger by its key: `ADDED_A_LABEL_TO_SERVICE` becomes `Added a label to job`. */
function actionText(action: string): string {
  const words = translate(action)
    .replaceAll('_', ' ')
    .replace(/\ban (?=[^aeiou])/g, 'a ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Describes an event by its action: the label of the action's trigger, or else the words of the action's key. */
export function eventText(action: string, triggers = TRIGGERS): string {
  const trigger = triggers.find(({ actions }) => actions.includes(action));
  return trigger ? sentenceCase(trigger.label) : actionText(action);
}

/** Describes the events of a delivery. @param actions - null if the relay does not know the actions */
export function deliveryText(actions: readonly string[] | null): string {
  if (actions === null) return 'Events of several kinds';
  const [first, ...others] = new Set(actions.map((action) => eventText(action)));
  if (first === undefined) return 'No event';
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}

/** Converts an object's key word to the object's product name, such as `Lesson`; null for an unknown object. */
export const objectName = (word: string | null): string | null =>
  Object.entries(OBJECT_NAMES).find(([key]) => key === word)?.[1] ?? null;

/**
 * Returns the texts for an event in the list and in the exported file: its kind, such as "Lesson completed", its
 * record, and the people involved. The text for the record is its name or, if it has no name, the object's product name
 * and the id. `others` is the number of other events in the delivery.
 */
export function eventRow({ envelope, opened }: NamedEvent) {
  const { actions, model, subject_id: id } = envelope;
  const [first, ...others] = opened.events;
  return {
    event: deliveryText(actions),
    about: first?.name || [objectName(model), id].filter((part) => part !== null).join(' '),
    others: others.length,
    people: first?.people ?? '',
  };
}
