/** Writes of lessons, which the API calls appointments. Only planned lessons can be written. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { writtenAttributes } from './custom-fields.ts';
import { fieldErrors, hasErrors, type Fields } from './fields.ts';
import { LESSON_STUDENT, LESSON_TUTOR, membersOf } from './members.ts';
import { badRequest, type ApiResponse, type FieldErrors } from './response.ts';
import { saved, type Write } from './write.ts';

export const LESSON_FIELDS: Fields = {
  topic: { type: 'string', required: true },
  start: { type: 'datetime', required: true },
  finish: { type: 'datetime', required: true },
  status: { type: 'choice', required: true, choices: ['planned'] },
  service: { type: 'field', required: true, list: 'services' },
  location: { type: 'integer' },
};

function lessonErrors(write: Write): FieldErrors {
  const { account, body } = write;
  const errors = fieldErrors(LESSON_FIELDS, body, account);
  if (!hasErrors(errors) && Date.parse(String(body.finish)) <= Date.parse(String(body.start))) {
    errors.finish = ['The finish must be after the start.'];
  }
  // Custom fields are accepted but appear in no response.
  const custom = body.extra_attrs === undefined ? null : writtenAttributes([], body.extra_attrs);
  if (custom && 'errors' in custom) errors.extra_attrs = custom.errors;
  return errors;
}

const utc = (time: unknown): string => new Date(String(time)).toISOString().replace('.000Z', 'Z');

/** Converts sent fields to the format of responses. */
function readForm({ account, body }: Write): JsonObject {
  const [start, finish] = [utc(body.start), utc(body.finish)];
  const service = account.reference('services', body.service);
  return {
    ...{ start, finish, topic: body.topic, status: 'planned', service },
    units: ((Date.parse(finish) - Date.parse(start)) / 3_600_000).toFixed(5),
    charge_type: service?.dft_charge_type === 'one-off' ? 'One Off' : 'Hourly',
  };
}

/** Returns a tutor's entry in the format of responses to writes: with `name` instead of `contractor_name`. */
const asWritten = (tutor: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(tutor).map(([name, value]) => [name === 'contractor_name' ? 'name' : name, value]));

/** Returns a response to a write. In it, custom fields are an empty object, and a tutor's name is in another field. */
export function writeResponse([status, body]: ApiResponse, changes: JsonObject = {}): ApiResponse {
  const lesson = body as JsonObject;
  return [status, { ...lesson, cjas: (lesson.cjas as JsonObject[]).map(asWritten), extra_attrs: {}, ...changes }];
}

/** Creates a lesson. */
export function createLesson(write: Write): ApiResponse {
  const { account, body } = write;
  const errors = lessonErrors(write);
  const students = membersOf(account, LESSON_STUDENT, body.rcras);
  const tutors = membersOf(account, LESSON_TUTOR, body.cjas);
  if ('errors' in students) errors.rcras = students.errors;
  if ('errors' in tutors) errors.cjas = tutors.errors;
  if (hasErrors(errors) || 'errors' in students || 'errors' in tutors) return badRequest(errors);
  const fields = { ...readForm(write), location: null, repeater: null, rcras: students.members, cjas: tutors.members };
  return writeResponse(saved(write, 'appointments', null, fields, 'AN_APPOINTMENT', 'a Lesson'));
}

/** Updates a lesson. The people in the body are ignored, and the response contains only the id of the job. */
export function updateLesson(write: Write, existing: AccountRecord): ApiResponse {
  if (existing.status !== 'planned') return badRequest({ non_field_errors: ['Only planned lessons can be changed.'] });
  const errors = lessonErrors(write);
  if (hasErrors(errors)) return badRequest(errors);
  const response = saved(write, 'appointments', existing, readForm(write), 'AN_APPOINTMENT', 'a Lesson');
  return writeResponse(response, { service: Number(write.body.service) });
}
