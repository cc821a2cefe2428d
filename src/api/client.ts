/**
 * Client of TutorCruncher's API. Responses are JSON: lists of 100 rows per page as `{count, next, previous, results}`,
 * newest first, and details by id (TutorCruncher's API docs). Every failure becomes a message for the Zap's owner, here
 * or in the middleware. No message contains anything of a response's body, which could hold personal data.
 */

import type { Bundle, HttpRequestOptions, HttpResponse, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { privateKeyOf } from '../private-key.ts';
import { scrubErrors } from '../secrets.ts';

/** Zapier gives a step 30 seconds, and no step makes more than three requests in sequence. */
const TIMEOUT_MS = 8_000;

/** Query parameters of a request. */
export type Params = Readonly<Record<string, string | number>>;

/** Settings of a request that change its errors. */
export interface GetOptions {
  /** Returns null if nothing is there, for example because a record was deleted after it was listed. */
  readonly mayBeMissing?: boolean;
  /** The request tests the connection, so that its error messages must not mention a step of a Zap. */
  readonly isConnectionTest?: boolean;
}

/**
 * Returns the origin of TutorCruncher's API, without a trailing slash. The private key is sent to this origin only, so it
 * never comes from a payload or from the `next` link of a list. `TUTORCRUNCHER_URL` overrides it for local runs.
 *
 * @throws {Error} if `TUTORCRUNCHER_URL` is not an HTTP URL
 */
export function tutorCruncherOrigin(): string {
  const url = process.env.TUTORCRUNCHER_URL;
  if (!url) return 'https://app.tutorcruncher.com';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error('TUTORCRUNCHER_URL is not a URL such as http://127.0.0.1:4001. Correct or unset it.');
  }
  return new URL(url).origin;
}

function networkError(z: ZObject, error: Error): Error {
  const isTimeout = 'type' in error && String(error.type).includes('timeout');
  return new z.errors.Error(
    isTimeout
      ? `TutorCruncher did not respond within ${TIMEOUT_MS / 1000} seconds. Try again in a few minutes.`
      : 'TutorCruncher could not be reached. Try again in a few minutes.',
    'NetworkError',
  );
}

async function request(
  z: ZObject,
  bundle: Bundle,
  options: { readonly url: string } & HttpRequestOptions,
): Promise<HttpResponse<unknown>> {
  try {
    return await scrubErrors([privateKeyOf(bundle)], () => z.request<unknown>(options));
  } catch (error) {
    if (error instanceof Error && ['FetchError', 'AbortError'].includes(error.name)) throw networkError(z, error);
    throw error;
  }
}

/** Returns the error for a response of an unexpected shape. */
export const unexpectedResponse = (z: ZObject, missing: string): Error =>
  new z.errors.Error(
    `TutorCruncher's response contains no ${missing}. Try again in a few minutes. If this persists, TutorCruncher's API ` +
      'has changed and this integration needs an update.',
    'ApiError',
  );

/**
 * Requests data from TutorCruncher.
 *
 * @param path - the path below `/api/`, with a trailing slash
 * @returns the parsed JSON
 * @throws {Error} with a message for the Zap's owner
 */
export async function get(
  z: ZObject,
  bundle: Bundle,
  path: string,
  params: Params = {},
  { mayBeMissing = false, isConnectionTest = false }: GetOptions = {},
): Promise<unknown> {
  const { status, data } = await request(z, bundle, {
    url: `${tutorCruncherOrigin()}/api/${path}`,
    params,
    timeout: TIMEOUT_MS,
    skipThrowForStatus: mayBeMissing,
    middlewareData: { isConnectionTest },
  });
  if (status === 404) return null;
  if (data === undefined) {
    throw new z.errors.Error(
      'TutorCruncher responded with a web page instead of data, which happens during maintenance. Try again in a few ' +
        'minutes.',
      'ApiError',
      status,
    );
  }
  return data;
}

/**
 * Requests a page of a list.
 *
 * @param path - the path below `/api/`, with a trailing slash
 * @param page - the number of the page, counted from 1
 * @returns the page's rows; none beyond the last page
 * @throws {Error} with a message for the Zap's owner
 */
export async function getRows(
  z: ZObject,
  bundle: Bundle,
  path: string,
  params: Params = {},
  page = 1,
  options: GetOptions = {},
): Promise<JsonObject[]> {
  const isFirst = page <= 1;
  const data = await get(z, bundle, path, isFirst ? params : { ...params, page }, {
    ...options,
    mayBeMissing: !isFirst,
  });
  if (data === null && !isFirst) return [];
  if (!isJsonObject(data) || !Array.isArray(data.results)) throw unexpectedResponse(z, 'list');
  return data.results.filter(isJsonObject);
}
