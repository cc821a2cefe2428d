/** Middleware for all responses, which turns TutorCruncher's error responses into advice. */

import type { AfterResponseMiddleware, HttpResponse } from 'zapier-platform-core';

import { isJsonObject, toScalar } from '../../wire/json.ts';
import { labelOf } from '../record/field-labels.ts';
import { translate } from '../record/product-words.ts';
import { isForApi } from './origin.ts';

/**
 * Advice on a private key that looks valid but is refused. The plans and their features come from TutorCruncher's price
 * pages. It is unknown which plan a key needs, and how TutorCruncher responds to a key of a different plan
 * (`access.plan` in docs/tutorcruncher.md).
 */
export const PLAN_ADVICE =
  "If the key is right, the agency's plan may be the cause: according to TutorCruncher's price pages, Zapier access begins with " +
  "the plan Startup, and API access is part of Enterprise. Ask TutorCruncher's support which plan the key needs.";

const FIELD_NAME = /^[a-z][a-z_]{0,40}$/;

/**
 * Returns the product names of the rejected fields. TutorCruncher's own messages are left out, because they could quote
 * values.
 */
function rejectedFields(data: unknown): string {
  if (!isJsonObject(data)) return '';
  const names = Object.keys(data).filter(
    (name) => FIELD_NAME.test(name) && !/^(?:detail|non_field_errors)$/.test(name),
  );
  return names.map((name) => labelOf(translate(name))).join(', ');
}

/** TutorCruncher explains a refusal in JSON, so a 403 in another format comes from a firewall. */
const isFirewalls = ({ status, data }: HttpResponse): boolean => status === 403 && !isJsonObject(data);

const FIREWALL_ADVICE =
  'A firewall in front of TutorCruncher blocked the request (HTTP status 403), so that the private key could not be ' +
  "checked. Try again in a few minutes. If this persists, ask TutorCruncher's support to let requests from Zapier through.";

/** Returns advice on an error response to a connection test; null if the status is unrelated to the connection. */
function adviceOnConnection(status: number): string | null {
  if (status === 404) {
    return (
      'The connection could not be tested, because TutorCruncher provides neither a branch nor clients at its usual ' +
      "addresses. Try again in a few minutes. If this persists, TutorCruncher's API has changed and this app " +
      'needs an update.'
    );
  }
  if (status === 400) {
    return (
      'The connection could not be tested, because TutorCruncher did not accept the request. Check that you pasted the ' +
      'whole private key, and try again. If this persists, this app needs an update.'
    );
  }
  return null;
}

/**
 * Returns true for a response that reports an unknown private key: status 401, or status 403 with a `detail` such as
 * "Invalid token." or "Authentication credentials were not provided." (Django REST framework, on which TutorCruncher's
 * API is built). A key that lacks a permission also results in status 403.
 */
export const isKeyRejected = ({ status, data }: Pick<HttpResponse, 'status' | 'data'>): boolean =>
  status === 401 ||
  (status === 403 && isJsonObject(data) && /\b(?:token|credentials)\b/i.test(String(toScalar(data.detail))));

const KEY_ADVICE =
  'TutorCruncher rejected the private key. In TutorCruncher, open Settings > API, copy the private key of the ' +
  'integration that contains the webhook URL, and reconnect TutorCruncher here with it.';

/**
 * Returns advice on a request for which the private key has no permission. The advice names the list and the request.
 */
function adviceOnPermission({ method = 'GET', url }: HttpResponse['request']): string {
  const path = new URL(String(url)).pathname.replace(/\/\d+(?=\/)/g, '/ID');
  const [, , list = ''] = path.split('/');
  const isRead = /^(?:GET|HEAD|OPTIONS)$/.test(method);
  return (
    `TutorCruncher knows the private key, but the key has no permission to ${isRead ? 'read' : 'change'} ` +
    `${labelOf(translate(list))} (${method} ${path}). ${isRead ? '' : 'Nothing was changed. '}` +
    'Reconnecting with the same key does not help. In TutorCruncher, open Settings > API and give the integration of ' +
    "this key the permission, or ask TutorCruncher's support to."
  );
}

function adviceOnStep(status: number, data: unknown): string {
  if (status === 404) {
    return (
      'TutorCruncher could not find what this step refers to. Refresh the fields of the step and choose again. If this ' +
      "persists, TutorCruncher's API has changed and this app needs an update."
    );
  }
  if (status === 400) {
    const fields = rejectedFields(data);
    return fields
      ? `TutorCruncher rejected the values of these fields: ${fields}. Choose them again in this step.`
      : 'TutorCruncher rejected the choices in this step. Choose again.';
  }
  if (status >= 500) {
    return `TutorCruncher is having a problem (HTTP status ${status}). Try again in a few minutes.`;
  }
  return (
    `TutorCruncher sent an unexpected response (HTTP status ${status}). Try again in a few minutes. If this persists, ` +
    'its API has changed and this app needs an update.'
  );
}

/**
 * Turns an error response into an error with advice. The message contains the names of fields but no values, because
 * values could be personal data.
 */
export const explainErrorResponse: AfterResponseMiddleware = (response, z) => {
  const { status } = response;
  if (!isForApi(response.request)) return response;
  if (status < 300 || (status === 404 && response.skipThrowForStatus)) return response;
  if (response.request.middlewareData?.givesEveryStatus === true) return response;
  // `src/action/write.ts` explains the responses to writes. The only exceptions are responses about the key and its
  // permissions, which mean that nothing was changed.
  if (response.request.middlewareData?.isWrite === true && status !== 401 && status !== 403) return response;
  const { isConnectionTest, mayBeForbidden, mayBeRefused, consequence } = response.request.middlewareData ?? {};
  const planAdvice = isConnectionTest === true && status < 500 ? ` ${PLAN_ADVICE}` : '';
  const explained = (advice: string): string =>
    typeof consequence === 'string' ? `${advice} ${consequence}` : `${advice}${planAdvice}`;
  if (isFirewalls(response)) throw new z.errors.Error(explained(FIREWALL_ADVICE), 'ApiError', status);
  if (isKeyRejected(response)) throw new z.errors.Error(`${KEY_ADVICE}${planAdvice}`, 'AuthenticationError', status);
  if (status === 403 && mayBeForbidden === true) return response;
  if (status === 400 && mayBeRefused === true) return response;
  if (status === 403)
    throw new z.errors.Error(explained(adviceOnPermission(response.request)), 'PermissionError', status);
  const advice = (isConnectionTest === true ? adviceOnConnection(status) : null) ?? adviceOnStep(status, response.data);
  throw new z.errors.Error(explained(advice), 'ApiError', status);
};
