/**
 * The single write of an action. A write is never repeated when something may have changed, because TutorCruncher may
 * have saved it despite a timeout and has no idempotency keys. Every error message therefore says whether something may
 * have changed. A write that is refused because of a new student or client is repeated: see `just-created.ts`.
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { labelOf } from '../record/labels.ts';
import { slug, translate } from '../record/product-words.ts';
import { unwrapped } from '../object/object-record.ts';
import { rowId } from '../api/rows.ts';
import type { Run } from '../api/run.ts';
import { isNetworkError, send, type ApiRequest } from '../api/client.ts';
import { isUnknownPerson, PAUSES_MS } from './just-created.ts';
import { UnknownOutcome, writeOnce, type OutcomeMarker, type OutcomeTexts } from './unknown-outcome.ts';

/** Time limit of a write, in milliseconds. The reads before the write leave this much of the run. */
const WRITE_MS = 18_000;
/** Minimum time that must be left in a run to repeat a write, in milliseconds. */
const MIN_REPEATED_WRITE_MS = 5_000;

/** A write to a path below `/api/`. */
export interface Write {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: JsonObject;
}

/** Messages that explain a failed write. */
export interface WriteTexts {
  readonly labels: ReadonlyMap<string, string>;
  readonly unknownOutcome: OutcomeTexts;
  /** Advice if a person with this email address already exists. */
  readonly duplicateEmail?: string;
  /** Explanation of status 400 or 409 for a write that sends no values. */
  readonly refusal?: string;
}

/** Codes of errors that occur before a connection exists, so that nothing was sent. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** Escapes double curly braces in JSON, which zapier-platform-core removes from a body or rejects. */
export const withEscapedBraces = (json: string): string => json.replaceAll('{{', '{\\u007b');

const textsIn = (value: unknown): string =>
  isJsonObject(value) || Array.isArray(value) ? Object.values(value).map(textsIn).join(' ') : String(value);

/** Phrases that identify TutorCruncher's refusals. The refusals are never shown, because they may quote values. */
const DUPLICATE = /already (?:exists|has|have|in use|taken|registered)/i;
const NOT_PLANNED = /\bplanned\b/i;
const ON_LESSONS = /\b(?:lesson|appointment)s?\b/i;

const REMOVAL_FROM_JOB = /\/services\/\d+\/(?:recipient|contractor)\/remove\/$/;

function rejectedLabels(data: JsonObject, labels: WriteTexts['labels']): string[] {
  const { extra_attrs: customFields, attributes, ...fields } = data;
  // Some errors by field are below `error` or `detail`.
  const parts = [fields, fields.error, fields.detail, customFields, attributes];
  const names = parts.filter(isJsonObject).flatMap((part) => Object.keys(part));
  const isUnnamed = names.length === 0 && (customFields ?? attributes) !== undefined;
  const known = names.flatMap((name) => {
    if (/^(?:detail|error|message|non_field_errors|status)$/.test(name)) return [];
    // An unknown field name could contain arbitrary text, so only simple names are shown.
    return labels.get(name) ?? (/^[a-z][a-z_-]{0,40}$/.test(name) ? labelOf(translate(slug(name))) : []);
  });
  return [...new Set(isUnnamed ? ['Custom Fields'] : known)];
}

function refusalOf(
  response: HttpResponse<unknown>,
  { labels, duplicateEmail }: Pick<WriteTexts, 'labels' | 'duplicateEmail'>,
): string {
  const { data, request } = response;
  if (REMOVAL_FROM_JOB.test(String(request.url)) && ON_LESSONS.test(textsIn(data))) {
    return (
      'This person is still on lessons of the job, so TutorCruncher does not remove them from the job. Remove them from ' +
      'these lessons first. Nothing was changed.'
    );
  }
  const { user, ...others }: JsonObject = isJsonObject(data) ? data : { detail: data };
  // The older API nests the fields that all roles of a person share.
  const refused = isJsonObject(user) ? { ...user, ...others } : others;
  const { email, detail, error, message, non_field_errors: general, status }: JsonObject = refused;
  const reasons = textsIn([email, detail, error, message, general]);
  if (duplicateEmail !== undefined && DUPLICATE.test(reasons)) return duplicateEmail;
  if (NOT_PLANNED.test(textsIn([status, detail, error, general]))) {
    return 'Only planned lessons can be changed or created. Nothing was changed.';
  }
  const rejected = rejectedLabels(refused, labels).join(', ');
  if (isUnknownPerson(response)) {
    return (
      `TutorCruncher does not know the records in these fields: ${rejected}. For some seconds, it does not know a student or ` +
      'a client whom an earlier step has just created. Nothing was changed. Replay this run in a minute. If this persists, ' +
      'the records do not exist in this branch: choose others, or check the steps that provide their IDs.'
    );
  }
  return rejected
    ? `TutorCruncher does not accept the values of these fields: ${rejected}. Correct them in this step. Nothing was changed.`
    : 'TutorCruncher does not accept the values in this step. Correct them. Nothing was changed.';
}

/**
 * Returns true for a status that means that nothing was changed. After 408 or 499, TutorCruncher may still make the
 * change.
 */
export const isCertainRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 499;

/**
 * Returns true for a status that means that TutorCruncher does not accept the values. A duplicate may have status 409.
 */
export const isRefusalOfValues = (status: number): boolean => status === 400 || status === 409;

/** Returns the error for an unsuccessful response. */
export function errorFor(run: Run, response: HttpResponse<unknown>, texts: Omit<WriteTexts, 'unknownOutcome'>): Error {
  const { status } = response;
  if (isRefusalOfValues(status)) return run.refusal(texts.refusal ?? refusalOf(response, texts));
  if (status === 404) {
    return run.refusal(
      'The record that this step refers to does not exist, or no longer exists, in this branch of TutorCruncher, so nothing was ' +
        'changed. Choose another one, or check the step that provides its ID.',
    );
  }
  if (isCertainRefusal(status)) {
    return new run.z.errors.Error(
      `TutorCruncher refused the request (HTTP status ${status}), so nothing was changed. Try again in a few minutes. If ` +
        "this persists, TutorCruncher's API has changed and this app needs an update.",
      'ApiError',
      status,
    );
  }
  const problem = status < 300 ? 'sent no usable response' : `is having a problem (HTTP status ${status})`;
  return new UnknownOutcome(`TutorCruncher ${problem}.`, status);
}

/**
 * Sends a request once, without retries, and returns any response.
 *
 * @throws {Error} if there is no response: an {@link UnknownOutcome} if the request may have arrived
 */
export function sendOnce(
  run: Run,
  { middlewareData, ...request }: Pick<ApiRequest, 'method' | 'path' | 'params' | 'body' | 'middlewareData' | 'size'>,
): Promise<HttpResponse<unknown>> {
  const timeoutMs = Math.min(WRITE_MS, run.leftForWrite);
  return send(run.z, run.bundle, {
    ...request,
    timeoutMs,
    ...(request.body !== undefined && { headers: { 'Content-Type': 'application/json' } }),
    skipThrowForStatus: true,
    middlewareData: { isWrite: true, ...middlewareData },
  }).catch((error: unknown) => {
    if (!isNetworkError(error)) throw error;
    if ('code' in error && NOT_SENT.includes(String(error.code))) {
      throw new run.z.errors.Error(
        'TutorCruncher could not be reached, so nothing was changed. Try again in a few minutes.',
        'NetworkError',
      );
    }
    if ('type' in error && error.type === 'max-size') {
      throw new UnknownOutcome(
        'The response of TutorCruncher is too large for a Zap. If it is a list, narrow it in this step, for example with "Query".',
      );
    }
    throw new UnknownOutcome(
      `TutorCruncher did not respond within ${Math.round(timeoutMs / 1000)} seconds, or the connection broke.`,
    );
  });
}

/** Returns true for a 2xx status. */
export const isSuccess = ({ status }: Pick<HttpResponse<unknown>, 'status'>): boolean => status >= 200 && status < 300;

/**
 * Writes, and returns the object in the response.
 *
 * @param marker - the marker about an unknown outcome; null if a replay is harmless
 * @throws {Error} with a message that says whether something may have changed
 */
export function write(
  run: Run,
  { body, ...request }: Write,
  texts: WriteTexts,
  marker: OutcomeMarker | null = null,
): Promise<JsonObject> {
  const text = withEscapedBraces(JSON.stringify(body));
  const sendWrite = () => sendOnce(run, { ...request, body: text });
  return writeOnce(run, texts.unknownOutcome, marker, async () => {
    let response = await sendWrite();
    for (const ms of PAUSES_MS) {
      if (!isUnknownPerson(response) || run.leftForWrite - ms < MIN_REPEATED_WRITE_MS) break;
      await new Promise((resolve) => setTimeout(resolve, ms));
      response = await sendWrite();
    }
    if (isSuccess(response)) {
      // An updated record can be read by its path. The response to a create must contain the id.
      const isUpdate = /\/\d+\//.test(request.path);
      if (isJsonObject(response.data) && (isUpdate || rowId(unwrapped(response.data)) !== null)) return response.data;
      if (response.content.trim() === '' && isUpdate) return {};
    }
    throw errorFor(run, response, texts);
  });
}
