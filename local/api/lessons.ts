/** Writes of lessons, which the API calls appointments. Only planned lessons can be written. */

import type { JsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { ATTRIBUTES } from './custom-fields.ts';
import { formOf, hasErrors, type Field, type Fields } from './field-checks.ts';
import { CHARGE_TYPES } from './jobs.ts';
import { lessonAsWritten, peopleOf, refuseUnlessPlanned } from './members.ts';
import { refuse } from './refusal.ts';
import { saved, type Kind, type Write } from './write.ts';

const LESSON: Kind = { path: 'appointments', object: 'AN_APPOINTMENT', noun: 'a Lesson' };

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

/** Creates or updates a lesson. An update ignores people, and its response contains only the id of the job. */
export function writeLesson(write: Write, existing: AccountRecord | null): JsonObject {
  if (existing) refuseUnlessPlanned(existing);
  const { values, errors } = formOf(existing ? FIELDS : { ...FIELDS, ...peopleOf('appointments') }, write);
  const [start = NaN, finish = NaN] = [values.start, values.finish].map((time) => Date.parse(String(time)));
  const hours = (finish - start) / 3_600_000;
  if (hours <= 0) errors.finish = ['The finish must be after the start.'];
  if (hasErrors(errors)) return refuse(errors);
  const charge_type = CHARGE_TYPES[String((values.service as JsonObject).dft_charge_type)] ?? null;
  const fields = { ...values, units: hours.toFixed(5), charge_type };
  const lesson = saved(write, LESSON, existing, fields, {});
  return { ...lessonAsWritten(lesson), ...(existing && { service: Number(write.body.service) }) };
}
