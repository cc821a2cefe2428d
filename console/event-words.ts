/** Names of events in the product's words. */

import { translate } from '../src/record/product-words.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import type { NamedEvent } from './event-list.ts';

/** A trigger for one object: its label in Zapier, and the keys of its actions. */
export interface TriggerName {
  readonly label: string;
  readonly actions: readonly string[];
}

/** The triggers of the app, set by the build. */
declare const BUILT_TRIGGERS: readonly TriggerName[];

/** The triggers of the app; empty in the sources, which are not built. */
export const TRIGGERS: readonly TriggerName[] = typeof BUILT_TRIGGERS === 'undefined' ? [] : BUILT_TRIGGERS;

/**
 * Puts a label in sentence case: `Lesson Completed` becomes `Lesson completed`. The names of objects keep their case.
 */
function sentenceCase(label: string): string {
  const [first = '', ...rest] = label.split(' ');
  return [first, ...rest.map((word) => word.toLowerCase())].join(' ');
}

/** Describes an action without a trigger by its key: `ADDED_A_LABEL_TO_SERVICE` becomes `Added a label to job`. */
function actionText(action: string): string {
  const words = translate(action)
    .replaceAll('_', ' ')
    .replace(/\ban (?=[^aeiou])/g, 'a ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Describes an event by its action: uses the label of the action's trigger, or else the words of the action's key. */
export function eventText(action: string, triggers = TRIGGERS): string {
  const trigger = triggers.find(({ actions }) => actions.includes(action));
  return trigger ? sentenceCase(trigger.label) : actionText(action);
}

/** Describes the events of a delivery. @param actions - null if the relay does not know them */
export function deliveryText(actions: readonly string[] | null): string {
  if (actions === null) return 'Events of several kinds';
  const [first, ...others] = new Set(actions.map((action) => eventText(action)));
  if (first === undefined) return 'No event';
  return others.length === 0 ? first : `${first}, and ${others.length} more`;
}

/** Returns the product name of an object, such as `Lesson`, for its key word; null for an unknown object. */
export const objectName = (word: string | null): string | null =>
  Object.entries(OBJECT_NAMES).find(([key]) => key === word)?.[1] ?? null;

/**
 * Returns the texts of an event in the list and in the exported file: its kind, such as "Lesson completed", the name of
 * the record that it is about, or else the record's kind and id, the number of further records, and the people
 * involved.
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
