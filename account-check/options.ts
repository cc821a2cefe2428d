/** Checks the descriptions of fields in responses to OPTIONS, and which unused paths accept a POST. */

import { CHARGE_TYPES } from '../creates/job.ts';
import { USUAL_NOTIFICATIONS } from '../creates/notifications.ts';
import { rowId } from '../src/api/rows.ts';
import { describedFields } from '../src/inputs/custom-field-inputs.ts';
import { optionsOf } from '../src/inputs/choice.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import { KNOWN_FIELDS } from './known-words.ts';
import type { Answer } from './send-read.ts';

/** The section of the report about a response to OPTIONS. */
export interface OptionFacts {
  readonly status: number;
  readonly takesPost: boolean | null;
  /** The described fields that our code knows. */
  readonly fields: string[];
  /** True if each custom field is described separately. */
  readonly describesCustomFields: boolean;
}

/** Returns the descriptions of the fields of a POST; empty if the response describes none. */
function postFields({ data }: Answer): JsonObject {
  const actions = isJsonObject(data) && isJsonObject(data.actions) ? data.actions : {};
  return isJsonObject(actions.POST) ? actions.POST : {};
}

/** Returns true for a path that accepts a POST; null if the key has no permission to read the path's description. */
function takesPost({ status, data, headers }: Answer): boolean | null {
  if (status === 403) return null;
  const isDescribed = isJsonObject(data) && isJsonObject(data.actions) && isJsonObject(data.actions.POST);
  return isDescribed || /\bPOST\b/.test(headers.get('allow') ?? '');
}

/** Returns the options of a field, from its own description or from the description of its items. */
function optionsIn(field: unknown): readonly string[] {
  const child = isJsonObject(field) ? field.child : undefined;
  return Object.keys({ ...optionsOf(child), ...optionsOf(field) });
}

const factsOf = (answer: Answer, customFields: string): OptionFacts => {
  const fields = postFields(answer);
  return {
    status: answer.status,
    takesPost: takesPost(answer),
    fields: Object.keys(fields)
      .filter((name) => KNOWN_FIELDS.has(name))
      .sort(),
    describesCustomFields: describedFields(fields[customFields]) !== null,
  };
};

/** Returns true if options contain all expected options; null if there are no options. */
const containsAll = (options: readonly string[], expected: readonly string[]): boolean | null =>
  options.length === 0 ? null : expected.every((value) => options.includes(value));

/** An academic year with its usual number, which the app sends if OPTIONS describes no academic years. */
const USUAL_YEAR = ['10', 'Year 9'] as const;

function checkFields({ findings }: AccountCheck, path: string, answer: Answer): void {
  const fields = postFields(answer);
  const custom = fields.extra_attrs;
  if (isJsonObject(custom) && custom.children !== undefined) {
    const entries = describedFields(custom);
    const isReadable =
      entries !== null &&
      entries.length > 0 &&
      entries.every(({ name, type }) => typeof name === 'string' && typeof type === 'string');
    findings.add('options.custom-fields', isReadable, path);
  } else findings.add('options.custom-fields', null, path);
  if (path === 'clients') {
    const notifications = optionsIn(fields.received_notifications);
    findings.add('options.notifications', containsAll(notifications, Object.keys(USUAL_NOTIFICATIONS)), path);
  }
  if (path === 'recipients') {
    const [number, name] = USUAL_YEAR;
    const years = optionsOf(fields.academic_year);
    findings.add('options.academic-years', Object.keys(years).length === 0 ? null : years[number] === name, path);
  }
  if (path === 'services') {
    const types = optionsIn(fields.dft_charge_type);
    const isSame =
      containsAll(types, Object.keys(CHARGE_TYPES)) === true && types.length === Object.keys(CHARGE_TYPES).length;
    findings.add('writes.charge-types', types.length === 0 ? null : isSame, path);
  }
}

/** Checks the enquiry form, whose custom fields have names with hyphens. */
function checkEnquiry({ findings }: AccountCheck, answer: Answer): void {
  const attributes = postFields(answer).attributes;
  const entries = describedFields(attributes);
  const isHyphenated = entries?.every(({ machine_name: name }) => !String(name).includes('_')) ?? false;
  const isEmpty = entries?.length === 0;
  findings.add('options.enquiry', isEmpty ? null : answer.status === 200 && isHyphenated, 'enquiry');
}

/** Checks that TutorCruncher would accept a reminder for the newest unpaid record of a list. Sends no reminder. */
async function checkReminders({ reader, findings, rows }: AccountCheck, path: string): Promise<OptionFacts | null> {
  const unpaid = (rows.get(path) ?? []).find(({ status }) => status === 'unpaid');
  const id = unpaid ? rowId(unpaid) : null;
  if (id === null) {
    findings.add('options.reminders', null, path);
    return null;
  }
  const answer = await reader.options(`${path}/${id}/send_reminder/`);
  findings.add('options.reminders', takesPost(answer), path);
  return factsOf(answer, '');
}

/** Checks the descriptions. @throws {Unfinished} if the check cannot continue */
export async function checkOptions(check: AccountCheck): Promise<Record<string, OptionFacts>> {
  const { reader, findings } = check;
  const facts: Record<string, OptionFacts> = {};
  for (const path of ['clients', 'contractors', 'recipients', 'agents', 'services']) {
    const answer = await reader.options(`${path}/`);
    checkFields(check, path, answer);
    facts[path] = factsOf(answer, 'extra_attrs');
  }
  const enquiry = await reader.options('enquiry/');
  checkEnquiry(check, enquiry);
  facts.enquiry = factsOf(enquiry, 'attributes');
  const notes = await reader.options('notes/');
  findings.add('options.notes', takesPost(notes), 'notes');
  facts.notes = factsOf(notes, '');
  for (const path of ['invoices', 'proforma-invoices']) {
    const reminders = await checkReminders(check, path);
    if (reminders) facts[`${path}/send_reminder`] = reminders;
  }
  return facts;
}
