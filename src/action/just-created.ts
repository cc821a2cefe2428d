/**
 * Refusals of writes that refer to a student or client whom an earlier step has just created. For a few seconds after a
 * record is created, TutorCruncher's endpoints for jobs and lessons do not find it, and respond with status 400 and
 * "Invalid pk" (observed by a production integration). Such a response means that nothing was written, so the write is
 * repeated. No other write is repeated.
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject } from '../../wire/json.ts';
import type { StepRun } from '../api/step-run.ts';

/** Pauses before the write is repeated, in milliseconds. */
const PAUSES_MS: readonly number[] = [1_500, 2_500, 4_000];

/** Minimum time that must be left in a run to repeat a write, in milliseconds. */
const MIN_REPEATED_WRITE_MS = 5_000;

/**
 * The fields of a write that refer to a student or a client, and the fields that list the students of a job or a
 * lesson.
 */
const REFERENCES = ['client', 'paying_client', 'recipient', 'rcrs', 'rcras'];

const UNKNOWN = /\binvalid pk\b|\bobject does not exist\b/i;

/**
 * Returns the reasons for a refusal as texts, with null for each field that does not refer to a student or a client.
 */
const reasonsIn = (errors: unknown): unknown[] => {
  if (Array.isArray(errors)) return errors.flatMap(reasonsIn);
  if (!isJsonObject(errors)) return [errors];
  return Object.entries(errors).flatMap(([name, reason]) => (REFERENCES.includes(name) ? reasonsIn(reason) : [null]));
};

/** Returns true for a refusal whose only reason is that TutorCruncher does not know a student or a client. */
export function isUnknownPerson({ status, data }: Pick<HttpResponse<unknown>, 'status' | 'data'>): boolean {
  const reasons = status === 400 && isJsonObject(data) ? reasonsIn(data) : [];
  return reasons.length > 0 && reasons.every((reason) => typeof reason === 'string' && UNKNOWN.test(reason));
}

/** Returns the response to a write. While TutorCruncher does not know a person, the write is repeated after pauses. */
export async function sendUntilKnown(
  run: StepRun,
  sendWrite: () => Promise<HttpResponse<unknown>>,
): Promise<HttpResponse<unknown>> {
  let response = await sendWrite();
  for (const ms of PAUSES_MS) {
    if (!isUnknownPerson(response) || run.leftForWrite - ms < MIN_REPEATED_WRITE_MS) break;
    await new Promise((resolve) => setTimeout(resolve, ms));
    response = await sendWrite();
  }
  return response;
}
