/** Texts generated from the definitions: the keys that existing Zaps depend on, and the field reference. */

import { recordObjects } from '../objects/index.ts';
import { authentication } from '../src/authentication.ts';
import type { FieldValue } from '../src/record/record.ts';
import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import type { OutputField } from '../src/record/output-fields.ts';
import type { InputField } from '../src/input-fields.ts';
import type { Trigger } from '../src/trigger.ts';
import { RECORD_NAMES } from '../src/tutorcruncher-object.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { CHANGES, changesSection, relayedFieldsText } from './changes.ts';
import { anchorOf, table } from './markdown.ts';
import { noticeContract, noticeSections, noticeTitles, relayedInputs, relayedOutputs } from './relayed.ts';
import { polledTriggersText, stepContract, stepSections, stepTitles } from './steps.ts';
import { addedFieldsContract, TRIGGER_INPUTS, triggerInputsSection } from './trigger-inputs.ts';

/**
 * Fields that the records of several triggers share: the fields of an object, or the few fields that TutorCruncher
 * sends on deletion.
 */
interface RecordShape {
  readonly name: string;
  readonly title: string;
  readonly fields: readonly OutputField[];
  /** Additional fields of apps that are built for a relay. */
  readonly relayedFields: readonly OutputField[];
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
    relayedFields: relayedOutputs(trigger),
    sample: trigger.definition.operation.sample,
  };
}

/** Returns each shape once, in the order of the README's triggers. */
function shapes(): RecordShape[] {
  const byName = new Map<string, RecordShape>();
  for (const trigger of webhookTriggers) {
    const shape = shapeOf(trigger);
    if (!byName.has(shape.name)) byName.set(shape.name, shape);
  }
  for (const { object, outputFields } of polledTriggers) {
    if (byName.has(object.word)) continue;
    const fields = outputFields().filter((field) => !isEventKey(field));
    const title = RECORD_NAMES[object.word];
    byName.set(object.word, { name: object.word, title, fields, relayedFields: [], sample: object.ownSample });
  }
  return [...byName.values()];
}

/** Suffix of lines in the contract that apply only to apps built for a relay. */
const WITH_RELAY = 'with a relay';

const inputText = ({ key, type, list, dynamic }: InputField): string =>
  `input ${key} ${type}${list ? ' list' : ''}${dynamic === undefined ? '' : ` from ${dynamic}`}`;

/**
 * Returns the text of `docs/contract.txt`: the inputs of the connection, and the keys, actions, inputs and record fields
 * of all triggers, and the inputs of all searches and actions, with types, one per line.
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
      ...(filter.alternative ? [`${prefix}: also from subject ${filter.alternative}`] : []),
      ...(filter.exceptAbout ?? []).map((word) => `${prefix}: actions and subjects about ${word} only if chosen`),
      ...trigger.inputFields.map((field) => `${prefix}: ${inputText(field)}`),
      ...relayedInputs(trigger).map((field) => `${prefix}: ${inputText(field)} ${WITH_RELAY}`),
      ...addedFieldsContract(definition.key, trigger.lookups),
    ];
  });
  const hidden = Object.values(dropdownTriggers).flatMap(({ key, operation }) =>
    operation.outputFields.map((field) => `hidden trigger ${key}: field ${field.key} ${field.type}`),
  );
  const records = shapes().flatMap(({ name, fields, relayedFields }) => [
    ...fields.map(({ key, type }) => `record ${name}: ${key} ${type}`),
    ...relayedFields.map(({ key, type }) => `record ${name}: ${key} ${type} ${WITH_RELAY}`),
  ]);
  const connection = authentication.fields.map(({ key, type }) => `connection: input ${key} ${type}`);
  return [...connection, ...triggers, ...noticeContract(), ...stepContract(), ...hidden, ...records].join('\n') + '\n';
}

const ALL_TRIGGERS = 'Fields of All Triggers';

const isEventKey = ({ key }: OutputField): boolean =>
  ['id', 'branch_id'].includes(key) || /^(?:event|actor)_/.test(key);

/** Notes on records whose text is in custom fields, and on the events that belong to one payment, by record. */
const NOTES: Readonly<Record<string, string>> = {
  report:
    'The text of a report is in custom fields. They have the labels that they have in TutorCruncher, and follow **Report ' +
    'Creator Name** in the record.',
  review:
    'The text and the rating of a review are in custom fields. They have the labels that they have in TutorCruncher, and ' +
    'follow **Client Name** in the record.',
  invoice: paymentText(
    'Invoice Paid',
    'Marked an Invoice as paid (`MARKED_INVOICE_AS_PAID`), Paid their Invoice (`CLIENT_PAID_INVOICE`), Paid an Invoice ' +
      '(`ADMIN_PAID_INVOICE`), Charged a client using Autocharge (`ACCOUNTING_ITEM_AUTOCHARGED`), and Created a Quick ' +
      'Payment Invoice (`ADMIN_QUICK_PAY_INVOICE`), which does not trigger **Invoice Paid**',
  ),
  credit_request: paymentText(
    'Credit Request Paid',
    'Marked Credit Request as paid (`MARKED_PROFORMA_INVOICE_AS_PAID`), Paid their Credit Request ' +
      '(`CLIENT_PAID_PROFORMA_INVOICE`), Paid a Credit Request (`ADMIN_PAID_PROFORMA_INVOICE`), Paid their Invoice ' +
      '(`CLIENT_PAID_INVOICE`), Charged a client using Autocharge (`ACCOUNTING_ITEM_AUTOCHARGED`), and Created a Quick ' +
      'Payment Credit Request (`ADMIN_QUICK_PAY_PFI`), which does not trigger **Credit Request Paid**',
  ),
};

function paymentText(label: string, events: string): string {
  return (
    `TutorCruncher can send several events for one payment: ${events}. With a relay, **${label}** runs once if the events ` +
    'happen within five seconds and show the status Paid. If this is uncertain, it runs for each of them, as it does ' +
    'without a relay and if **Keep All Events** is true.'
  );
}

function sectionOf({ name, title, fields, relayedFields, sample }: RecordShape): string[] {
  const triggers = webhookTriggers.filter((trigger) => shapeName(trigger) === name);
  const labels = triggers.map(({ definition }) => definition.display.label).join(', ');
  const object = recordObjects.find(({ word }) => word === name);
  const polled = object ? polledTriggersText(object.word) : null;
  return [
    `## ${title}`,
    '',
    ...(name === 'event'
      ? NEW_EVENT
      : triggers.length === 0
        ? []
        : [`${triggers.length === 1 ? 'Trigger' : 'Triggers'}: ${labels}`]),
    '',
    ...(polled === null ? [] : [polled, '']),
    ...(NOTES[name] === undefined ? [] : [NOTES[name], '']),
    ...table(
      fields.filter((field) => !isEventKey(field)),
      sample,
    ),
    '',
    ...relayedFieldsText(relayedFields, title),
  ];
}

const INTRODUCTION = [
  'This page lists the fields that each trigger, search and action returns to a Zap. In the Zap editor, choose a field by its name in the',
  '**Field** column. The **Key** column is for code steps and webhooks; keys never change.',
  '',
  '- Choose among all fields of a trigger, including those that are empty in your test record. A field is empty if',
  '  TutorCruncher sent no value for it.',
  '- Fields of related records are included: a lesson has the name of its job (**Job Name**), and a report has the email',
  '  address of its client (**Client Email**).',
  '- The fields that people write to others have the plain names, and come first: **Lesson Date and Time** (Wed 10 Jun 2026,',
  '  17:00 to 18:30), **Lesson Status** (Awaiting Report), **Invoice Gross Amount** (£63.00). The names of their other forms',
  '  end with a note. For a message, choose a name without a note.',
  '  - **(ISO)** is a time for steps that expect one, such as a delay or a calendar event. **(Date)** and **(Time)** are its',
  '    parts for a sheet. Dates and times are written out in the time zone of your branch or another one that you choose in',
  '    the field **Time Zone** of the trigger.',
  "  - **(Number)** is an amount for calculations and sheets. The amount without a note is in the branch's currency.",
  '  - **(Code)** is a status or the like as TutorCruncher sends it, such as awaiting-report.',
  '  - **(As Sent)** is a long text as TutorCruncher sends it, which may contain HTML.',
  '  - **(International)** is a phone number such as +447700900123, which apps for text messages expect. It is empty if the',
  '    country of the address is missing or unusual.',
  '- An address is also available in one piece (**Client Address**).',
  '- A field with `[]` in its key is a line item. A lesson with two students has two values in each student field. The',
  '  names of all line items are also in one text field, such as **Student Names**, for use in filters and messages.',
  '- If the app was built for a [relay](relay.md), every record also says',
  `  [what changed](${anchorOf(CHANGES)}) since the previous event about the same record.`,
  "- Your account's custom fields are included under the labels that they have in TutorCruncher. Their keys start with",
  '  `custom_`. Their values are as TutorCruncher sends them: a ticked box is the text True, and a star rating is a text',
  '  such as 4.8/5 stars. Only long texts have two fields, one of them as plain text.',
  '- A field whose name ends in **API URL** or **API Name** is only for use by programs. An API URL does not open a page that a client',
  '  or a tutor can use.',
  '- All people and records in the examples are invented.',
];

const NEW_EVENT = [
  'Trigger: New Event',
  '',
  'A record of New Event also has the fields of the record that the event is about: an event about a lesson has the fields',
  `of a [lesson](${anchorOf(OBJECT_NAMES.lesson)}). The Zap editor shows their names once the events that you choose in`,
  '**Events** are all about the same kind of record.',
];

/** Returns the text of `docs/fields.md`, the field reference for users who build Zaps. */
export function fieldsText(): string {
  const all = shapes();
  const [first] = all;
  return [
    '<!-- Generated by `npm run docs` from the definitions. Do not edit. -->',
    '',
    '# Fields',
    '',
    ...INTRODUCTION,
    '',
    ...[
      ...all.map(({ title }) => title),
      ALL_TRIGGERS,
      CHANGES,
      TRIGGER_INPUTS,
      ...noticeTitles(),
      ...stepTitles(),
    ].map((title) => `- [${title}](${anchorOf(title)})`),
    '',
    ...all.flatMap(sectionOf),
    `## ${ALL_TRIGGERS}`,
    '',
    'Every trigger returns these fields in addition to its own. They describe the event and the person whose action caused it.',
    'The fields of the person are empty if TutorCruncher acted on its own.',
    '',
    ...table(first?.fields.filter(isEventKey) ?? [], first?.sample ?? {}),
    '',
    ...changesSection(),
    ...triggerInputsSection(),
    ...noticeSections(),
    ...stepSections(),
  ].join('\n');
}
