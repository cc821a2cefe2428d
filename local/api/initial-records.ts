/**
 * The initial records of the stand-in's account. The records differ in state, so that every trigger finds test data.
 */

import { recordObjects } from '../../objects/index.ts';
import { DAY, HOUR } from '../../relay/harness/durations.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { POLLED_LISTS } from '../simulated-lists/all-lists.ts';
import { Account, type AccountRecord } from './account.ts';
import { choiceOf } from './choices.ts';
import { initialAttributes } from './custom-fields.ts';
import { objectsIn } from './field-checks.ts';

const COUNT = 5;

/**
 * Names of people, keyed by list, in the order of the ids. The tutor and the client of a student have the same position
 * in their lists as the student.
 */
const PEOPLE: Readonly<Record<string, string>> = {
  clients: 'Priya Raman, Marcus Adeyemi, Ingrid Solberg, Tomás Ferreira, Yuki Tanabe',
  recipients: 'Leo Raman, Ada Adeyemi, Nils Solberg, Inês Ferreira, Kenji Tanabe',
  contractors: 'Hannah Whitlock, Samuel Okoro, Grace Lindqvist, Ravi Menon, Chloé Marchand',
  agents: 'Owen Brook, Farah Haddad, Piotr Zielinski, Mei Chen, Laura Costa',
};

const withStatus = (...statuses: string[]): JsonObject[] => statuses.map((status) => ({ status }));

const UNPAID = { status: 'unpaid', date_paid: null };
const PAID = { status: 'paid', still_to_pay: 0 };

/** A balance change that explains the balance of the sample client. */
const INVOICE_RAISED = {
  credit_amount: '-84.00',
  description: 'Invoice raised',
  method: 'auto',
  method_display: 'Auto',
  update_type: 'invoice_creation',
  update_type_display: 'Invoice Creation',
};

/** States, keyed by list, in the order of the records' ids. */
const STATES: Readonly<Record<string, readonly JsonObject[]>> = {
  clients: withStatus('live', 'dormant', 'live', 'prospect', 'prospect'),
  contractors: withStatus('approved', 'rejected', 'dormant', 'pending', 'approved'),
  services: withStatus('in-progress', 'finished', 'gone-cold', 'available', 'pending'),
  appointments: withStatus('complete', 'cancelled', 'awaiting-report', 'planned', 'planned'),
  tenders: withStatus('rejected', 'withdrawn', 'accepted', 'requested', 'pending'),
  reports: [true, false, true, false, true].map((approved) => ({ approved })),
  invoices: [
    { status: 'paid' },
    { status: 'void', date_void: '2026-06-10T18:05:00.000000Z', date_paid: null, still_to_pay: 0 },
    { status: 'failed', date_paid: null, still_to_pay: 63 },
    { status: 'paid' },
    { status: 'unpaid', date_paid: null, still_to_pay: 63 },
  ],
  'balance-updates': Array.from({ length: COUNT }, () => INVOICE_RAISED),
  'proforma-invoices': [UNPAID, PAID, { status: 'draft', date_sent: null, date_paid: null }, PAID, UNPAID],
  'payment-orders': [UNPAID, PAID, UNPAID, PAID, UNPAID],
  wellbeing_concerns: ['Unresolved', 'Resolved', 'Unresolved', 'Resolved', 'Unresolved'].map((status) => ({
    status,
    dt_resolved: status === 'Resolved' ? '2026-06-12T09:00:00+01:00' : null,
  })),
};

const JOB_NAMES = 'GCSE Maths for Leo, Piano for Ada, A Level Physics for Nils, French for Inês, Maths for Kenji'.split(
  ', ',
);
const JOB_DESCRIPTIONS = [
  'Weekly maths until the summer exams.',
  'Weekly piano, with an exam in the summer.',
  'Weekly physics until the A levels.',
  'French conversation and grammar.',
  'Weekly maths in small steps.',
];
const TOPICS = ['Quadratic equations', 'Scales', 'Circular motion', 'Passé composé', 'Fractions'];

const QUARTER = HOUR / 4;

/** Returns a time in UTC in the format of an example: with microseconds, with an offset, or with neither. */
function timeLike(example: unknown, time: string): string {
  if (/\.\d{6}Z$/.test(String(example))) return time.replace('Z', '.000000Z');
  return String(example).endsWith('Z') ? time : time.replace('Z', '+00:00');
}

/**
 * Returns the fields that make the newest record of a list due, so that a polled trigger reports the record. Times have
 * the format of the sample.
 */
function newestFields(path: string, sample: JsonObject): JsonObject {
  const fields = POLLED_LISTS.find((list) => list.path === path)?.newest?.() ?? {};
  const isTime = (value: unknown): value is string => typeof value === 'string' && /T.*:\d\dZ$/.test(value);
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    isTime(value) ? timeLike(sample[name], value) : value,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}

/** The objects whose records the account contains. */
const SEEDED = recordObjects.flatMap(({ sample, api }) => (api ? [{ subject: sample.subject, api }] : []));
type SeededObject = (typeof SEEDED)[number];
const PATHS = new Set(SEEDED.map(({ api }) => api.path));

/** Names of fields that contain only the id of a person. */
const ID_FIELDS = ['recipient', 'paying_client', 'contractor', 'agent', 'role'];

/** Moves each reference in a value by an offset within the referenced record's list. */
function moved(value: unknown, offset: number): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, offset));
  if (!isJsonObject(value)) return value;
  const [, path = ''] = /\/api\/([a-z_-]+)\/\d+\/$/.exec(String(value.url)) ?? [];
  const isListed = PATHS.has(path);
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (name === 'url' && isListed) return [name, String(member).replace(/\d+\/$/, `${Number(value.id) + offset}/`)];
    const isId = name === 'id' ? isListed : ID_FIELDS.includes(name);
    return [name, isId && typeof member === 'number' ? member + offset : moved(member, offset)];
  });
  return Object.fromEntries(entries);
}

const utcText = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** Returns the start and finish of a 90-minute lesson. @param start - milliseconds since 1970 */
const timesFrom = (start: number): JsonObject => ({
  start: utcText(start),
  finish: utcText(start + 1.5 * HOUR),
});

/** Position of the last lesson of the job for which Job Gone Quiet runs, and the number of days since this lesson. */
const QUIET = { index: 0, days: 15 };

/** Returns the start and finish of a lesson. Planned lessons take place in the coming days. */
function lessonTimes(index: number, status: unknown): JsonObject {
  const today = Math.floor(Date.now() / DAY) * DAY;
  const past = index === QUIET.index ? -QUIET.days : index - 10;
  return timesFrom(today + (status === 'planned' ? index : past) * DAY + 16 * HOUR);
}

/**
 * Lessons that polled triggers report. `start` is in hours, relative to now. The ids are small, because the lessons
 * were booked long ago.
 */
const DUE_LESSONS = [
  { id: 9104, index: 4, start: 3, status: 'planned', topic: 'Ratios' },
  { id: 9103, index: 2, start: -2, status: 'complete', topic: 'Momentum', missedBy: 3 },
  { id: 9102, index: 1, start: -27, status: 'awaiting-report', topic: 'Sight-reading' },
  { id: 9101, index: 4, start: -32, status: 'planned', topic: 'Percentages' },
];

/** Returns the students of a lesson and, with the status `missed`, the students of a different lesson. */
const withMissing = ({ rcras }: JsonObject, other: JsonObject): JsonObject[] => [
  ...objectsIn(rcras),
  ...objectsIn(other.rcras).map((student) => ({ ...student, status: 'missed' })),
];

/** Returns the lessons that polled triggers report. The lessons start on a quarter hour. */
function dueLessons(object: SeededObject): AccountRecord[] {
  const now = Math.floor(Date.now() / QUARTER) * QUARTER;
  return DUE_LESSONS.map(({ id, index, start, status, topic, missedBy }) => {
    const record = recordAt(index, object);
    const url = String(record.url).replace(/\d+\/$/, `${id}/`);
    const missing = missedBy === undefined ? {} : { rcras: withMissing(record, recordAt(missedBy, object)) };
    return { ...record, ...timesFrom(now + start * HOUR), ...missing, id, url, status, topic };
  });
}

const emailOf = (first: string, last: string): string =>
  `${first}.${last}@example.com`
    .normalize('NFD')
    .replace(/[^\w.@]/g, '')
    .toLowerCase();

/** Index of the job with a second student and a second tutor, who have no lessons and can therefore be removed. */
const JOB_OF_TWO = 3;

/** Returns two students and two tutors for a job: the student and the tutor of this job and of the next job. */
function peopleOfTwo(index: number, job: JsonObject): JsonObject {
  const people = (list: unknown) => [index, index + 1].flatMap((offset) => moved(list, offset));
  return { rcrs: people(job.rcrs), conjobs: people(job.conjobs) };
}

/**
 * Cache of the records that {@link movedSample} returns, as JSON. All accounts share the cache, because the samples
 * never change.
 */
const movedSamples = new Map<string, string>();

/** Returns a copy of an object's sample with the ids of the record at an index of the object's list. */
function movedSample(index: number, { subject: sample, api: { path } }: SeededObject): JsonObject {
  const name = `${path} ${index}`;
  const known = movedSamples.get(name);
  if (known !== undefined) return JSON.parse(known) as JsonObject;
  // Unlike webhooks, the API does not send the model.
  const sampled = Object.entries(sample).filter(([field]) => field !== 'model');
  // `moved` finds the list of a record by the record's URL, which some samples lack.
  const url = `https://app.tutorcruncher.com/api/${path}/${String(sample.id)}/`;
  const subject = moved({ url, ...Object.fromEntries(sampled) }, index) as JsonObject;
  movedSamples.set(name, JSON.stringify(subject));
  return subject;
}

function recordAt(index: number, object: SeededObject): AccountRecord {
  const { subject: sample, api } = object;
  const { path } = api;
  const subject = movedSample(index, object);
  const state = STATES[path]?.[index] ?? {};
  const [first, last] = PEOPLE[path]?.split(', ')[index]?.split(' ') ?? [];
  const label = choiceOf('labels', 21 + index);
  // After the last client, the first client follows.
  const nextClient = (index + 1) % COUNT;
  return {
    ...subject,
    ...(first !== undefined &&
      last !== undefined && { first_name: first, last_name: last, email: emailOf(first, last), photo: null }),
    ...('labels' in subject && { labels: [label] }),
    ...('associated_clients' in subject && { associated_clients: [moved(sample.paying_client, nextClient)] }),
    ...('display_id' in subject && { display_id: String(subject.display_id).replace(/\d+$/, String(subject.id)) }),
    // Only the sample client has Autocharge.
    ...('auto_charge' in subject && { auto_charge: index === 0 }),
    ...(path === 'services' && { name: JOB_NAMES[index], description: JOB_DESCRIPTIONS[index] }),
    ...(path === 'services' && index === JOB_OF_TWO && peopleOfTwo(index, sample)),
    ...(path === 'appointments' && { topic: TOPICS[index], ...lessonTimes(index, state.status) }),
    ...(path === 'adhoccharges' && { description: 'Printed workbook' }),
    ...(api.hasCustomFields && { extra_attrs: initialAttributes(path) }),
    ...state,
    ...(index === COUNT - 1 && newestFields(path, sample)),
    id: Number(subject.id),
  };
}

/** Creates an account with records of the objects that the API provides. */
export function createAccount(): Account {
  const account = new Account();
  for (const object of SEEDED) {
    const { path } = object.api;
    const records = Array.from({ length: COUNT }, (_, index) => recordAt(index, object));
    account.addList(path, [...records.reverse(), ...(path === 'appointments' ? dueLessons(object) : [])]);
  }
  return account;
}
