/**
 * The single write of an action. TutorCruncher might have saved a write despite a timeout, and has no idempotency keys.
 * A write is therefore never repeated if it might have changed something, and every error message states whether
 * something might have changed. A write that is refused because of a new student or client is repeated: see
 * `just-created.ts`.
 */

import type { HttpResponse } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unwrapped } from '../object/object-record.ts';
import { rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { isNetworkError, send, type ApiRequest } from '../api/client.ts';
import { sendUntilKnown } from './just-created.ts';
import { refusalFor, type RefusalTexts } from './refusal.ts';
import { UnknownOutcome, writeOnce, type OutcomeMarker, type OutcomeTexts } from './unknown-outcome.ts';

/** Time limit of a write, in milliseconds. The reads before the write end early enough to leave this time. */
const WRITE_MS = 18_000;

/** A write to a path below `/api/`. */
export interface Write {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: JsonObject;
}

/** Messages that explain a failed write. */
export interface WriteTexts extends RefusalTexts {
  readonly unknownOutcome: OutcomeTexts;
}

/** Codes of errors that occur before a connection is established, so that nothing was sent. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];

/** Escapes double curly braces in JSON, which zapier-platform-core removes from a body or rejects. */
export const withEscapedBraces = (json: string): string => json.replaceAll('{{', '{\\u007b');

/** Returns the error for an unsuccessful response. */
export function errorFor(run: StepRun, response: HttpResponse<unknown>, texts: RefusalTexts): Error {
  const { status } = response;
  const problem = status < 300 ? 'sent no usable response' : `is having a problem (HTTP status ${status})`;
  return refusalFor(run, response, texts) ?? new UnknownOutcome(`TutorCruncher ${problem}.`, status);
}

/**
 * Sends a request once, without retries, and returns any response.
 *
 * @throws {Error} if there is no response: an {@link UnknownOutcome} if the request might have arrived
 */
export function sendOnce(
  run: StepRun,
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
 * Sends the write, and returns the object in the response.
 *
 * @param marker - the marker for an unknown outcome; null if a replay is harmless
 * @throws {Error} with a message that states whether something might have changed
 */
export function write(
  run: StepRun,
  { body, ...request }: Write,
  texts: WriteTexts,
  marker: OutcomeMarker | null = null,
): Promise<JsonObject> {
  const text = withEscapedBraces(JSON.stringify(body));
  return writeOnce(run, texts.unknownOutcome, marker, async () => {
    const response = await sendUntilKnown(run, () => sendOnce(run, { ...request, body: text }));
    if (isSuccess(response)) {
      // The path of an update contains the record's id. The response to a create must contain the id.
      const isUpdate = /\/\d+\//.test(request.path);
      if (isJsonObject(response.data) && (isUpdate || rowId(unwrapped(response.data)) !== null)) return response.data;
      if (response.content.trim() === '' && isUpdate) return {};
    }
    throw errorFor(run, response, texts);
  });
}
