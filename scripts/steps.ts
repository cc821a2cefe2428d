/**
 * Texts generated from the definitions of polled triggers, searches and actions: their lines of the contract, and their
 * inputs.
 */

import type { InputField } from '../src/inputs/input.ts';
import type { OwnField } from '../src/create.ts';
import type { Lookup } from '../src/lookup.ts';
import { RECORD_NAMES, type RecordWord } from '../src/tutorcruncher-object.ts';
import { hydrators } from '../src/pdf-file.ts';
import { actions } from '../creates/index.ts';
import { searchOrCreates } from '../creates/find-or-create.ts';
import { objectSearches } from '../searches/index.ts';
import { polledTriggers } from '../triggers/index.ts';
import { anchorOf } from './markdown.ts';
import { addedFieldsContract } from './trigger-inputs.ts';

/** The parts of a polled trigger, a search or an action that the documents show. */
interface Step {
  readonly kind: 'trigger' | 'search' | 'create';
  readonly key: string;
  readonly label: string;
  readonly description: string;
  /**
   * The object whose record the step returns; null if an input determines the object, or if the record does not
   * represent an object.
   */
  readonly word: RecordWord | null;
  /** The fields of a record that does not represent an object, or the additional fields of a record that does. */
  readonly ownFields?: readonly OwnField[];
  readonly fields: readonly InputField[];
  readonly lookups?: readonly Lookup[];
}

const polled = (): Step[] =>
  polledTriggers.map(({ definition: { key, display }, object, inputFields, outputFields, lookups }) => ({
    kind: 'trigger',
    key,
    ...display,
    word: object.word,
    ownFields: outputFields().filter((field) => field.key === 'id'),
    fields: inputFields,
    lookups,
  }));

const searches = (): Step[] =>
  objectSearches.map(({ definition: { key, display }, object, inputs, ownFields }) => ({
    kind: 'search',
    key,
    ...display,
    word: object.word,
    ownFields: ownFields(),
    fields: inputs.map(({ field }) => field),
  }));

const creates = (): Step[] =>
  actions.map(({ definition: { key, display }, object, inputs, ownFields }) => ({
    kind: 'create',
    key,
    ...display,
    word: object?.word ?? null,
    ...(ownFields && { ownFields: ownFields() }),
    fields: inputs.map(({ field }) => field),
  }));

/** Returns the lines of `docs/contract.txt` about polled triggers, searches and actions. */
export const stepContract = (): string[] => [
  ...[...polled(), ...searches(), ...creates()].flatMap(({ kind, key, word, ownFields, fields, lookups = [] }) => [
    ...(word === null && ownFields ? [] : [`${kind} ${key}: gives record ${word ?? 'of the chosen type'} alone`]),
    ...(ownFields ?? []).map((field) => `${kind} ${key}: gives ${field.key} ${field.type}`),
    ...fields.map((field) => `${kind} ${key}: input ${inputText(field)}`),
    ...addedFieldsContract(key, lookups),
  ]),
  ...Object.values(searchOrCreates).map(({ key, create }) => `find or create ${key}: action ${create}`),
  ...Object.keys(hydrators).map((key) => `hydrator ${key}`),
];

const inputText = ({ key, type, list, dict, required, dynamic, search }: InputField): string =>
  [
    `${key} ${type}`,
    ...(dict ? ['dict'] : []),
    ...(list ? ['list'] : []),
    ...(required ? ['required'] : []),
    ...(dynamic === undefined ? [] : [`from ${dynamic}`]),
    ...(search === undefined ? [] : [`or ${search}`]),
  ].join(' ');

const TYPE_WORDS: Record<InputField['type'], string> = {
  string: 'text',
  text: 'text',
  boolean: 'true or false',
};

function typeWords({ type, choices, dynamic, list, dict, default: preset }: InputField): string {
  if (dict) return 'names and values';
  const word = choices ? Object.values(choices).join(', ') : dynamic === undefined ? TYPE_WORDS[type] : 'dropdown';
  return `${word}${list ? '; several' : ''}${preset === undefined ? '' : `; default ${choices?.[preset] ?? preset}`}`;
}

function givenBy({ word, ownFields }: Step): string {
  const own = ownFields?.map(({ key, label }) => `${label} (\`${key}\`)`).join(', ');
  if (word === null) return ` Returns ${own ?? 'the fields of the chosen type of record'}.`;
  const record = `the fields of a [record](#${RECORD_NAMES[word].toLowerCase().replaceAll(' ', '-')})`;
  return ` Returns ${record}${own === undefined ? '' : ` and ${own}`}.`;
}

function sectionOf(step: Step): string[] {
  const { key, label, description, fields } = step;
  return [
    `### ${label}`,
    '',
    `${description} Key: \`${key}\`.${givenBy(step)}`,
    '',
    '| Input | Type | Help | Key |',
    '| --- | --- | --- | --- |',
    ...fields.map(
      (field) =>
        `| ${field.label}${field.required ? ' (required)' : ''} | ${typeWords(field)} | ${field.helpText ?? ''} | \`${field.key}\` |`,
    ),
    '',
  ];
}

const POLLED = 'Polled Triggers';
const SEARCHES = 'Inputs of Searches';
const ACTIONS = 'Inputs of Actions';

/** The headings of the sections about polled triggers, searches and actions. */
export const stepTitles = (): string[] => [POLLED, SEARCHES, ACTIONS];

/** Returns a link to the polled triggers of an object, with their labels; null if it has none. */
export function polledTriggersText(word: RecordWord): string | null {
  const labels = polled().flatMap((step) => (step.word === word ? [step.label] : []));
  return labels.length === 0 ? null : `[${POLLED}](${anchorOf(POLLED)}): ${labels.join(', ')}`;
}

/** Returns the sections of `docs/fields.md` about polled triggers, searches and actions. */
export const stepSections = (): string[] => [
  `## ${POLLED}`,
  '',
  'No webhook reports these events in full, so Zapier asks TutorCruncher every 15 minutes, or every 2 or 1 minutes with some',
  'plans. The triggers need no webhook URL and no relay. Their records have the fields of the record, without the fields of all triggers and',
  'the fields about changes. Zapier recognizes by **Record ID** (`id`) what has triggered the Zap before.',
  '',
  ...polled().flatMap(sectionOf),
  `## ${SEARCHES}`,
  '',
  'A search returns the fields of the record that it finds, without the fields of all triggers, and **Record ID** (`id`).',
  '',
  ...searches().flatMap(sectionOf),
  `## ${ACTIONS}`,
  '',
  'An action returns the fields of the record that it has written, as a search does. Actions that create or update a record',
  'with custom fields have an input for each of them. An empty input changes nothing. [guide.md](guide.md#tasks-without-a-step)',
  'lists the tasks that no action covers, and the reasons.',
  '',
  ...creates().flatMap(sectionOf),
];
