/** Events about the records of the fictional branch. */

import { client } from '../../objects/client.ts';
import { invoice } from '../../objects/invoice.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { student } from '../../objects/student.ts';
import type { TutorCruncherObject } from '../../src/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { RecordChange, RecordId } from '../sequence.ts';
import { invoiceFields, lessonFields, type Family } from './branch.ts';

/** An event about a record of the branch. */
export interface DayEvent {
  readonly record: RecordId;
  readonly change: RecordChange;
  /** The record's name for display. */
  readonly name: string;
  /** Statuses of the failing Zap's error responses to the first attempts to deliver the event. */
  readonly statuses?: readonly number[];
}

export const DAY_MS = 86_400_000;

/** Returns a function that creates events about a kind of record. */
const about =
  (object: TutorCruncherObject, action: string, verb: string) =>
  (id: number, name: string, fields: JsonObject): DayEvent => ({
    ...{ record: { object, id }, change: { action, verb, message: '', fields }, name },
  });

const lessonCreated = about(lesson, 'CREATED_AN_APPOINTMENT', 'Created a Lesson');
const lessonEdited = about(lesson, 'EDITED_AN_APPOINTMENT', 'Edited a Lesson');
const lessonCompleted = about(lesson, 'MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Marked a Lesson as complete');
const lessonCancelled = about(lesson, 'MARKED_AN_APPOINTMENT_AS_CANCELLED', 'Cancelled a Lesson');
const invoiceRaised = about(invoice, 'RAISED_INVOICE', 'Raised an Invoice');
const invoicePaid = about(invoice, 'MARKED_INVOICE_AS_PAID', 'Marked an Invoice as paid');
export const clientCreated = about(client, 'CREATED_A_CLIENT', 'Created a Client');
export const clientEdited = about(client, 'EDITED_A_CLIENT', 'Edited a Client');
export const clientStatusChanged = about(client, 'CHANGED_CLIENT_STATUS', "Changed a Client's status");
export const studentCreated = about(student, 'CREATED_A_SR', 'Created a Student');
export const jobCreated = about(job, 'CREATED_A_SERVICE', 'Created a Job');
export const jobStatusChanged = about(job, 'CHANGED_SERVICE_STATUS', "Changed a Job's status");

/**
 * Returns the events of a lesson, by name.
 *
 * @param start - milliseconds since 1970
 */
export function lessonEvents(family: Family, id: number, topic: string, start: number) {
  const taught = { status: 'complete' };
  return {
    created: lessonCreated(id, topic, lessonFields(family, topic, start)),
    moved: (to: number) => lessonEdited(id, topic, lessonFields(family, topic, to)),
    completed: lessonCompleted(id, topic, lessonFields(family, topic, start, taught)),
    cancelled: lessonCancelled(id, topic, lessonFields(family, topic, start, { status: 'cancelled' })),
  };
}

/**
 * Returns the events of an invoice, by name.
 *
 * @param paidAt - milliseconds since 1970
 * @param sentAt - milliseconds since 1970
 */
export function invoiceEvents(family: Family, number: number, lessons: number, paidAt: number, sentAt: number) {
  const fields = invoiceFields(family, number, lessons, sentAt);
  const paid = { status: 'paid', still_to_pay: 0, date_paid: new Date(paidAt).toISOString() };
  return {
    raised: invoiceRaised(number, `INV-${number}`, fields),
    paid: invoicePaid(number, `INV-${number}`, { ...fields, ...paid }),
  };
}
