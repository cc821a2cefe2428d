/** What every request of this app goes through: the key on the way out, answers into sentences on the way back. */

import type { AfterResponseMiddleware, BeforeRequestMiddleware } from 'zapier-platform-core';

import { privateKeyOf } from './authentication.ts';
import { tutorCruncherOrigin } from './tutorcruncher-api.ts';

/** Adds the private key to requests for TutorCruncher's own origin, and to no others. */
export const addPrivateKey: BeforeRequestMiddleware = (request, _z, bundle) => {
  if (!URL.canParse(request.url) || new URL(request.url).origin !== tutorCruncherOrigin()) return request;
  return {
    ...request,
    headers: { ...request.headers, Authorization: `token ${privateKeyOf(bundle)}` },
    // A redirect could carry the key to another host.
    redirect: 'manual',
  };
};

/**
 * Turns a refusal of TutorCruncher's into advice. Nothing of the answer's body goes into the sentence: it could hold a
 * person's data. An answer of 429 never comes here: zapier-platform-core waits and tries again.
 */
export const explainRefusal: AfterResponseMiddleware = (response, z) => {
  const { status } = response;
  if (status < 300) return response;
  if (status === 401 || status === 403) {
    throw new z.errors.Error(
      'TutorCruncher does not accept this private key. In TutorCruncher, open Settings > API, copy the private key of ' +
        'the integration that holds the webhook URL, and reconnect TutorCruncher here with it.',
      'AuthenticationError',
      status,
    );
  }
  throw new z.errors.Error(
    `TutorCruncher answered with an error (HTTP status ${status}). Try again in a few minutes.`,
    'ApiError',
    status,
  );
};
