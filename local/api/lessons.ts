/** Writes of lessons, which the API calls appointments. Only planned lessons can be written. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { ATTRIBUTES } from './custom-fields.ts';
import { formOf, hasErrors, type Field, type Fields, type Form } from './fields.ts';
import { LESSON_STUDENT, LESSON_TUTOR, members } from './members.ts';
import { badRequest, type ApiResponse } from './response.ts';
import { saved, type Write } from './write.ts';

const TIME: Field = {
  type: 'datetime',
  required: true,
  read: (time) => new Date(String(time)).toISOString().replace('.000Z', 'Z'),
};

const FIELDS: Fields = {
  topic: { type: 'string', required: true },
  start: TIME,
  finish: TIME,
  status: { type: 'choice', required: true, choices: ['planned'] },
  service: { type: 'field', required: true, list: 'services' },
  // Responses to writes contain no location and no custom fields.
  location: { type: 'integer', read: () => undefined },
  extra_attrs: { type: 'nested', read: (...sent) => void ATTRIBUTES.read?.(...sent) },
};
const PEOPLE: Fields = { rcras: members(LESSON_STUDENT), cjas: members(LESSON_TUTOR) };

/** Reads a lesson. */
function lessonForm(fields: Fields, write: Write): Form {
  const { values, errors } = formOf(fields, write);
  const [start = NaN, finish = NaN] = [values.start, values.finish].map((time) => Date.parse(String(time)));
  const hours = (finish - start) / 3_600_000;
  if (hours <= 0) errors.finish = ['The finish must be after the start.'];
  const charge_type =
    isJsonObject(values.service) && values.service.dft_charge_type === 'one-off' ? 'One Off' : 'Hourly';
  return { errors, values: { ...values, units: hours.toFixed(5), charge_type } };
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
  const { values, errors } = lessonForm({ ...FIELDS, ...PEOPLE }, write);
  if (hasErrors(errors)) return badRequest(errors);
  const fields = { location: null, repeater: null, rcras: [], cjas: [], ...values };
  return writeResponse(saved(write, 'appointments', null, fields, 'AN_APPOINTMENT', 'a Lesson'));
}

/** Updates a lesson. The people in the body are ignored, and the response contains only the id of the job. */
export function updateLesson(write: Write, existing: AccountRecord): ApiResponse {
  if (existing.status !== 'planned') return badRequest({ non_field_errors: ['Only planned lessons can be changed.'] });
  const { values, errors } = lessonForm(FIELDS, write);
  if (hasErrors(errors)) return badRequest(errors);
  const response = saved(write, 'appointments', existing, values, 'AN_APPOINTMENT', 'a Lesson');
  return writeResponse(response, { service: Number(write.body.service) });
}
