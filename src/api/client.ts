/**
 * Client for TutorCruncher's API. Responses are JSON: lists of 100 rows per page as `{count, next, previous, results}`,
 * newest first, and details by id (TutorCruncher's API docs). This module and `error-response.ts` turn every failure into a
 * message for the Zap's owner. No message contains any part of a response body, because the body could contain personal
 * data.
 */

import type { Bundle, HttpRequestOptions, HttpResponse, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { tutorCruncherOrigin } from './origin.ts';
import { privateKeyOf } from './private-key.ts';
import { scrubErrors } from './secrets.ts';

/**
 * Time limit of requests outside of a `StepRun`, such as requests for dropdowns, in milliseconds. Zapier limits a step
 * to 30 seconds, and triggers make at most three such requests in sequence.
 */
const TIMEOUT_MS = 8_000;

/** Query parameters of a request. */
export type Params = Readonly<Record<string, string | number>>;

/** Options of a GET request: the handling of error responses, and the time limit. */
export interface GetOptions {
  /** True to return null for a 404 response, for example for a record that was deleted after it was listed. */
  readonly mayBeMissing?: boolean;
  /** True to return null for a 403 response that is caused by a missing permission of the private key. */
  readonly mayBeForbidden?: boolean;
  /** True to return null for a 400 response, for example for a filter with a value that TutorCruncher does not know. */
  readonly mayBeRefused?: boolean;
  /** True for a request that tests the connection. The request's error messages must not mention a step of a Zap. */
  readonly isConnectionTest?: boolean;
  /** Sentences about the consequences of a failure, which follow the advice in the error message. */
  readonly consequence?: string;
  readonly timeoutMs?: number;
}

const secondsText = (ms: number): string => {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
};

/** Returns true if a request failed because no complete response arrived. */
export const isNetworkError = (error: unknown): error is Error =>
  error instanceof Error && ['FetchError', 'AbortError'].includes(error.name);

const isTimeout = (error: Error): boolean =>
  error.name === 'AbortError' || ('type' in error && String(error.type).includes('timeout'));

function networkAdvice(error: Error, timeoutMs: number): string {
  return isTimeout(error)
    ? `TutorCruncher did not respond within ${secondsText(timeoutMs)}. Try again in a few minutes.`
    : 'TutorCruncher could not be reached. Try again in a few minutes.';
}

/** A request to a path below `/api/`. */
export interface ApiRequest extends Omit<HttpRequestOptions, 'url' | 'params' | 'timeout'> {
  readonly path: string;
  readonly params?: Params;
  readonly timeoutMs: number;
}

/** Options that zapier-platform-core passes on to the HTTP client although its types do not declare them. */
interface RequestExtras {
  readonly signal: AbortSignal;
  readonly encodeURIComponent: (text: string) => string;
}

/** Placeholder for a curly brace until the URL is encoded, because core removes text in double curly braces. */
const BRACE = '\uFDD0';

const encodedWithBraces = (text: string): string =>
  encodeURIComponent(text).replaceAll(encodeURIComponent(BRACE), encodeURIComponent('{'));

/**
 * Sends a request.
 *
 * @throws {Error} if the request fails; the error does not contain the private key, see {@link isNetworkError}
 */
export function send(
  z: ZObject,
  bundle: Bundle,
  { path, params = {}, timeoutMs, ...options }: ApiRequest,
): Promise<HttpResponse<unknown>> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) search.append(name, String(value).replaceAll('{', BRACE));
  const query = search.toString();
  const request: HttpRequestOptions & RequestExtras & { url: string } = {
    ...options,
    encodeURIComponent: encodedWithBraces,
    url: `${tutorCruncherOrigin()}/api/${path}${query === '' ? '' : `?${query}`}`,
    timeout: timeoutMs,
    // The HTTP client applies its timeout to the headers and again to the body. The signal limits the duration of the
    // whole request.
    signal: AbortSignal.timeout(timeoutMs + 50),
  };
  return scrubErrors([privateKeyOf(bundle)], () => z.request<unknown>(request));
}

const isReset = (error: unknown): boolean => isNetworkError(error) && 'code' in error && error.code === 'ECONNRESET';

/** Minimum time that must be left in a run to retry a read, in milliseconds. */
const MIN_REPEAT_MS = 300;

/**
 * Sends a GET request, and retries the request once if the connection is reset. Resets occur in busy hours.
 *
 * @throws {Error} see {@link send}
 */
async function sendRead(
  z: ZObject,
  bundle: Bundle,
  request: Omit<ApiRequest, 'method'>,
): Promise<HttpResponse<unknown>> {
  const start = Date.now();
  try {
    return await send(z, bundle, request);
  } catch (error) {
    const timeoutMs = request.timeoutMs - (Date.now() - start);
    if (!isReset(error) || timeoutMs < MIN_REPEAT_MS) throw error;
    return send(z, bundle, { ...request, timeoutMs });
  }
}

/** Returns the error for a response that has an unexpected shape. */
export const unexpectedResponse = (z: ZObject, missing: string): Error =>
  new z.errors.Error(
    `TutorCruncher's response is incomplete: it contains no ${missing}. Try again in a few minutes. If this persists, TutorCruncher's API ` +
      'has changed and this app needs an update.',
    'ApiError',
  );

/**
 * Returns the parsed JSON of a path below `/api/`.
 *
 * @throws {Error} with a message for the Zap's owner, if the request fails
 */
export async function get(
  z: ZObject,
  bundle: Bundle,
  path: string,
  params: Params = {},
  options: GetOptions = {},
): Promise<unknown> {
  const { mayBeMissing = false, mayBeForbidden = false, mayBeRefused = false } = options;
  const { isConnectionTest = false, timeoutMs = TIMEOUT_MS, consequence } = options;
  const explained = (advice: string): string => (consequence === undefined ? advice : `${advice} ${consequence}`);
  const { status, data } = await sendRead(z, bundle, {
    path,
    timeoutMs,
    params,
    skipThrowForStatus: mayBeMissing || mayBeRefused,
    middlewareData: { isConnectionTest, mayBeForbidden, mayBeRefused, consequence },
  }).catch((error: unknown) => {
    if (!isNetworkError(error)) throw error;
    throw new z.errors.Error(explained(networkAdvice(error, timeoutMs)), 'NetworkError');
  });
  if (status === 404 || status === 403 || status === 400) return null;
  if (data === undefined) {
    throw new z.errors.Error(
      explained(
        'TutorCruncher responded with a web page instead of data, which happens during maintenance. Try again in a few ' +
          'minutes.',
      ),
      'ApiError',
      status,
    );
  }
  return data;
}

/** Number of rows on a page (TutorCruncher's API docs). */
export const PAGE_ROWS = 100;

/** A page of a list. */
export interface Page {
  readonly rows: JsonObject[];
  readonly hasMore: boolean;
  /** The number of rows in the whole list at the time of the request, according to TutorCruncher; null if unknown. */
  readonly count: number | null;
  /**
   * True for a page beyond the last page, whose rows were deleted after the previous page was read; missing for other
   * pages.
   */
  readonly isBeyondEnd?: boolean;
}

/**
 * Requests a page of a list. Pages are numbered from 1. A page beyond the last page is empty.
 *
 * @throws {Error} with a message for the Zap's owner, if the request fails
 */
export async function getPage(
  z: ZObject,
  bundle: Bundle,
  path: string,
  params: Params = {},
  page = 1,
  options: GetOptions = {},
): Promise<Page> {
  const isFirst = page <= 1;
  const { mayBeRefused = false } = options;
  const data = await get(z, bundle, path, isFirst ? params : { ...params, page }, {
    ...options,
    mayBeMissing: !isFirst,
  });
  if (data === null && (!isFirst || mayBeRefused)) {
    return { rows: [], hasMore: false, count: null, isBeyondEnd: !isFirst };
  }
  if (!isJsonObject(data) || !Array.isArray(data.results)) throw unexpectedResponse(z, 'list');
  return {
    rows: data.results.filter(isJsonObject),
    hasMore: typeof data.next === 'string',
    count: typeof data.count === 'number' ? data.count : null,
  };
}

/** Requests the rows of a page of a list; see {@link getPage}. */
export const getRows = async (...request: Parameters<typeof getPage>): Promise<JsonObject[]> =>
  (await getPage(...request)).rows;
