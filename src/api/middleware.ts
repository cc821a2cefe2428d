/** What every request of this app goes through: the key on the way out, answers into sentences on the way back. */

import type { AfterResponseMiddleware, BeforeRequestMiddleware } from 'zapier-platform-core';

import { privateKeyOf } from '../connection.ts';
import { isJsonObject } from '../../wire/json.ts';
import { labelOf } from '../record/output-fields.ts';
import { tutorCruncherOrigin } from './client.ts';
import { translate } from '../record/field-rules.ts';

const isForTutorCruncher = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && new URL(url).origin === tutorCruncherOrigin();

/** Adds the private key to requests for TutorCruncher's own origin, and to no others. */
export const addPrivateKey: BeforeRequestMiddleware = (request, _z, bundle) => {
  if (!isForTutorCruncher(request.url)) return request;
  return {
    ...request,
    headers: { ...request.headers, Authorization: `token ${privateKeyOf(bundle)}` },
    // A redirect could carry the key to another host.
    redirect: 'manual',
  };
};

const FIELD_NAME = /^[a-z][a-z_]{0,40}$/;

/** The fields that TutorCruncher complains of, by their product names. Its words about them may quote what was sent. */
function fieldsIn(data: unknown): string {
  if (!isJsonObject(data)) return '';
  const names = Object.keys(data).filter(
    (name) => FIELD_NAME.test(name) && !/^(?:detail|non_field_errors)$/.test(name),
  );
  return names.map((name) => labelOf(translate(name))).join(', ');
}

function adviceOn(status: number, data: unknown): string {
  if (status === 401 || status === 403) {
    return (
      'TutorCruncher does not accept this private key. In TutorCruncher, open Settings > API, copy the private key of ' +
      'the integration that holds the webhook URL, and reconnect TutorCruncher here with it.'
    );
  }
  if (status === 404) {
    return (
      'TutorCruncher could not find what this step asked for. Refresh the fields of the step and choose again; if it ' +
      "stays so, TutorCruncher's API has changed and this integration needs an update."
    );
  }
  if (status === 400) {
    const fields = fieldsIn(data);
    return fields
      ? `TutorCruncher does not accept what was chosen for: ${fields}. Choose again in this step.`
      : 'TutorCruncher does not accept what was chosen in this step. Choose again.';
  }
  if (status >= 500) {
    return `TutorCruncher has a problem of its own at the moment (HTTP status ${status}). Try again in a few minutes.`;
  }
  return (
    `TutorCruncher gave an unexpected answer (HTTP status ${status}). Try again in a few minutes; if it stays so, its ` +
    'API has changed and this integration needs an update.'
  );
}

/**
 * Turns a refusal of TutorCruncher's into advice. Nothing of the answer's body but the names of fields goes into the
 * sentence: it could hold a person's data. An answer of 429 never comes here: zapier-platform-core waits and tries
 * again.
 */
export const explainRefusal: AfterResponseMiddleware = (response, z) => {
  const { status } = response;
  if (!isForTutorCruncher(response.request.url)) return response;
  if (status < 300 || (status === 404 && response.skipThrowForStatus)) return response;
  const code = status === 401 || status === 403 ? 'AuthenticationError' : 'ApiError';
  throw new z.errors.Error(adviceOn(status, response.data), code, status);
};
