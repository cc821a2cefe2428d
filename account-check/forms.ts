/** Forms of values. A form describes the type and the format of a value without the value. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { ENUMERATIONS, KNOWN_FIELDS } from './known-words.ts';

/** Minimum length of a text that counts as long, in characters. */
const LONG_TEXT = 100;

/** The forms of texts, each with its pattern. The first pattern that matches determines the form. */
const TEXT_FORMS: readonly (readonly [form: string, pattern: RegExp])[] = [
  ['empty text', /^$/],
  ['integer-text', /^-?\d+$/],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['duration', /^(?:\d+ )?\d+:\d{2}:\d{2}$/],
  ['boolean-text', /^(?:true|false)$/i],
  ['url', /^https?:\/\/\S+$/],
  ['email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
];

const DECIMAL = /^-?\d+\.(\d+)$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.(\d+))?)?(Z|[+-]\d{2}:?\d{2})?$/;

function formOfText(text: string): string {
  const [, digits] = DECIMAL.exec(text) ?? [];
  if (digits !== undefined) return `decimal-text/${digits.length}`;
  const time = DATE_TIME.exec(text);
  if (time) {
    const [, fraction, zone] = time;
    const name = zone === undefined ? 'iso-local' : zone === 'Z' ? 'iso-Z' : 'iso-offset';
    return fraction === undefined ? name : `${name}/${fraction.length}`;
  }
  const [form] = TEXT_FORMS.find(([, pattern]) => pattern.test(text)) ?? [];
  return form ?? (text.length < LONG_TEXT ? 'text(short)' : 'text(long)');
}

function formOfList({ length }: readonly unknown[]): string {
  if (length === 0) return 'empty list';
  if (length === 1) return 'list(1)';
  return length < 10 ? 'list(2-9)' : 'list(10+)';
}

/** Returns the form of a JSON value. */
export function formOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'string') return formOfText(value);
  return Array.isArray(value) ? formOfList(value) : 'object';
}

/** Matches each form that {@link formOf} returns. */
export const FORM =
  /^(?:null|boolean|integer|number|object|empty list|list\((?:1|2-9|10\+)\)|decimal-text\/\d+|iso-(?:local|Z|offset)(?:\/\d+)?|text\((?:short|long)\)|empty text|integer-text|date|duration|boolean-text|url|email)$/;

/** The kinds of forms. Numbers with different decimals are of the same kind, and so are lists of different lengths. */
const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['nothing', /^null$/],
  ['boolean', /^boolean$/],
  ['number', /^(?:integer|number)$/],
  ['decimal', /^decimal-text/],
  ['time', /^iso-/],
  ['list', /list/],
  ['object', /^object$/],
];

/** Returns the kind of a form. Values of one kind can appear in the same field. */
export const kindOf = (form: string): string => KINDS.find(([, pattern]) => pattern.test(form))?.[0] ?? 'text';

/** Name of the field that contains the custom fields. The account defines the contents of this field. */
const CUSTOM_FIELDS = 'extra_attrs';

/** The forms of the fields of records, keyed by path: `client.email`, `rcras[].status`. */
export class FieldForms {
  readonly known = new Map<string, Set<string>>();
  /** Numbers of fields that our code does not know, keyed by form. */
  readonly unknown = new Map<string, number>();

  constructor(...records: readonly JsonObject[]) {
    for (const record of records) this.#add(record, '');
  }

  #add(record: JsonObject, prefix: string): void {
    for (const [name, value] of Object.entries(record)) {
      if (!KNOWN_FIELDS.has(name)) {
        const form = formOf(value);
        this.unknown.set(form, (this.unknown.get(form) ?? 0) + 1);
        continue;
      }
      this.#addForm(`${prefix}${name}`, value);
      if (name !== CUSTOM_FIELDS) this.#addContents(`${prefix}${name}`, value);
    }
  }

  #addForm(path: string, value: unknown): void {
    this.known.set(path, (this.known.get(path) ?? new Set()).add(formOf(value)));
  }

  #addContents(path: string, value: unknown): void {
    if (isJsonObject(value)) this.#add(value, `${path}.`);
    if (!Array.isArray(value)) return;
    for (const item of value as unknown[]) {
      if (isJsonObject(item)) this.#add(item, `${path}[].`);
      else this.#addForm(`${path}[]`, item);
    }
  }

  /** Returns the forms of a field; an empty list if no record has the field. */
  formsOf = (path: string): string[] => [...(this.known.get(path) ?? [])].sort();

  /** Returns the forms for a report. */
  toReport(): ReportedForms {
    const paths = [...this.known.keys()].sort();
    const groups = Map.groupBy(paths, (path) => this.formsOf(path).join(SEPARATOR));
    return {
      fields: Object.fromEntries([...groups].sort()),
      unknownFields: Object.fromEntries([...this.unknown].sort().map(([form, count]) => [form, rounded(count)])),
    };
  }
}

/** Separator between the forms of a field. */
export const SEPARATOR = ' | ';

/** The forms of fields in a report. */
export interface ReportedForms {
  /** Paths, keyed by the forms of the values. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Numbers of fields that our code does not know, keyed by form. */
  readonly unknownFields: Readonly<Record<string, number>>;
}

/** Returns a count that is rounded to a power of ten, so that the count identifies no agency. */
export const rounded = (count: number): number => (count === 0 ? 0 : 10 ** Math.round(Math.log10(count)));

/** Returns the distinct values of an enumeration in records. `other` stands for values that our code does not know. */
export function enumerated(field: string, values: readonly unknown[]): string[] {
  const known = ENUMERATIONS[field] ?? new Set<string>();
  const texts = values.filter((value) => typeof value === 'string');
  return [...new Set(texts.map((text) => (known.has(text) ? text : 'other')))].sort();
}
