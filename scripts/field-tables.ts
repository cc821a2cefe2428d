/** The generated parts of `docs/fields.md`. */

import { recordObjects } from '../objects/index.ts';
import type { InputField } from '../src/choices/filter-fields.ts';
import { allSampleFields } from '../src/lookups/lookup.ts';
import { isChangeKey } from '../src/record/change-keys.ts';
import { outputFieldsOf, type OutputField } from '../src/record/output-fields.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { RECORD_NAMES, type RecordWord, type TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { noticeTriggers, polledTriggers, webhookTriggers } from '../triggers/index.ts';
import type { Scalar } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { isEventField, relayedOutputs, shapeName, shapes, type RecordShape } from './record-shapes.ts';
import { allSteps, type Step } from './steps.ts';

const TYPES = {
  string: 'text',
  text: 'text',
  number: 'number',
  boolean: 'true or false',
  datetime: 'date and time',
  file: 'file',
};

const cell = (value: Scalar | undefined): string =>
  String(value ?? '')
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, '<br>');

/** Returns the lines of a Markdown table. */
export const table = (header: readonly string[], rows: readonly (readonly (Scalar | undefined)[])[]): string[] =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);

function exampleOf(sample: FlatRecord, key: string): Scalar | undefined {
  const [listKey = '', itemKey] = key.split('[]');
  const value = sample[listKey];
  if (!Array.isArray(value)) return value;
  return itemKey === undefined ? '' : value[0]?.[itemKey];
}

const fieldTable = (fields: readonly OutputField[], sample: FlatRecord): string[] =>
  table(
    ['Field', 'Type', 'Example', 'Key'],
    fields.map(({ key, label, type }) => [label, TYPES[type], exampleOf(sample, key), `\`${key}\``]),
  );

/** Returns a link to the section with the given title, using the anchor that GitHub generates. */
const linkTo = (title: string, text = title): string => `[${text}](#${title.toLowerCase().replaceAll(' ', '-')})`;

function sectionOfRecord({ name, title, fields, sample }: RecordShape): string[] {
  const labels = webhookTriggers
    .filter((trigger) => shapeName(trigger) === name)
    .map(({ definition }) => definition.display.label);
  const polled = polledTriggers.flatMap(({ definition, object }) =>
    object.word === name ? [definition.display.label] : [],
  );
  const subjectFields = fields.filter((field) => !isEventField(field));
  return [
    `## ${title}\n`,
    ...(labels.length === 0 ? [] : [`${labels.length === 1 ? 'Trigger' : 'Triggers'}: ${labels.join(', ')}\n`]),
    ...(polled.length === 0 ? [] : [`${linkTo('Polled Triggers')}: ${polled.join(', ')}\n`]),
    ...fieldTable(subjectFields, sample),
    '',
  ];
}

/** The triggers whose samples best illustrate the fields about changes. Lesson Updated illustrates the other fields. */
const SHOWN_BY: Readonly<Record<string, string>> = {
  previous_status_text: 'client_status_changed',
  previous_status: 'client_status_changed',
  previous_pipeline_stage: 'client_pipeline_stage_changed',
  added_labels: 'client_label_added',
  removed_labels: 'client_label_added',
  changed_people: 'lesson_people_changed',
  changed_people_ids: 'lesson_people_changed',
};

function objectsWith(key: string): string {
  const triggers = webhookTriggers.filter((trigger) => relayedOutputs(trigger).some((field) => field.key === key));
  const words = triggers.map(({ filter }) => filter.object);
  // New Event reports events about any object.
  if (words.includes(null)) return 'all';
  return [...new Set(words)].map((word) => (word === null ? '' : OBJECT_NAMES[word])).join(', ');
}

function changeFields(): string[] {
  const fields = webhookTriggers.flatMap(relayedOutputs).filter(({ key }) => isChangeKey(key));
  const rows = [...new Map(fields.map((field) => [field.key, field])).values()].map(({ key, label, type }) => {
    const shownBy = SHOWN_BY[key] ?? 'lesson_updated';
    const sample = webhookTriggers.find(({ definition }) => definition.key === shownBy)?.relayed.sample ?? {};
    return [label, TYPES[type], exampleOf(sample, key), objectsWith(key), `\`${key}\``];
  });
  return table(['Field', 'Type', 'Example', 'Records of', 'Key'], rows);
}

/**
 * Returns the inputs of triggers, each once. Inputs with the same key but different help texts are different inputs.
 */
function triggerInputs(): string[] {
  const inputs = new Map<string, { field: InputField; labels: string[]; needsRelay: boolean }>();
  for (const { definition, inputFields, relayed } of webhookTriggers) {
    const present = new Set(inputFields.map(({ helpText }) => helpText));
    const needingRelay = relayed.inputFields.filter(({ helpText }) => !present.has(helpText));
    for (const field of [...inputFields, ...needingRelay]) {
      const name = `${field.key} ${field.helpText}`;
      const input = inputs.get(name) ?? { field, labels: [], needsRelay: needingRelay.includes(field) };
      input.labels.push(definition.display.label);
      inputs.set(name, input);
    }
  }
  const rows = Array.from(inputs.values(), ({ field, labels, needsRelay }) => [
    `${field.label}${needsRelay ? ' (with a relay)' : ''}`,
    ...[labels.length === webhookTriggers.length ? 'all' : labels.join(', '), field.helpText, `\`${field.key}\``],
  ]);
  return table(['Input', 'Triggers', 'Help', 'Key'], rows);
}

function typeWords({ type, choices, dynamic, list, dict, default: preset }: InputField): string {
  if (dict) return 'names and values';
  const word = choices ? Object.values(choices).join(', ') : dynamic === undefined ? TYPES[type] : 'dropdown';
  return `${word}${list ? '; several' : ''}${preset === undefined ? '' : `; default ${choices?.[preset] ?? preset}`}`;
}

/** Returns the label of an input, with a mark if the input must be filled in. */
function inputLabel({ conditional = [] }: Step, field: InputField): string {
  if (!field.required) return field.label;
  return `${field.label} (required${conditional.includes(field) ? ' for its type' : ''})`;
}

/**
 * Maximum number of another object's fields that the table lists for a step. If a step has more of these fields, the
 * table links to the object's record instead.
 */
const MAX_LISTED_FIELDS = 20;

/**
 * Describes the additional fields of a step: links to the records of other objects, and then the labels and keys of all
 * other fields.
 */
function ownFieldsText(fields: NonNullable<Step['ownFields']>): string {
  const sharedKeys = (object: TutorCruncherObject<RecordWord>): Set<string> =>
    new Set(object.ownOutputFields.map(({ key }) => key).filter((key) => fields.some((field) => field.key === key)));
  const whole = recordObjects.filter((object) => sharedKeys(object).size > MAX_LISTED_FIELDS);
  const linked = whole.map(
    ({ word }) => `the fields of a ${linkTo(RECORD_NAMES[word], RECORD_NAMES[word].toLowerCase())}`,
  );
  const linkedKeys = new Set(whole.flatMap((object) => [...sharedKeys(object)]));
  const others = fields.filter(({ key }) => !linkedKeys.has(key)).map(({ key, label }) => `${label} (\`${key}\`)`);
  return [...linked, ...others].join(', ');
}

function returnedBy({ word, ownFields }: Step): string {
  const own = ownFields && ownFieldsText(ownFields);
  if (word === null) return own ?? 'the fields of the chosen type of record';
  return `the fields of a ${linkTo(RECORD_NAMES[word], 'record')}${own === undefined ? '' : ` and ${own}`}`;
}

/**
 * Returns the table of the inputs of a step. The table of an action has an additional column for the effect of a
 * mapped, empty value.
 */
function inputTable(step: Step): string[] {
  const { fields, omitted } = step;
  const meaning = omitted ? ['If Mapped and Empty'] : [];
  const meaningOf = (field: InputField) => (omitted ? [omitted.includes(field) ? 'not filled in' : 'fails'] : []);
  return table(
    ['Input', 'Type', ...meaning, 'Help', 'Key'],
    fields.map((field) => [
      inputLabel(step, field),
      typeWords(field),
      ...meaningOf(field),
      field.helpText,
      `\`${field.key}\``,
    ]),
  );
}

const sectionsOfSteps = (kind: Step['kind']) => (): string[] =>
  allSteps()
    .filter((step) => step.kind === kind)
    .flatMap((step) => [
      `### ${step.label}\n`,
      `${step.description} Key: \`${step.key}\`. Returns ${returnedBy(step)}.\n`,
      ...inputTable(step),
      '',
    ]);

const sectionsOfNotices = (): string[] =>
  noticeTriggers.flatMap(({ definition: { key, display }, inputFields, outputFields, fullSample }) => [
    `## ${display.label}\n`,
    `${display.description} Key: \`${key}\`. Exists only if the app was built for a [relay](relay.md).\n`,
    ...fieldTable(outputFields(), fullSample()),
    '',
    ...table(
      ['Input', 'Help', 'Key'],
      inputFields.map((field) => [field.label, field.helpText, `\`${field.key}\``]),
    ),
  ]);

function addedFields(): string[] {
  const added = allSampleFields([...webhookTriggers, ...polledTriggers].flatMap(({ lookups }) => lookups));
  return fieldTable(outputFieldsOf(added), added);
}

/** Functions that return the lines of the parts, keyed by part name. */
export const FIELD_TABLES: Readonly<Record<string, () => string[]>> = {
  contents: () => shapes().map(({ title }) => `- ${linkTo(title)}`),
  records: () => shapes().flatMap(sectionOfRecord),
  'event fields': () => {
    const [first] = shapes();
    return first ? fieldTable(first.fields.filter(isEventField), first.sample) : [];
  },
  'change fields': changeFields,
  'trigger inputs': triggerInputs,
  'added fields': addedFields,
  notices: sectionsOfNotices,
  'polled triggers': sectionsOfSteps('trigger'),
  searches: sectionsOfSteps('search'),
  actions: sectionsOfSteps('create'),
};
