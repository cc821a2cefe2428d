/** The fictional people in the day's events, and the subjects in which they appear. */

import type { JsonObject } from '../../wire/json.ts';

/** A client with a student and the job in which the student is taught. */
export interface Family {
  /** TutorCruncher's id of the client. The student's id is 200 higher, and the job's id is 400 higher. */
  readonly id: number;
  readonly client: readonly [firstName: string, lastName: string];
  /** First name of the student, who has the last name of the client. */
  readonly student: string;
  readonly job: string;
  readonly tutor: { readonly contractor: number; readonly contractor_name: string };
}

const HANNAH = { contractor: 402, contractor_name: 'Hannah Whitlock' };
const SAMUEL = { contractor: 403, contractor_name: 'Samuel Okoro' };

export const OAKLEY: Family = {
  ...{ id: 311, client: ['Grace', 'Oakley'], student: 'Ben', job: 'Year 6 Maths for Ben', tutor: HANNAH },
};
export const FERREIRA: Family = {
  ...{ id: 312, client: ['Daniel', 'Ferreira'], student: 'Inês', job: 'GCSE English for Inês', tutor: SAMUEL },
};
export const KHAN: Family = {
  ...{ id: 313, client: ['Aisha', 'Khan'], student: 'Yusuf', job: 'A level Physics for Yusuf', tutor: SAMUEL },
};

export const BANERJEE: Family = {
  ...{ id: 314, client: ['Anita', 'Banerjee'], student: 'Dev', job: 'GCSE Chemistry for Dev', tutor: SAMUEL },
};
export const LINDQVIST: Family = {
  ...{ id: 315, client: ['Erik', 'Lindqvist'], student: 'Maja', job: 'Year 9 Maths for Maja', tutor: HANNAH },
};

const emailOf = (firstName: string, lastName: string): string =>
  `${firstName}.${lastName}@example.com`.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');

const person = (id: number, firstName: string, lastName: string, roleType: string): JsonObject => ({
  ...{ id, first_name: firstName, last_name: lastName, email: emailOf(firstName, lastName), role_type: roleType },
});

const asClient = ({ id, client: [firstName, lastName] }: Family): JsonObject =>
  person(id, firstName, lastName, 'Client');

const asStudent = ({ id, client: [, lastName], student }: Family): JsonObject =>
  person(id + 200, student, lastName, 'Student');

const studentOf = (family: Family): JsonObject => ({
  ...{ recipient: family.id + 200, recipient_name: `${family.student} ${family.client[1]}` },
  ...{ paying_client: family.id, paying_client_name: family.client.join(' '), charge_rate: '42.00' },
});

/** Returns fields of a client, with the given changes. */
export const clientFields = (family: Family, changes: JsonObject = {}): JsonObject => {
  const { first_name, last_name, email } = asClient(family);
  return { first_name, last_name, email, paid_recipients: [asStudent(family)], ...changes };
};

/** Returns fields of a student. */
export const studentFields = (family: Family): JsonObject => {
  const { first_name, last_name, email } = asStudent(family);
  return { first_name, last_name, email, paying_client: asClient(family), associated_clients: [] };
};

/** Returns fields of a job. */
export const jobFields = (family: Family, changes: JsonObject = {}): JsonObject => {
  const { contractor, contractor_name: name } = family.tutor;
  const tutor = { contractor, contractor_permissions: 'add-edit-complete', name, pay_rate: '30.00' };
  return { name: family.job, description: '', rcrs: [studentOf(family)], conjobs: [tutor], ...changes };
};

/**
 * Returns fields of a planned one-hour lesson.
 *
 * @param start - milliseconds since 1970
 */
export const lessonFields = (family: Family, topic: string, start: number, changes: JsonObject = {}): JsonObject => ({
  ...{ topic, status: 'planned', units: '1.00000' },
  start: new Date(start).toISOString(),
  finish: new Date(start + 3_600_000).toISOString(),
  rcras: [{ ...studentOf(family), status: 'planned' }],
  cjas: [{ ...family.tutor, pay_rate: '30.00' }],
  service: { id: family.id + 400, name: family.job, dft_charge_type: 'hourly', status: 'in-progress' },
  ...changes,
});

/**
 * Returns fields of an invoice for one-hour lessons at 42.00 each, including tax.
 *
 * @param sentAt - milliseconds since 1970
 */
export const invoiceFields = (family: Family, number: number, lessons: number, sentAt: number): JsonObject => {
  const gross = 42 * lessons;
  const [net, tax] = [gross / 1.2, gross - gross / 1.2].map((amount) => amount.toFixed(2));
  const date = new Date(sentAt).toISOString();
  return {
    ...{ display_id: `INV-${number}`, client: asClient(family), status: 'unpaid', still_to_pay: gross },
    ...{ gross: gross.toFixed(2), net, tax, date_sent: date, date_paid: null, pdf_url: '' },
    charges: [
      {
        ...{ adhoc_charge: null, appointment: null, date, payee: 'Bristol Branch', payer: asClient(family) },
        ...{ amount: gross.toFixed(2), rate: '42.00', sales_code: '200', tax_amount: tax, units: lessons.toFixed(2) },
      },
    ],
  };
};
