/** The students whom the charges of an invoice or a payment order are about, if TutorCruncher sends them. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { isBlank, nameOf } from './values.ts';

const namesIn = (students: unknown): unknown[] =>
  (Array.isArray(students) ? (students as unknown[]) : [students])
    .filter(isJsonObject)
    .map((student) => (isBlank(nameOf(student)) ? student.recipient_name : nameOf(student)));

/** Returns the names of the students of one charge: its own student, or the students of its lesson. */
const namesInCharge = ({ service_recipient, appointment }: JsonObject): unknown[] => [
  ...namesIn(service_recipient),
  ...(isJsonObject(appointment) ? [...namesIn(appointment.service_recipients), ...namesIn(appointment.rcras)] : []),
];

/** Returns the names of the students of all charges, each once, joined with ", "; null if no charge has a student. */
export function chargedStudentNames(charges: readonly unknown[]): string | null {
  const names = charges
    .filter(isJsonObject)
    .flatMap(namesInCharge)
    .filter((name) => typeof name === 'string');
  const distinct = new Set(names.map((name) => name.trim()).filter((name) => name !== ''));
  return distinct.size > 0 ? [...distinct].join(', ') : null;
}
