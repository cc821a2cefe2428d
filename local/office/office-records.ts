/**
 * The people, jobs, lessons and invoices that the tasks name, in addition to the initial records of the stand-in's
 * account.
 */

import { amountText, type Account, type AccountRecord } from '../api/account.ts';
import { choiceOf } from '../api/choices.ts';
import { objectsIn } from '../api/field-checks.ts';
import { HOUR } from '../../relay/harness/durations.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { utcTime, type OfficeDates } from './dates.ts';

const API_URL = 'https://app.tutorcruncher.com/api/';

/** A family of the office: a client and a student. */
interface Family {
  readonly clientId: number;
  readonly studentId: number;
  readonly client: readonly [firstName: string, lastName: string];
  readonly student: string;
  readonly email: string;
  readonly mobile: string;
  readonly town: string;
  readonly status: string;
  /** The day on which the client was created. */
  readonly created: string;
}

/** Returns the families. Two clients have the same name, and two other clients were created this month. */
const families = ({ firstOfMonth, lastMonth }: OfficeDates): Family[] => [
  {
    clientId: 315,
    studentId: 515,
    client: ['Aisha', 'Rahman'],
    student: 'Zara',
    email: 'aisha.rahman@example.com',
    mobile: '07700 900615',
    town: 'Bristol',
    status: 'live',
    created: lastMonth,
  },
  {
    clientId: 314,
    studentId: 514,
    client: ['Tom', 'Okafor'],
    student: 'Ben',
    email: 'tom.okafor@example.com',
    mobile: '07700 900614',
    town: 'Bristol',
    status: 'prospect',
    created: firstOfMonth,
  },
  {
    clientId: 313,
    studentId: 513,
    client: ['Emma', 'Clarke'],
    student: 'Mia',
    email: 'emma.clarke.bath@example.com',
    mobile: '07700 900613',
    town: 'Bath',
    status: 'live',
    created: '2026-02-03',
  },
  {
    clientId: 312,
    studentId: 512,
    client: ['Emma', 'Clarke'],
    student: 'Jack',
    email: 'emma.clarke@example.com',
    mobile: '07700 900612',
    town: 'Bristol',
    status: 'live',
    created: '2026-01-20',
  },
  {
    clientId: 311,
    studentId: 511,
    client: ['Sarah', 'Marsh'],
    student: 'Ella',
    email: 'sarah.marsh@example.com',
    mobile: '07700 900611',
    town: 'Bristol',
    status: 'live',
    created: firstOfMonth,
  },
];

/** A lesson with one student and one tutor. */
interface Lesson {
  readonly id: number;
  readonly job: number;
  readonly student: number;
  readonly tutor: number;
  readonly day: string;
  readonly from: string;
  readonly to: string;
  readonly topic: string;
  readonly status?: string;
}

const lessons = (on: OfficeDates): Lesson[] => [
  {
    id: 9126,
    job: 707,
    student: 505,
    tutor: 404,
    day: on.thursdayOfNextWeek,
    from: '17:00',
    to: '18:30',
    topic: 'Waves',
  },
  {
    id: 9125,
    job: 707,
    student: 505,
    tutor: 404,
    day: on.tuesdayOfNextWeek,
    from: '17:00',
    to: '18:00',
    topic: 'Optics',
  },
  { id: 9124, job: 708, student: 506, tutor: 405, day: on.tomorrow, from: '15:00', to: '16:00', topic: 'French verbs' },
  {
    id: 9123,
    job: 709,
    student: 507,
    tutor: 406,
    day: on.tomorrow,
    from: '17:00',
    to: '18:00',
    topic: 'Decimals',
    status: 'cancelled',
  },
  { id: 9122, job: 711, student: 511, tutor: 402, day: on.tomorrow, from: '16:00', to: '17:00', topic: 'Fractions' },
  { id: 9121, job: 705, student: 503, tutor: 402, day: on.thursday, from: '16:00', to: '17:30', topic: 'Trigonometry' },
];

/** Returns a copy of a record with a different id. @throws {Error} if the account lacks the record */
function copied(account: Account, path: string, original: number, id: number, fields: JsonObject): AccountRecord {
  const record = account.find(path, original);
  if (!record) throw new Error(`The account has no ${path} ${original}.`);
  return { ...record, ...fields, id, url: `${API_URL}${path}/${id}/` };
}

/** Adds records at the start of a list, which is sorted newest first. */
function addNewest(account: Account, path: string, records: readonly AccountRecord[]): void {
  account.addList(path, [...records, ...account.list(path)]);
}

const hoursBetween = (from: string, to: string): number =>
  (Date.parse(`2026-01-01T${to}Z`) - Date.parse(`2026-01-01T${from}Z`)) / HOUR;

/** Gives the jobs of planned lessons a realistic status, and the tutors a realistic status and realistic skills. */
function putInOrder(account: Account): void {
  for (const job of [706, 707, 708, 709]) account.change('services', job, { status: 'in-progress' });
  const skills = [
    [404, [32, 33]],
    [405, [33]],
  ] as const;
  for (const [tutor, subjects] of skills) {
    const [skill] = objectsIn(account.find('contractors', tutor)?.skills);
    account.change('contractors', tutor, {
      status: 'approved',
      skills: subjects.map((subject, index) => ({
        ...skill,
        id: tutor * 10 + index,
        subject: choiceOf('subjects', subject),
      })),
    });
  }
}

/**
 * Allows the double booking of locations, as in a real office, and removes the county from the addresses of clients and
 * students.
 */
function putPlacesInOrder(account: Account): void {
  const places = [
    ['appointments', 'location'],
    ['services', 'dft_location'],
  ] as const;
  for (const [path, field] of places) {
    for (const { id, [field]: location } of account.list(path)) {
      if (isJsonObject(location)) account.change(path, id, { [field]: { ...location, can_conflict: true } });
    }
  }
  for (const path of ['clients', 'recipients']) {
    for (const { id } of account.list(path)) account.change(path, id, { state: null });
  }
}

/** Gives each client the balance that results from the client's unpaid invoices. */
function balanceClients(account: Account): void {
  for (const { id } of account.list('clients')) {
    const owed = account
      .list('invoices')
      .filter(
        ({ client, status }) =>
          isJsonObject(client) && client.id === id && ['unpaid', 'failed'].includes(String(status)),
      )
      .reduce((sum, { still_to_pay }) => sum + Number(still_to_pay), 0);
    const balance = amountText(-owed);
    account.change('clients', id, {
      payment_pending: '0.00',
      invoice_balance: balance,
      available_balance: balance,
    });
  }
}

const studentOn = (account: Account, id: number, fields: JsonObject): JsonObject => {
  const client = account.find('recipients', id)?.paying_client as JsonObject;
  return { recipient: id, recipient_name: '', paying_client: client.id ?? null, paying_client_name: '', ...fields };
};

/** Adds the records of the office to an account. The account derives the names in references from the ids. */
export function addOffice(account: Account, on: OfficeDates): void {
  putInOrder(account);
  const added = families(on);
  addNewest(
    account,
    'clients',
    added.map(({ clientId, client: [first_name, last_name], email, mobile, town, status, created }) =>
      copied(account, 'clients', 302, clientId, {
        first_name,
        last_name,
        email,
        mobile,
        town,
        status,
        labels: [],
        pipeline_stage: status === 'prospect' ? (account.find('clients', 302)?.pipeline_stage ?? null) : null,
        date_created: `${created}T10:00:00.000000Z`,
      }),
    ),
  );
  addNewest(
    account,
    'recipients',
    added.map(({ clientId, studentId, client: [, last_name], student: first_name, created }) =>
      copied(account, 'recipients', 504, studentId, {
        first_name,
        last_name,
        email: `${first_name}.${last_name}@example.com`.toLowerCase(),
        labels: [],
        associated_clients: [],
        paying_client: account.reference('clients', clientId),
        date_created: `${created}T10:00:00.000000Z`,
      }),
    ),
  );
  const tutorOn = (contractor: number): JsonObject => ({ contractor, name: '', pay_rate: '30.00' });
  const onJob = { charge_rate: '42.00', agent: null, agent_name: null, agent_percentage: null };
  const jobOfElla = copied(account, 'services', 705, 711, {
    name: 'Maths for Ella',
    labels: [],
    rcrs: [studentOn(account, 511, onJob)],
    conjobs: [{ ...tutorOn(402), contractor_permissions: 'add-edit-complete' }],
  });
  addNewest(account, 'services', [jobOfElla]);
  addNewest(
    account,
    'appointments',
    lessons(on).map(({ id, job, student, tutor, day, from, to, topic, status = 'planned' }) =>
      copied(account, 'appointments', 9109, id, {
        topic,
        units: hoursBetween(from, to).toFixed(5),
        status,
        start: utcTime(day, from),
        finish: utcTime(day, to),
        service: account.reference('services', job),
        rcras: [studentOn(account, student, { charge_rate: '42.00', status: 'attended' })],
        cjas: [tutorOn(tutor)],
      }),
    ),
  );
  const invoice = (id: number, status: string, amount: string, sent: string): AccountRecord =>
    copied(account, 'invoices', 148, id, {
      status,
      display_id: `INV-${id}`,
      gross: amount,
      // The tax of the initial invoices is 20 percent of the net amount.
      net: Number(amount) / 1.2,
      tax: (Number(amount) / 6).toFixed(2),
      still_to_pay: status === 'unpaid' ? Number(amount) : 0,
      date_sent: `${sent}T09:00:00.000000Z`,
      date_paid: null,
      date_void: status === 'void' ? `${sent}T10:00:00.000000Z` : null,
    });
  addNewest(account, 'invoices', [
    invoice(163, 'void', '90.00', on.lastMonth),
    invoice(162, 'unpaid', '126.00', on.lastMonth),
    invoice(161, 'unpaid', '84.00', '2026-09-01'),
  ]);
  putPlacesInOrder(account);
  balanceClients(account);
}
