/** The account's custom fields, which are the same for people and jobs: their definitions, and the values of writes. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import { objectsIn, textOf, valuesOf, type Field } from './field-checks.ts';
import { refuse } from './refusal.ts';

interface CustomField {
  readonly machine_name: string;
  readonly name: string;
  /** TutorCruncher's name for the type, such as `Checkbox`. */
  readonly type: string;
  readonly options?: readonly string[];
  /** Value in the account's initial records. */
  readonly initial: string;
}

const CUSTOM_FIELDS: readonly CustomField[] = [
  { machine_name: 'teaching-experience', name: 'Teaching Experience', type: 'Long Textbox', initial: 'Ten years' },
  { machine_name: 'date_of_birth', name: 'Date of Birth', type: 'Date', initial: '1993-06-23' },
  { machine_name: 'how_did_you_hear', name: 'How did you hear about us?', type: 'Short Textbox', initial: '' },
  { machine_name: 'contract_signed', name: 'Contract signed', type: 'Checkbox', initial: 'True' },
  {
    machine_name: 'preferred_tutor',
    name: 'Preferred tutor',
    type: 'Dropdown',
    initial: 'Same as before',
    options: ['Same as before', "Doesn't matter"],
  },
];

/** Custom fields of reports and reviews, which are read-only. The text of a report contains HTML entities and tags. */
const READ_ONLY_FIELDS: Readonly<Record<string, readonly CustomField[]>> = {
  reports: [
    {
      machine_name: 'client_report',
      name: 'Report',
      type: 'Long Textbox',
      initial: 'A good lesson: we practised &#x27;completing the square&#x27;.<br>Next: exam questions &amp; timing.',
    },
    { machine_name: 'homework', name: 'Homework', type: 'Short Textbox', initial: 'Exercise 7, odd numbers' },
  ],
  reviews: [
    { machine_name: 'review_stars', name: 'Review Rating', type: 'Stars', initial: '5/5 stars' },
    {
      machine_name: 'review_details',
      name: 'Review Details',
      type: 'Long Textbox',
      initial: 'Patient, clear and always prepared. We&#x27;d recommend these lessons to anyone.',
    },
  ],
};

const slugOf = (option: string): string =>
  option
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/[\s-]+/g, '-');

const attributes = (fields: readonly CustomField[], valueOf: (field: CustomField) => string): JsonObject[] =>
  fields.map((field, index) => {
    const { machine_name, name, type } = field;
    return { id: index + 1, machine_name, name, type, value: valueOf(field) };
  });

/** Returns an initial record's custom fields, in the format of responses. */
export const initialAttributes = (path: string): JsonObject[] =>
  attributes(READ_ONLY_FIELDS[path] ?? CUSTOM_FIELDS, ({ initial }) => initial);

/** Returns the custom fields of a new record. */
export const emptyAttributes = (): JsonObject[] => attributes(CUSTOM_FIELDS, () => '');

/**
 * Converts a value to the format of responses: an option's text, or "True" for true.
 *
 * @throws {Refused} for an invalid value
 */
function readValue({ type, options }: CustomField, value: unknown): string {
  if (value === null || value === '') return '';
  const text = textOf(value);
  if (options) {
    return options.find((option) => slugOf(option) === text) ?? refuse(`"${text}" is not a valid choice.`);
  }
  if (type === 'Date' && (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text)))) {
    return refuse('Date has wrong format. Use one of these formats instead: YYYY-MM-DD.');
  }
  if (type !== 'Checkbox') return text;
  if (!/^(?:true|false|1|0)$/i.test(text)) return refuse('Must be a valid boolean.');
  return /^(?:true|1)$/i.test(text) ? 'True' : 'False';
}

/** Returns the name of a custom field in an enquiry. */
const hyphenated = (machineName: string): string => machineName.replaceAll('_', '-');

/** Returns the write field for the custom field with the given name. */
function fieldNamed(name: string): Field {
  const field = CUSTOM_FIELDS.find(({ machine_name }) => [machine_name, hyphenated(machine_name)].includes(name));
  return {
    type: 'nested',
    read: (value) => (field ? readValue(field, value) : refuse('There is no such custom field.')),
  };
}

/**
 * The field of a write that contains custom fields, as an object that maps machine names to values. The custom fields
 * of a new record are empty before the write.
 */
export const ATTRIBUTES: Field = {
  type: 'nested',
  read: (sent, write, before) => {
    if (!isJsonObject(sent)) {
      return refuse(`Expected a dictionary of items but got type "${Array.isArray(sent) ? 'list' : typeof sent}".`);
    }
    const fields = Object.fromEntries(Object.keys(sent).map((name) => [name, fieldNamed(name)]));
    const values = valuesOf(fields, { ...write, body: sent });
    const entries = before === undefined ? emptyAttributes() : objectsIn(before);
    return entries.map((entry) => {
      const name = String(entry.machine_name);
      return { ...entry, value: values[name] ?? values[hyphenated(name)] ?? entry.value };
    });
  },
};

const METADATA_TYPES: Readonly<Record<string, string>> = { Date: 'date', Checkbox: 'boolean', Dropdown: 'choice' };

/**
 * Returns the description of the custom fields in the response to OPTIONS, keyed by machine name.
 *
 * @param separator - separator of the words in machine names; a hyphen for the enquiry form
 */
const attributesMetadata = (separator: '-' | '_', required: readonly string[] = []): JsonObject =>
  Object.fromEntries(
    CUSTOM_FIELDS.map(({ machine_name, name, type, options }, index): [string, JsonObject] => {
      const key = machine_name.replaceAll('_', separator);
      const choices = options?.map((option) => ({ value: slugOf(option), display_name: option }));
      const metadata = { type: METADATA_TYPES[type] ?? 'string', required: required.includes(key), label: name };
      return [key, { ...metadata, read_only: false, sort_index: index, ...(choices && { choices }) }];
    }),
  );

/**
 * Returns the body of the response to OPTIONS, in the format of Django REST framework. The body describes only a few
 * fields.
 */
export function metadataOf(path: string, behaviour: Behaviour): JsonObject {
  const { describesCustomFields, describedNotifications, requiredOnEnquiryForm } = behaviour;
  const nested = (label: string, children: JsonObject) => ({
    type: 'nested object',
    required: false,
    read_only: false,
    label,
    children,
  });
  const hasCustomFields = PEOPLE_PATHS.includes(path) || path === 'services' || path === 'appointments';
  const described = {
    ...(path === 'enquiry' && { attributes: nested('Attributes', attributesMetadata('-', requiredOnEnquiryForm)) }),
    ...(hasCustomFields && describesCustomFields && { extra_attrs: nested('Extra attrs', attributesMetadata('_')) }),
    ...(path === 'clients' &&
      describedNotifications && {
        received_notifications: {
          type: 'multiple choice',
          required: false,
          read_only: false,
          label: 'Received notifications',
          choices: Object.entries(describedNotifications).map(([value, display_name]) => ({ value, display_name })),
        },
      }),
  };
  return { name: path, actions: { POST: described } };
}
