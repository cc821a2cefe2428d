/** The parts of `docs/fields.md` about the fields that describe changes. */

import { isChangeKey } from '../src/record/change-keys.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { anchorOf, exampleOf, TYPE_WORDS } from './markdown.ts';
import { relayedOutputs } from './relayed.ts';

/** The heading of the section about changes. */
export const CHANGES = 'Fields About Changes';

/** The triggers whose samples illustrate a field best. Lesson Updated illustrates the other fields. */
const SHOWN_BY: Readonly<Record<string, string>> = {
  previous_status_text: 'client_status_changed',
  previous_status: 'client_status_changed',
  previous_pipeline_stage: 'client_pipeline_stage_changed',
  added_labels: 'client_label_added',
  removed_labels: 'client_label_added',
};

function exampleFor(key: string): string {
  const shownBy = SHOWN_BY[key] ?? 'lesson_updated';
  const trigger = webhookTriggers.find(({ definition }) => definition.key === shownBy);
  return exampleOf(trigger?.relayed.sample ?? {}, key);
}

/** Returns the names of the objects whose records have a field. */
function objectsWith(key: string): string {
  const triggers = webhookTriggers.filter((trigger) => relayedOutputs(trigger).some((field) => field.key === key));
  const words = triggers.map(({ filter }) => filter.object);
  // New Event may be about any object.
  if (words.includes(null)) return 'all';
  return [...new Set(words)].map((word) => (word === null ? '' : OBJECT_NAMES[word])).join(', ');
}

/** Returns each field about changes once. */
function changeFields(): OutputField[] {
  const fields = webhookTriggers.flatMap(relayedOutputs).filter(({ key }) => isChangeKey(key));
  return [...new Map(fields.map((field) => [field.key, field])).values()];
}

/** Returns the sentence about the fields that a relay adds to records of deletions; an empty list for other records. */
export function relayedFieldsText(fields: readonly OutputField[], title: string): string[] {
  if (fields.every(({ key }) => isChangeKey(key))) return [];
  const object = title.replace(/^Deleted /, '');
  return [
    `With a [relay](relay.md), the record has all fields of a [${object.toLowerCase()}](${anchorOf(object)}), as they were`,
    'at the last event before the deletion.',
    '',
  ];
}

/** Returns the section about the fields that describe changes. */
export const changesSection = (): string[] => [
  `## ${CHANGES}`,
  '',
  'Triggers return these fields only if the app was built for a [relay](relay.md). The relay stores the newest events about each',
  'record and sends them along with the next event. The trigger compares them:',
  '',
  '- It compares the fields that both events contain, as they were at the times of the two events. TutorCruncher does not',
  '  send an event for every change, so a change can show up with a later event than the one that caused it.',
  '- An event is compared with the nearest earlier state that differs from it. If TutorCruncher sends several events for one',
  '  save, or if events within five seconds arrive in the wrong order, each trigger reports a change only once: the other',
  '  events have no changes, and they do not start a Zap with a choice about changes, such as **Only When Changed** or',
  '  **New Pipeline Stages**. If an event of another trigger shows a change first, and the record has changed again in the',
  "  trigger's own event, the trigger does not report the first change.",
  '- **Changes Known** is false if the events cannot be compared: at the first event about a record, if the previous event is',
  '  older than the relay remembers, if an event arrived late, if the event says that a label was added and the comparison',
  '  shows none, or if a choice of the trigger, such as **Only When Changed**, depends on a field that only one of the two',
  '  events contains. The other fields are empty then.',
  '- A list, such as **Student Names**, has changed if an entry was added or removed. A renamed label or a new rate of the',
  '  same student does not count as a change.',
  '- Times of the last update, links to PDF files and the order of lists never count as changes. Names and addresses that',
  '  the app joins from their parts do not count either, but their parts do. Balances are compared only in **Client Balance Changed**.',
  '- Custom fields appear under the labels that they have in TutorCruncher.',
  '- **Changes** is a text for a message, with one line for each change. **Change Field**, **Change Before** and **Change',
  '  After** are line items for other steps.',
  '',
  '**Is Repeat** is true if TutorCruncher has sent the same webhook before, as when a person resends it from its webhook log.',
  'The relay drops repeats for 72 hours, and recognizes later ones for 30 days. Let a filter stop the Zap if nothing may',
  'happen twice.',
  '',
  '| Field | Type | Example | Records of | Key |',
  '| --- | --- | --- | --- | --- |',
  ...changeFields().map(
    ({ key, label, type }) =>
      `| ${label} | ${TYPE_WORDS[type]} | ${exampleFor(key)} | ${objectsWith(key)} | \`${key}\` |`,
  ),
  '',
];
