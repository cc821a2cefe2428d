/** The events of a day at an invented branch, in the order in which TutorCruncher sends them. */

import { client } from '../../objects/client.ts';
import { invoice } from '../../objects/invoice.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import { student } from '../../objects/student.ts';
import type { TutorCruncherObject } from '../../src/tutorcruncher-object.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { RecordChange, RecordId } from '../sequences/sequence.ts';
import {
  clientFields,
  FERREIRA,
  invoiceFields,
  jobFields,
  KHAN,
  lessonFields,
  OAKLEY,
  studentFields,
  type Family,
} from './branch.ts';

/** An event about a record. */
export interface DayEvent {
  readonly record: RecordId;
  readonly change: RecordChange;
  /** The record's name for display. */
  readonly name: string;
}

const DAY_MS = 86_400_000;

/** Returns a function that makes events about a kind of record. */
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
const clientCreated = about(client, 'CREATED_A_CLIENT', 'Created a Client');
const clientEdited = about(client, 'EDITED_A_CLIENT', 'Edited a Client');
const clientStatusChanged = about(client, 'CHANGED_CLIENT_STATUS', "Changed a Client's status");
const studentCreated = about(student, 'CREATED_A_SR', 'Created a Student');
const jobCreated = about(job, 'CREATED_A_SERVICE', 'Created a Job');
const jobStatusChanged = about(job, 'CHANGED_SERVICE_STATUS', "Changed a Job's status");

/** Returns the lesson events of a day, by name. */
function lessonEvents(family: Family, id: number, topic: string, start: number) {
  const taught = { status: 'complete' };
  return {
    created: lessonCreated(id, topic, lessonFields(family, topic, start)),
    moved: (to: number) => lessonEdited(id, topic, lessonFields(family, topic, to)),
    completed: lessonCompleted(id, topic, lessonFields(family, topic, start, taught)),
    cancelled: lessonCancelled(id, topic, lessonFields(family, topic, start, { status: 'cancelled' })),
  };
}

/** Returns the events of an invoice, by name. */
function invoiceEvents(family: Family, number: number, lessons: number, now: number) {
  const fields = invoiceFields(family, number, lessons, now - DAY_MS);
  const paid = { status: 'paid', still_to_pay: 0, date_paid: new Date(now).toISOString() };
  return {
    raised: invoiceRaised(number, `INV-${number}`, fields),
    paid: invoicePaid(number, `INV-${number}`, { ...fields, ...paid }),
  };
}

/**
 * Returns the events of the day.
 *
 * @param now - milliseconds since 1970
 */
export function dayAt(now: number): readonly DayEvent[] {
  // 16:00 UTC today. Lessons are planned for this time and the following days.
  const afternoon = Math.floor(now / DAY_MS) * DAY_MS + 16 * 3_600_000;
  const tomorrow = afternoon + DAY_MS;
  const fractions = lessonEvents(OAKLEY, 9201, 'Fractions', tomorrow);
  const essays = lessonEvents(FERREIRA, 9202, 'Planning an essay', afternoon);
  const circuits = lessonEvents(KHAN, 9203, 'Electric circuits', tomorrow);
  const poetry = lessonEvents(FERREIRA, 9204, 'War poetry', tomorrow + DAY_MS);
  const decimals = lessonEvents(OAKLEY, 9205, 'Decimals', afternoon);
  const [first, second, third, fourth] = [
    invoiceEvents(OAKLEY, 212, 4, now),
    invoiceEvents(FERREIRA, 213, 2, now),
    invoiceEvents(KHAN, 214, 3, now),
    invoiceEvents(OAKLEY, 215, 1, now),
  ];
  const aisha = (changes: JsonObject) => clientFields(KHAN, { status: 'prospect', mobile: '07700 900410', ...changes });
  const daniel = (changes: JsonObject) => clientFields(FERREIRA, { street: '3 Harbour Row', ...changes });
  const physics = jobFields(KHAN, { status: 'pending' });
  return [
    fractions.created,
    first.raised,
    first.paid,
    fractions.moved(tomorrow + DAY_MS),
    essays.created,
    clientCreated(KHAN.id, 'Aisha Khan', aisha({})),
    clientEdited(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418' })),
    essays.completed,
    second.raised,
    second.paid,
    studentCreated(KHAN.id + 200, 'Yusuf Khan', studentFields(KHAN)),
    jobCreated(KHAN.id + 400, KHAN.job, physics),
    clientStatusChanged(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418', status: 'live' })),
    circuits.created,
    jobStatusChanged(KHAN.id + 400, KHAN.job, { ...physics, status: 'in-progress' }),
    clientEdited(FERREIRA.id, 'Daniel Ferreira', daniel({})),
    decimals.created,
    circuits.moved(tomorrow + 3_600_000),
    decimals.completed,
    third.raised,
    poetry.created,
    clientEdited(FERREIRA.id, 'Daniel Ferreira', daniel({ street: '27 Orchard Road' })),
    third.paid,
    poetry.cancelled,
    fourth.raised,
    fractions.moved(tomorrow + DAY_MS + 1_800_000),
    fourth.paid,
    clientEdited(KHAN.id, 'Aisha Khan', aisha({ mobile: '07700 900418', status: 'live', town: 'Bath' })),
  ];
}
