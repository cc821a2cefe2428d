/**
 * The refusals of writes: responses that show that nothing was changed. TutorCruncher's own texts are never shown,
 * because they could quote values.
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { labelOf } from '../record/field-labels.ts';
import { slug, translate } from '../record/product-words.ts';
import type { StepRun } from '../api/step-run.ts';
import { isUnknownPerson } from './just-created.ts';

/** An action's texts for the explanation of a refusal. */
export interface RefusalTexts {
  /** Labels of the inputs by the names of the API fields. */
  readonly labels: ReadonlyMap<string, string>;
  /** Advice if a person with this email address already exists. */
  readonly duplicateEmail?: string;
  /** Explanation of status 400 or 409 for a write that sends no values. */
  readonly refusal?: string;
}

const textsIn = (value: unknown): string =>
  isJsonObject(value) || Array.isArray(value) ? Object.values(value).map(textsIn).join(' ') : String(value);

/** Phrases that identify TutorCruncher's refusals. */
const DUPLICATE = /already (?:exists|has|have|in use|taken|registered)/i;
const NOT_PLANNED = /\bplanned\b/i;
const ON_LESSONS = /\b(?:lesson|appointment)s?\b/i;

const REMOVAL_FROM_JOB = /\/services\/\d+\/(?:recipient|contractor)\/remove\/$/;

function rejectedLabels(data: JsonObject, labels: RefusalTexts['labels']): string[] {
  const { extra_attrs: customFields, attributes, ...fields } = data;
  // Some field errors are nested below `error` or `detail`.
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

function refusalOf(response: HttpResponse<unknown>, { labels, duplicateEmail }: RefusalTexts): string {
  const { data, request } = response;
  if (REMOVAL_FROM_JOB.test(String(request.url)) && ON_LESSONS.test(textsIn(data))) {
    return (
      'This person is still on lessons of the job, so TutorCruncher does not remove them from the job. Remove them from ' +
      'these lessons first. Nothing was changed.'
    );
  }
  const { user, ...others }: JsonObject = isJsonObject(data) ? data : { detail: data };
  // The older API nests below `user` the fields that all roles of a person share.
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
 * Returns true for a status that shows that nothing was changed. After 408 or 499, TutorCruncher might still make the
 * change.
 */
export const isCertainRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 499;

/**
 * Returns true for a status that means that TutorCruncher does not accept the values. The response to a duplicate can
 * have status 409.
 */
export const isRefusalOfValues = (status: number): boolean => status === 400 || status === 409;

/** Returns the error for a refusal; null for a response after which something might have changed. */
export function refusalFor(run: StepRun, response: HttpResponse<unknown>, texts: RefusalTexts): Error | null {
  const { status } = response;
  if (isRefusalOfValues(status)) return run.refusal(texts.refusal ?? refusalOf(response, texts));
  if (status === 404) {
    return run.refusal(
      'The record that this step refers to does not exist, or no longer exists, in this branch of TutorCruncher, so nothing was ' +
        'changed. Choose another record, or check the step that provides its ID.',
    );
  }
  if (!isCertainRefusal(status)) return null;
  return new run.z.errors.Error(
    `TutorCruncher refused the request (HTTP status ${status}), so nothing was changed. Try again in a few minutes. If ` +
      "this persists, TutorCruncher's API has changed and this app needs an update.",
    'ApiError',
    status,
  );
}
