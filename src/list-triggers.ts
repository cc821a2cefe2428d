/** Hidden triggers that list records of the account for dropdowns, page by page. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { Choice } from './api/choices.ts';
import { getRows, type Params } from './api/client.ts';
import { rowId } from './api/records.ts';
import { rowText } from './list-search.ts';
import { localTime, textOf } from './record/local-time.ts';
import { UTC, type TimeZone } from './record/time-zone.ts';
import { sharedFields, sharedPart } from './shared-part.ts';
import { timeZoneOf } from './time-zone-field.ts';

/** A list that fills a dropdown. */
interface RecordList {
  readonly key: string;
  readonly noun: string;
  /** The plural of the noun, for use within a sentence. */
  readonly records: string;
  /** The path of the list below `/api/`. */
  readonly path: string;
  readonly params?: Params;
  /** Order of the rows of a page; TutorCruncher's order if missing. */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
  /** Returns the name of a row for the dropdown; an empty string if the row has none. */
  readonly nameOf: (row: JsonObject, zone: TimeZone) => string;
  /** True if the names contain times. */
  readonly hasTimes?: boolean;
  readonly sample: Choice;
}

const namedBy =
  (field: string): RecordList['nameOf'] =>
  (row) =>
    rowText(row, field);

const fullName = (row: JsonObject): string => `${rowText(row, 'first_name')} ${rowText(row, 'last_name')}`.trim();

/** Returns "name (email)". People of one family share names, and some share an email address. */
function personName(row: JsonObject): string {
  const name = fullName(row);
  const email = rowText(row, 'email');
  return name === '' || email === '' ? name || email : `${name} (${email})`;
}

/** Returns "topic, time". */
function lessonName(row: JsonObject, zone: TimeZone): string {
  const start = localTime(row.start, zone);
  return joined(rowText(row, 'topic'), start ? textOf(start) : '');
}

const joined = (...texts: string[]): string => texts.filter((text) => text !== '').join(', ');

/** Returns "description, date". */
function chargeName(row: JsonObject, zone: TimeZone): string {
  return joined(rowText(row, 'description'), localTime(row.date_occurred, zone)?.day ?? '');
}

/** Returns "tutor, job, status". */
function applicationName({ contractor, service, status }: JsonObject): string {
  const tutor = isJsonObject(contractor) ? fullName(contractor) : '';
  const job = isJsonObject(service) ? rowText(service, 'name') : '';
  return joined(tutor, job, typeof status === 'string' ? status : '');
}

const isUndecided = (row: JsonObject): boolean => ['pending', 'requested'].includes(rowText(row, 'status'));

function listTrigger({ key, noun, records, path, params = {}, order, nameOf, hasTimes = false, sample }: RecordList) {
  return {
    key,
    noun,
    display: sharedPart({
      label: `${noun} List`,
      description: `Triggers when the dropdown of ${records} is opened.`,
      hidden: true,
    }),
    operation: {
      type: 'polling' as const,
      canPaginate: true,
      perform: async (z: ZObject, bundle: Bundle): Promise<Choice[]> => {
        // Zapier counts pages from 0.
        const page = (bundle.meta as Partial<Bundle['meta']> | undefined)?.page ?? 0;
        const zone = hasTimes ? await timeZoneOf(z, bundle) : UTC;
        const rows = await getRows(z, bundle, path, params, page + 1);
        return (order ? rows.sort(order) : rows).flatMap((row) => {
          const id = rowId(row);
          return id === null ? [] : [{ id, name: nameOf(row, zone) || id }];
        });
      },
      sample: sharedPart({ ...sample }),
      outputFields: sharedFields([
        { key: 'id', label: `${noun} ID`, type: 'string' as const },
        { key: 'name', label: `${noun} Name`, type: 'string' as const },
      ]),
    },
  };
}

const PRIYA = { id: '301', name: 'Priya Raman (priya.raman@example.com)' };
const HANNAH = { id: '402', name: 'Hannah Whitlock (hannah.whitlock@example.com)' };
const LEO = { id: '503', name: 'Leo Raman (leo.raman@example.com)' };
const OWEN = { id: '604', name: 'Owen Brook (owen.brook@example.com)' };

/** The hidden triggers of records by key. */
export const listTriggers = {
  client_list: listTrigger({
    key: 'client_list',
    noun: 'Client',
    records: 'clients',
    path: 'clients/',
    nameOf: personName,
    sample: PRIYA,
  }),
  tutor_list: listTrigger({
    key: 'tutor_list',
    noun: 'Tutor',
    records: 'tutors',
    path: 'contractors/',
    nameOf: personName,
    sample: HANNAH,
  }),
  student_list: listTrigger({
    key: 'student_list',
    noun: 'Student',
    records: 'students',
    path: 'recipients/',
    nameOf: personName,
    sample: LEO,
  }),
  affiliate_list: listTrigger({
    key: 'affiliate_list',
    noun: 'Affiliate',
    records: 'affiliates',
    path: 'agents/',
    nameOf: personName,
    sample: OWEN,
  }),
  job_list: listTrigger({
    key: 'job_list',
    noun: 'Job',
    records: 'jobs',
    path: 'services/',
    nameOf: namedBy('name'),
    sample: { id: '705', name: 'GCSE Maths for Leo' },
  }),
  lesson_list: listTrigger({
    key: 'lesson_list',
    noun: 'Lesson',
    records: 'planned lessons',
    path: 'appointments/',
    params: { status: 'planned' },
    order: (a, b) => rowText(a, 'start').localeCompare(rowText(b, 'start')),
    nameOf: lessonName,
    hasTimes: true,
    sample: { id: '9106', name: 'Quadratic equations, Wed 10 Jun 2026, 17:00' },
  }),
  application_list: listTrigger({
    key: 'application_list',
    noun: 'Application',
    records: 'applications',
    path: 'tenders/',
    // TutorCruncher's API documents no filter by status.
    order: (a, b) => Number(isUndecided(b)) - Number(isUndecided(a)),
    nameOf: applicationName,
    sample: { id: '88', name: 'Hannah Whitlock, GCSE Maths for Leo, pending' },
  }),
  ad_hoc_charge_list: listTrigger({
    key: 'ad_hoc_charge_list',
    noun: 'Ad Hoc Charge',
    records: 'ad hoc charges',
    path: 'adhoccharges/',
    nameOf: chargeName,
    hasTimes: true,
    sample: { id: '77', name: 'Printed workbook, Tue 9 Jun 2026' },
  }),
  charge_category_list: listTrigger({
    key: 'charge_category_list',
    noun: 'Category',
    records: 'categories of ad hoc charges',
    path: 'ahc-categories/',
    nameOf: namedBy('name'),
    sample: { id: '5', name: 'Travel' },
  }),
  pipeline_stage_list: listTrigger({
    key: 'pipeline_stage_list',
    noun: 'Pipeline Stage',
    records: 'pipeline stages',
    path: 'pipeline-stages/',
    nameOf: namedBy('name'),
    sample: { id: '3', name: 'First lesson booked' },
  }),
  subject_list: listTrigger({
    key: 'subject_list',
    noun: 'Subject',
    records: 'subjects',
    path: 'subjects/',
    nameOf: namedBy('name'),
    sample: { id: '31', name: 'Maths' },
  }),
  level_list: listTrigger({
    key: 'level_list',
    noun: 'Level',
    records: 'levels',
    path: 'qual_levels/',
    nameOf: namedBy('name'),
    sample: { id: '6', name: 'GCSE' },
  }),
  country_list: listTrigger({
    key: 'country_list',
    noun: 'Country',
    records: 'countries',
    path: 'countries/',
    nameOf: namedBy('name'),
    sample: { id: '183', name: 'United Kingdom' },
  }),
};
