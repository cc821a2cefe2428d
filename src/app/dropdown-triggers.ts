/** Hidden triggers that fill the dropdowns of input fields from the user's account. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { objectWordOf, OBJECT_NAMES } from '../../wire/models.ts';
import { fetchActionTypes, type ActionType } from '../api/action-types.ts';
import { getRows, type Params } from '../api/client.ts';
import { metaOf } from '../api/bundle.ts';
import { entryText, onOneLine } from '../record/joined-texts.ts';
import { localTime, textOf } from '../record/local-time.ts';
import { UTC, type TimeZone } from '../record/time-zone.ts';
import { rowId, rowText } from '../api/rows.ts';
import { sharedFields, sharedPart } from '../shared-part.ts';
import { localeOf } from '../inputs/run-time-zone.ts';

/** An entry of a dropdown. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

interface Dropdown {
  readonly noun: string;
  /** The plural of the noun, as it appears within a sentence; default: the noun with an s. */
  readonly records?: string;
  readonly sample: readonly [id: string, name: string];
}

interface RecordList extends Dropdown {
  readonly path: string;
  readonly params?: Params;
  /** Order of the rows on a page; default: TutorCruncher's order. */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
  /** Returns the name of a row for the dropdown; an empty string if the row has no name. Default: the field `name`. */
  readonly nameOf?: (row: JsonObject, zone: TimeZone) => string;
  /** True if the names contain times. */
  readonly hasTimes?: boolean;
}

const fullName = (row: JsonObject): string => `${rowText(row, 'first_name')} ${rowText(row, 'last_name')}`.trim();

/** Returns "name (email)", because people in a family share names, and some share an email address. */
function personName(row: JsonObject): string {
  const name = fullName(row);
  const email = rowText(row, 'email');
  return name === '' || email === '' ? name || email : `${name} (${email})`;
}

/** Joins texts that people have typed into one line, and appends text from this app. */
const joined = (typed: readonly string[], last = ''): string =>
  [...typed.map((text) => entryText(text)), last].filter((text) => text !== '').join(', ');

function lessonName(row: JsonObject, zone: TimeZone): string {
  const start = localTime(row.start, zone);
  return joined([rowText(row, 'topic')], start ? textOf(start) : '');
}
const chargeName = (row: JsonObject, zone: TimeZone): string =>
  joined([rowText(row, 'description')], localTime(row.date_occurred, zone)?.day);
function applicationName({ contractor, service, status, proposed_rate: rate }: JsonObject): string {
  const tutor = isJsonObject(contractor) ? fullName(contractor) : '';
  const job = isJsonObject(service) ? rowText(service, 'name') : '';
  const proposal = typeof rate === 'string' || typeof rate === 'number' ? `proposes ${rate}` : '';
  return joined([tutor, job, proposal, typeof status === 'string' ? status : '']);
}

const isUndecided = (row: JsonObject): boolean => ['pending', 'requested'].includes(rowText(row, 'status'));

/** The product names of objects. A dropdown groups events by object in this order. */
const GROUPS: readonly string[] = Object.values(OBJECT_NAMES);

/** Returns the position of an object's group. Objects that this version does not know come last. */
function groupOf(subject: string): number {
  const position = GROUPS.indexOf(subject);
  return position < 0 ? GROUPS.length : position;
}

const productName = (subject: string): string => {
  const word = objectWordOf(subject);
  return word ? OBJECT_NAMES[word] : subject;
};

/**
 * Returns the dropdown's entries for actions, grouped by the objects that their events are about. The text of an action
 * uses the terms on TutorCruncher's pages, because users type these terms to search the dropdown.
 */
function groupedActions(actionTypes: readonly ActionType[]): Choice[] {
  return actionTypes
    .map(({ key, verb, subjects }) => {
      const names = [...new Set(subjects.map(productName))].sort((one, other) => groupOf(one) - groupOf(other));
      return { group: groupOf(names[0] ?? ''), id: key, name: `${names.join(', ')}: ${verb}` };
    })
    .sort((one, other) => one.group - other.group)
    .map(({ id, name }) => ({ id, name }));
}

/**
 * Creates a hidden trigger.
 *
 * @param operation - the properties of the operation that differ between hidden triggers
 */
const hiddenTrigger = <Operation extends object>(
  key: string,
  { noun, records = `${noun.toLowerCase()}s`, sample: [id, name] }: Dropdown,
  operation: Operation,
) => ({
  key,
  noun,
  display: sharedPart({
    label: `${noun} List`,
    description: `Triggers when the dropdown of ${records} is opened.`,
    hidden: true,
  }),
  operation: {
    type: 'polling' as const,
    ...operation,
    sample: sharedPart({ id, name }),
    outputFields: sharedFields([
      { key: 'id', label: `${noun} ID`, type: 'string' as const },
      { key: 'name', label: `${noun} Name`, type: 'string' as const },
    ]),
  },
});

const listTrigger = (key: string, list: RecordList) =>
  hiddenTrigger(key, list, {
    canPaginate: true,
    perform: async (z: ZObject, bundle: Bundle): Promise<Choice[]> => {
      const { path, params = {}, order, nameOf = (row: JsonObject) => rowText(row, 'name'), hasTimes = false } = list;
      // Zapier counts pages from 0.
      const page = metaOf(bundle).page ?? 0;
      const zone = hasTimes ? (await localeOf(z, bundle)).timeZone : UTC;
      const rows = await getRows(z, bundle, path, params, page + 1);
      return (order ? rows.sort(order) : rows).flatMap((row) => {
        const id = rowId(row);
        return id === null ? [] : [{ id, name: onOneLine(nameOf(row, zone)) || id }];
      });
    },
  });

const LISTS = {
  label_list: { noun: 'Label', path: 'labels/', sample: ['21', 'Weekend'] },
  client_list: {
    noun: 'Client',
    path: 'clients/',
    nameOf: personName,
    sample: ['301', 'Priya Raman (priya.raman@example.com)'],
  },
  tutor_list: {
    noun: 'Tutor',
    path: 'contractors/',
    nameOf: personName,
    sample: ['402', 'Hannah Whitlock (hannah.whitlock@example.com)'],
  },
  student_list: {
    noun: 'Student',
    path: 'recipients/',
    nameOf: personName,
    sample: ['503', 'Leo Raman (leo.raman@example.com)'],
  },
  affiliate_list: {
    noun: 'Affiliate',
    path: 'agents/',
    nameOf: personName,
    sample: ['604', 'Owen Brook (owen.brook@example.com)'],
  },
  job_list: { noun: 'Job', path: 'services/', sample: ['705', 'GCSE Maths for Leo'] },
  lesson_list: {
    noun: 'Lesson',
    records: 'planned lessons',
    path: 'appointments/',
    params: { status: 'planned' },
    order: (a, b) => rowText(a, 'start').localeCompare(rowText(b, 'start')),
    nameOf: lessonName,
    hasTimes: true,
    sample: ['9106', 'Quadratic equations, Wed 10 Jun 2026, 17:00'],
  },
  application_list: {
    noun: 'Application',
    path: 'tenders/',
    nameOf: applicationName,
    // TutorCruncher's API documents no filter by status.
    order: (a, b) => Number(isUndecided(b)) - Number(isUndecided(a)),
    sample: ['88', 'Hannah Whitlock, GCSE Maths for Leo, proposes 32.00, pending'],
  },
  ad_hoc_charge_list: {
    noun: 'Ad Hoc Charge',
    path: 'adhoccharges/',
    nameOf: chargeName,
    hasTimes: true,
    sample: ['77', 'Printed workbook, Tue 9 Jun 2026'],
  },
  charge_category_list: {
    noun: 'Category',
    records: 'categories of ad hoc charges',
    path: 'ahc-categories/',
    sample: ['5', 'Travel'],
  },
  pipeline_stage_list: { noun: 'Pipeline Stage', path: 'pipeline-stages/', sample: ['3', 'First lesson booked'] },
  subject_list: { noun: 'Subject', path: 'subjects/', sample: ['31', 'Maths'] },
  level_list: { noun: 'Level', path: 'qual_levels/', sample: ['6', 'GCSE'] },
  country_list: { noun: 'Country', records: 'countries', path: 'countries/', sample: ['183', 'United Kingdom'] },
} satisfies Record<string, RecordList>;

/** The paths of the lists from which dropdowns are filled. */
export const dropdownPaths: readonly string[] = Object.values<RecordList>(LISTS).map(({ path }) => path);

const { label_list, ...otherLists } = Object.fromEntries(
  Object.entries<RecordList>(LISTS).map(([key, list]) => [key, listTrigger(key, list)]),
) as Record<keyof typeof LISTS, ReturnType<typeof listTrigger>>;

/** The hidden triggers by key. */
export const dropdownTriggers = {
  label_list,
  action_list: hiddenTrigger(
    'action_list',
    { noun: 'Event', sample: ['MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Lesson: Marked a Lesson as complete'] },
    { perform: async (z: ZObject, bundle: Bundle) => groupedActions(await fetchActionTypes(z, bundle)) },
  ),
  ...otherLists,
};
