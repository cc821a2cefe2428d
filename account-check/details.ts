/**
 * Compares the details of the newest records of each object with our samples, and finds missing fields, new fields and
 * different types.
 */

import { rowId } from '../src/api/rows.ts';
import { unwrapped } from '../src/object/object-record.ts';
import { fieldRule } from '../src/record/field-rules.ts';
import type { ApiResource } from '../src/object/tutorcruncher-object.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import { enumerated, FieldForms, kindOf, rounded, type ReportedForms } from './forms.ts';
import { ENUMERATIONS, OBJECT_LISTS } from './known-words.ts';
import { withUserFields } from './user-fields.ts';

/** The section of the report about the details of an object. */
export interface DetailFacts extends ReportedForms {
  readonly records: number;
  /** The shape of people; `unknown` for other records. */
  readonly shape: 'flat' | 'user' | 'unknown';
  readonly missing: string[];
  readonly otherTypes: string[];
  /** The known values of enumerations in the records. `other` stands for unknown values. */
  readonly values: Record<string, string[]>;
}

/** Maximum number of records of an object whose details are read. */
const MAX_RECORDS = 3;
/** An id that no record has. */
const NO_ID = 2_147_483_647;

/** Fields that have separate rows in the fact sheet. */
const OWN_ROWS: Readonly<Record<string, string>> = {
  'cjas[].name': 'details.tutor-name',
  complete: 'lists.rows-tasks',
  approved: 'lists.rows-reports',
  auto_charge: 'writes.auto-charge',
  pdf_url: 'details.pdf',
};

const nameIn = (path: string): string => path.split('.').at(-1)?.replace('[]', '') ?? path;

const isTime = (forms: readonly string[]): boolean => forms.some((form) => kindOf(form) === 'time');
const isAmount = (path: string): boolean => fieldRule(nameIn(path)).isNumber && nameIn(path) !== 'id';

/** Returns true if values of both kinds are converted to the same type in a record, according to the field's rule. */
function areAlike(path: string, expected: string, found: string): boolean {
  const { isRecord, isText } = fieldRule(nameIn(path));
  if (expected === found || [expected, found].includes('nothing') || isRecord) return true;
  if (isText) return !['list', 'object'].includes(found);
  // A text can look like a decimal or a time.
  return expected === 'text' && ['decimal', 'time'].includes(found);
}

const isScalarKind = (kind: string): boolean => ['nothing', 'number', 'decimal', 'text'].includes(kind);

/** Returns the name of the assumption that unexpected values in a field would contradict. */
function assumptionOf(path: string, expected: readonly string[]): string {
  const own = OWN_ROWS[path];
  if (own !== undefined) return own;
  if (isTime(expected)) return 'details.times';
  if (nameIn(path) === 'id') return 'details.ids';
  return isAmount(path) ? 'events.numbers' : 'details.fields';
}

/** Returns true if all values of a field have forms that the code expects. */
function isExpected(path: string, expected: readonly string[], found: readonly string[]): boolean {
  const kinds = found.map(kindOf);
  if (path === 'auto_charge') return found.every((form) => form === 'boolean');
  if (isTime(expected)) return found.every((form) => form === 'null' || /^iso-(?:Z|offset)/.test(form));
  if (nameIn(path) === 'id') return found.every((form) => form === 'integer');
  if (isAmount(path)) return found.every((form) => isScalarKind(kindOf(form)) && !form.startsWith('text'));
  return kinds.every((kind) => expected.some((form) => areAlike(path, kindOf(form), kind)));
}

/** Returns the path of the nested record or the list entry that contains a field; null for a top-level field. */
const parentOf = (path: string): string | null => (path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : null);

/** Returns true if the records contain the nested record or the list entries that would contain a field. */
function hasParent(forms: FieldForms, path: string): boolean {
  const parent = parentOf(path);
  if (parent === null) return true;
  if (!parent.endsWith('[]')) return forms.formsOf(parent).includes('object');
  return forms.formsOf(parent.slice(0, -2)).some((form) => form.startsWith('list'));
}

/** The field that people have only in the newer shape. */
const NEWER_FIELD = 'photo';

/** Compares records with a sample. Returns the missing fields, and the fields with values of a different type. */
function compare(
  { findings }: AccountCheck,
  { path, hasFullRows = false }: ApiResource,
  forms: FieldForms,
  sample: FieldForms,
  shape: DetailFacts['shape'],
): Pick<DetailFacts, 'missing' | 'otherTypes'> {
  const missing: string[] = [];
  const otherTypes: string[] = [];
  for (const [field] of sample.known) {
    const [expected, found] = [sample.formsOf(field), forms.formsOf(field)];
    // A list of texts can be empty, so the form of its items can be unknown.
    if (found.length === 0 && (field.endsWith('[]') || (shape === 'user' && field === NEWER_FIELD))) continue;
    const where = `${path}.${field}`;
    if (found.length > 0) {
      const isMet = isExpected(field, expected, found);
      if (!isMet) otherTypes.push(field);
      findings.add(assumptionOf(field, expected), isMet, where);
    } else if (hasParent(forms, field)) {
      missing.push(field);
      findings.add(OWN_ROWS[field] ?? (hasFullRows ? 'lists.rows-complete' : 'details.fields'), false, where);
    }
  }
  return { missing, otherTypes };
}

/** Checks that the custom fields of records are lists whose entries have five fields. */
export function checkCustomFields(
  { findings }: Pick<AccountCheck, 'findings'>,
  path: string,
  records: readonly JsonObject[],
): void {
  const lists = records
    .map(({ extra_attrs: fields }) => fields)
    .filter((fields) => fields !== undefined && fields !== null);
  if (lists.length === 0) return;
  const isEntry = (entry: unknown): boolean =>
    isJsonObject(entry) &&
    ['machine_name', 'name', 'type'].every((name) => typeof entry[name] === 'string') &&
    Number.isInteger(entry.id) &&
    (entry.value === null || typeof entry.value === 'string');
  findings.add(
    'events.custom-fields',
    lists.every((list) => Array.isArray(list) && list.every(isEntry)),
    path,
  );
}

function shapeOf(records: readonly JsonObject[]): 'flat' | 'user' {
  return records.some(({ user }) => isJsonObject(user)) ? 'user' : 'flat';
}

/** The app adds `id` and `url` to details that lack them, and only webhooks contain `model`. */
const NOT_NEEDED: ReadonlySet<string> = new Set(['id', 'url', 'model']);

/** Returns the forms of the fields in an object's sample, except the fields in {@link NOT_NEEDED}. */
function sampleOf({ object }: (typeof OBJECT_LISTS)[number]): FieldForms {
  const fields = Object.entries(object.sample.subject).filter(([name]) => !NOT_NEEDED.has(name));
  return new FieldForms(Object.fromEntries(fields));
}

/**
 * Returns the details of an object's newest records, keyed by id. If the rows of the list have all fields, returns the
 * rows instead.
 */
async function readRecords(
  check: AccountCheck,
  { api }: (typeof OBJECT_LISTS)[number],
): Promise<ReadonlyMap<string, JsonObject>> {
  const records = new Map<string, JsonObject>();
  for (const row of (check.rows.get(api.path) ?? []).slice(0, MAX_RECORDS)) {
    const id = rowId(row);
    if (id === null) continue;
    const { data } = api.hasFullRows ? { data: row } : await check.reader.get(`${api.path}/${id}/`);
    if (isJsonObject(data)) records.set(id, unwrapped(data));
  }
  return records;
}

const isPerson = (sample: FieldForms): boolean => sample.known.has('last_name');

async function checkObject(check: AccountCheck, list: (typeof OBJECT_LISTS)[number]): Promise<DetailFacts> {
  const { findings } = check;
  const { path, hasFullRows } = list.api;
  const sample = sampleOf(list);
  const read = await readRecords(check, list);
  const sent = [...read.values()];
  const records = sent.map(withUserFields);
  check.details.set(path, new Map([...read.keys()].map((id, index) => [id, records[index] ?? {}])));
  const forms = new FieldForms(...records);
  const isKnown = records.length > 0;
  const shape = isKnown && isPerson(sample) ? shapeOf(sent) : 'unknown';
  const differences = isKnown ? compare(check, list.api, forms, sample, shape) : { missing: [], otherTypes: [] };
  findings.add('details.fields', isKnown ? true : null, path);
  if (hasFullRows) findings.add('lists.rows-complete', isKnown ? true : null, path);
  if (isPerson(sample)) findings.add('details.flat', isKnown ? shape === 'flat' : null, path);
  checkCustomFields(check, path, records);
  const values = Object.keys(ENUMERATIONS).map(
    (field) =>
      [
        field,
        enumerated(
          field,
          records.map((record) => record[field]),
        ),
      ] as const,
  );
  return {
    records: rounded(records.length),
    shape,
    ...differences,
    values: Object.fromEntries(values.filter(([, found]) => found.length > 0)),
    ...forms.toReport(),
  };
}

/** Checks the details of all objects. @throws {Unfinished} if the check cannot continue */
export async function checkDetails(check: AccountCheck): Promise<Record<string, DetailFacts>> {
  const facts: Record<string, DetailFacts> = {};
  for (const list of OBJECT_LISTS) {
    // TutorCruncher creates the PDF of such a record when the record is read.
    const hasPdf = 'pdf_url' in list.object.sample.subject;
    if (!hasPdf || check.withPdf) facts[list.api.path] = await checkObject(check, list);
  }
  const charges = [...(check.details.get('adhoccharges')?.values() ?? [])];
  const isDescribed = charges.length > 0 ? charges.some(({ description }) => description !== undefined) : null;
  check.findings.add('writes.charge-fields', isDescribed === null ? null : !isDescribed, 'adhoccharges.description');
  const missing = await check.reader.get(`clients/${NO_ID}/`);
  check.findings.add('details.deleted', missing.status === 404, 'clients');
  return facts;
}
