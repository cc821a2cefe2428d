/**
 * The stand-in's account: records in memory, keyed by list. References show the current state of the referenced
 * records.
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';

const API_URL = 'https://app.tutorcruncher.com/api/';

/** A record as the API returns it, with every field. */
export interface AccountRecord extends JsonObject {
  readonly id: number;
}

const ROLE_TYPES: Readonly<Record<string, string>> = {
  clients: 'Client',
  contractors: 'Tutor',
  recipients: 'Student',
  agents: 'Affiliate',
};

/** Lists of people. */
export const PEOPLE_PATHS: readonly string[] = Object.keys(ROLE_TYPES);

/** Returns the type of the people in a list; undefined for a list of other records. */
export const roleTypeOf = (path: string): string | undefined => ROLE_TYPES[path];

/**
 * The fields that a record's short form and its row contain, keyed by list. {@link Account.reference} returns the short
 * form of people.
 */
export const REFERENCE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  services: [
    ...['id', 'name', 'dft_charge_type', 'created', 'dft_charge_rate', 'dft_contractor_rate', 'last_updated'],
    ...['status', 'url'],
  ],
  appointments: ['id', 'start', 'finish', 'topic', 'status', 'service', 'url'],
};

/**
 * Fields that contain only an id, each with the list of the referenced record and the field that contains the name of
 * the referenced record.
 */
const ID_FIELDS: readonly (readonly [idField: string, path: string, nameField: string])[] = [
  ['recipient', 'recipients', 'recipient_name'],
  ['paying_client', 'clients', 'paying_client_name'],
  ['contractor', 'contractors', 'name'],
  ['agent', 'agents', 'agent_name'],
];

const nameOf = ({ first_name, last_name }: JsonObject): string => [first_name, last_name].filter(Boolean).join(' ');

/** Returns an amount as text with two decimals, the format of most amounts in the API. */
export const amountText = (value: unknown): string | null =>
  value === null || value === undefined || value === '' ? null : Number(value).toFixed(2);

/** The records of an account. */
export class Account {
  readonly #lists = new Map<string, readonly AccountRecord[]>();
  /** The times at which records were added, in milliseconds since 1970, keyed by record URL. */
  readonly #addedAt = new Map<string, number>();
  /** Returns a link to the PDF of a record. The stand-in replaces this function when it serves files. */
  pdfLink = (path: string, id: number): string => `https://files.example.com/${path}/${id}.pdf`;

  nextEnquiryId = 21_001;

  /** Adds a list with records in the given order. */
  addList(path: string, records: readonly AccountRecord[]): void {
    this.#lists.set(path, records);
  }

  has(path: string): boolean {
    return this.#lists.has(path);
  }

  list(path: string): readonly AccountRecord[] {
    return this.#lists.get(path) ?? [];
  }

  find(path: string, id: unknown): AccountRecord | null {
    return this.list(path).find((record) => String(record.id) === String(id)) ?? null;
  }

  /** Returns an empty record of a list: each field is null or an empty list. */
  blank(path: string): JsonObject {
    const fields = Object.entries(this.list(path)[0] ?? {});
    return Object.fromEntries(fields.map(([name, value]) => [name, Array.isArray(value) ? [] : null]));
  }

  /** Adds a record with the next unused id at the start of a list. */
  add(path: string, fields: JsonObject): AccountRecord {
    const id = Math.max(0, ...this.list(path).map((record) => record.id)) + 1;
    const record = { ...fields, id, url: `${API_URL}${path}/${id}/` };
    this.#lists.set(path, [record, ...this.list(path)]);
    this.#addedAt.set(record.url, Date.now());
    return record;
  }

  /** Returns the time since a record was added, in milliseconds; Infinity for an initial record. */
  ageOf({ url }: JsonObject): number {
    return Date.now() - (this.#addedAt.get(String(url)) ?? -Infinity);
  }

  /** Replaces fields of a record. Returns the changed record. */
  change(path: string, id: number, fields: JsonObject): AccountRecord {
    const changed: AccountRecord = { ...this.find(path, id), ...fields, id };
    const records = this.list(path).map((record) => (record.id === id ? changed : record));
    this.#lists.set(path, records);
    return changed;
  }

  /** Returns the short form of a record, which other records use to refer to it; null if no record has this id. */
  reference(path: string, id: unknown): JsonObject | null {
    const record = this.find(path, id);
    if (!record) return null;
    const fields = REFERENCE_FIELDS[path];
    if (fields) {
      return Object.fromEntries(
        fields.map((name) => [name, name.endsWith('_rate') ? amountText(record[name]) : (record[name] ?? null)]),
      );
    }
    const { first_name, last_name, email, url } = record;
    return { id: record.id, first_name, last_name, email, role_type: roleTypeOf(path), url };
  }

  /** Returns a record with the current state of all referenced records, and a fresh link to its PDF. */
  current(path: string, record: AccountRecord): AccountRecord {
    const current = this.#refreshed(record, true) as AccountRecord;
    const hasFile = current.status !== 'draft';
    return {
      ...current,
      ...('pdf_url' in current && { pdf_url: hasFile ? this.pdfLink(path, record.id) : null }),
      ...(path === 'clients' && { paid_recipients: this.#referring('recipients', 'paying_client', record.id) }),
      ...(path === 'agents' && { clients: this.#referring('clients', 'associated_agent', record.id) }),
    };
  }

  #referring(path: string, field: string, id: number): (JsonObject | null)[] {
    return this.list(path)
      .filter((record) => isJsonObject(record[field]) && record[field].id === id)
      .map((record) => this.reference(path, record.id));
  }

  #refreshed(value: unknown, isWhole = false): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#refreshed(item));
    if (!isJsonObject(value)) return value;
    const fresh = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#refreshed(member)]));
    for (const [idField, path, nameField] of isWhole ? [] : ID_FIELDS) {
      const target = nameField in value && typeof value[idField] === 'number' ? this.find(path, value[idField]) : null;
      if (target) fresh[nameField] = nameOf(target);
    }
    const [, path = '', id] = /\/api\/([a-z_-]+)\/(\d+)\/$/.exec(String(value.url)) ?? [];
    if (isWhole || id === undefined || !(path in ROLE_TYPES || path in REFERENCE_FIELDS)) return fresh;
    const reference = this.reference(path, id) ?? {};
    const current = Object.entries(reference).filter(([name]) => name in fresh && name !== 'service');
    return { ...fresh, ...Object.fromEntries(current) };
  }
}
