/** The table of all events of TutorCruncher, with the triggers that report each event. */

import actionTypes from '../docs/action-types.json' with { type: 'json' };
import type { ObjectWord } from '../wire/models.ts';
import { objectWordOf, OBJECT_NAMES } from '../wire/models.ts';
import { listedActions } from '../wire/action-filter.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { table } from './field-tables.ts';

const WORDS = Object.keys(OBJECT_NAMES);

/** Returns the product name of a model. */
const nameOf = (word: ObjectWord | null, model: string): string => (word === null ? model : OBJECT_NAMES[word]);

/** Returns the triggers that report an action about at least one of the models, and New Event for the other models. */
function reportersOf(action: string, models: readonly string[]): string {
  const triggers = webhookTriggers.filter(({ filter }) => listedActions(filter.actions).includes(action));
  const polled = polledTriggers.filter(({ reportsActions }) => reportsActions.includes(action));
  const isReported = (model: string): boolean =>
    polled.some(({ object }) => object.word === objectWordOf(model)) ||
    triggers.some(({ filter: { object, alternative } }) => object === objectWordOf(model) || alternative !== undefined);
  const others = models.filter((model) => !isReported(model));
  const labels = [...triggers, ...polled].map(({ definition }) => definition.display.label);
  if (others.length === 0) return labels.join(', ');
  if (labels.length === 0) return 'New Event';
  return `${labels.join(', ')}; New Event for ${others.map((model) => nameOf(objectWordOf(model), model)).join(', ')}`;
}

/** Returns the table of all actions with webhooks, sorted by object. The data is TutorCruncher's list of actions. */
export function eventTable(): string[] {
  const position = ({ subject_types: [model] }: (typeof actionTypes)[number]): number =>
    WORDS.indexOf(objectWordOf(model) ?? '');
  const rows = actionTypes
    .toSorted((one, other) => position(one) - position(other))
    .map(({ key, msg, subject_types: models }) => [
      models.map((model) => nameOf(objectWordOf(model), model)).join(', '),
      msg,
      reportersOf(key, models),
      `\`${key}\``,
    ]);
  return table(['About', 'Event in TutorCruncher', 'Trigger', 'Action'], rows);
}
