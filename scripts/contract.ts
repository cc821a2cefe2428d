/** Texts made from the definitions: the contract with every Zap ever built, and the reference of all fields. */

import type { FieldValue } from '../src/record/record.ts';
import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import type { Scalar } from '../wire/json.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import type { Trigger } from '../src/trigger.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { webhookTriggers } from '../triggers/index.ts';

/** Records that triggers have in common: all of one object, or the thin ones of its deletion. */
interface RecordShape {
  readonly name: string;
  readonly title: string;
  readonly fields: readonly OutputField[];
  readonly sample: Readonly<Record<string, FieldValue>>;
}

function shapeName(trigger: Trigger): string {
  const { object } = trigger.filter;
  if (object === null) return 'event';
  return trigger.isDeletion ? `deleted_${object}` : object;
}

function shapeOf(trigger: Trigger): RecordShape {
  const { object } = trigger.filter;
  const name = object === null ? 'New Event' : OBJECT_NAMES[object];
  return {
    name: shapeName(trigger),
    title: trigger.isDeletion ? `Deleted ${name}` : name,
    fields: trigger.outputFields,
    sample: trigger.definition.operation.sample,
  };
}

/** One of each shape, in the README's order. */
function shapes(): RecordShape[] {
  const byName = new Map<string, RecordShape>();
  for (const trigger of webhookTriggers) {
    const shape = shapeOf(trigger);
    if (!byName.has(shape.name)) byName.set(shape.name, shape);
  }
  return [...byName.values()];
}

/**
 * Every trigger's key, actions, input keys and record keys with their types, a fact a line.
 *
 * @returns the text of `docs/contract.txt`
 */
export function contractText(): string {
  const triggers = webhookTriggers.flatMap((trigger) => {
    const { definition, filter } = trigger;
    const prefix = `trigger ${definition.key}`;
    return [
      `${prefix}: gives record ${shapeName(trigger)}`,
      ...('actions' in filter.actions
        ? filter.actions.actions.map((action) => `${prefix}: action ${action}`)
        : [
            `${prefix}: action (any)`,
            ...filter.actions.all_except.map((action) => `${prefix}: action ${action} only if chosen`),
          ]),
      ...trigger.inputFields.map(
        ({ key, type, list, dynamic }) =>
          `${prefix}: input ${key} ${type}${list ? ' list' : ''}${dynamic === undefined ? '' : ` from ${dynamic}`}`,
      ),
    ];
  });
  const hidden = Object.values(dropdownTriggers).flatMap(({ key, operation }) =>
    operation.outputFields.map((field) => `hidden trigger ${key}: field ${field.key} ${field.type}`),
  );
  const records = shapes().flatMap(({ name, fields }) =>
    fields.map(({ key, type }) => `record ${name}: ${key} ${type}`),
  );
  return [...triggers, ...hidden, ...records].join('\n') + '\n';
}

const cell = (value: Scalar | undefined): string =>
  String(value ?? '')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ');

function exampleOf(sample: RecordShape['sample'], key: string): string {
  const [listKey = '', itemKey] = key.split('[]');
  const value = sample[listKey];
  if (!Array.isArray(value)) return cell(value);
  return itemKey === undefined ? '' : cell(value[0]?.[itemKey]);
}

const TYPE_WORDS = { string: 'text', number: 'number', boolean: 'true or false', datetime: 'date and time' };

function table(fields: readonly OutputField[], sample: RecordShape['sample']): string[] {
  return [
    '| Field | Type | Example | Key |',
    '| --- | --- | --- | --- |',
    ...fields.map(
      ({ key, label, type }) => `| ${label} | ${TYPE_WORDS[type]} | ${exampleOf(sample, key)} | \`${key}\` |`,
    ),
  ];
}

const isEventKey = ({ key }: OutputField): boolean =>
  ['id', 'branch_id'].includes(key) || /^(?:event|actor)_/.test(key);

/**
 * What fields there are, for people who build Zaps.
 *
 * @returns the text of `docs/fields.md`
 */
export function fieldsText(): string {
  const [first] = shapes();
  const event = first?.fields.filter(isEventKey) ?? [];
  const sections = shapes().flatMap(({ name, title, fields, sample }) => {
    const triggers = webhookTriggers.filter((trigger) => shapeName(trigger) === name);
    return [
      `## ${title}`,
      '',
      `In: ${triggers.map(({ definition }) => definition.display.label).join(', ')}`,
      '',
      ...table(
        fields.filter((field) => !isEventKey(field)),
        sample,
      ),
      '',
    ];
  });
  return [
    '<!-- Made by `npm run docs` from the definitions. Do not edit. -->',
    '',
    '# Fields',
    '',
    'What a Zap gets of each trigger. In Zapier you choose fields by the names in the first column; the keys in the last',
    'one are for code steps and never change.',
    '',
    '- A field is empty where TutorCruncher sent nothing. The fields are always there.',
    '- Fields with `[]` in their key are line items: a lesson with two students has two of each. Beside them stands a',
    '  text of all names, such as Student Names, for filters and messages.',
    "- Your account's custom fields come last, under their own names (`custom_...`). Their values are as TutorCruncher has",
    '  them: a ticked box is the text True, stars are a text such as 4.8/5 stars.',
    '- Records that something refers to bring their own fields: a lesson has its Job Name, a report its Client Email.',
    '- The people and things in the examples are invented.',
    '',
    '## Every event',
    '',
    'Every trigger also has these.',
    '',
    ...table(event, first?.sample ?? {}),
    '',
    ...sections,
  ].join('\n');
}
