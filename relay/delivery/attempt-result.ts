/** The result of an attempt, derived from the status and the `Retry-After` header of the response. */

import { isRefusal } from '../failure-kind.ts';
import { MAX_BACK_OFF_MS } from '../store/outcomes/claims.ts';

/** The reason and the response of a failed attempt. */
interface Failure {
  /** The HTTP status or error code. The reason contains no part of the delivery or of the response body. */
  readonly reason: string;
  /** The sealed beginning of the response; absent if the response is not text or cannot be sealed. */
  readonly response?: Uint8Array;
}

/** An attempt that failed because of the target or the connection. The delivery must be attempted again. */
export interface FailedAttempt extends Failure {
  readonly type: 'failed';
  /** Delay that the target requested, in milliseconds; null if the target requested no delay. */
  readonly retryAfterMs: number | null;
}

/** An attempt whose delivery the target permanently refused; see {@link isRefusal}. */
export interface RefusedAttempt extends Failure {
  readonly type: 'refused';
}

/** The result of an attempt. `gone` means that the Zap is off and must not be called again. */
export type AttemptResult = { readonly type: 'delivered' } | { readonly type: 'gone' } | RefusedAttempt | FailedAttempt;

/**
 * Returns the result of an attempt from the status of the response.
 *
 * @param retryAfterMs - the delay in the `Retry-After` header; null if the header requests no delay
 */
export function resultOf(status: number, retryAfterMs: number | null): AttemptResult {
  const reason = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { type: 'delivered' };
  if (status === 410) return { type: 'gone' };
  if (isRefusal(status)) return { type: 'refused', reason };
  const mayRequestDelay = status === 429 || status === 503;
  return { type: 'failed', reason, retryAfterMs: mayRequestDelay ? retryAfterMs : null };
}

/** Matches the weekday at the beginning of an HTTP date (RFC 9110, section 5.6.7). */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*, /i;

/**
 * Parses a `Retry-After` header (RFC 9110, section 10.2.3).
 *
 * @param header - a whole number of seconds or an HTTP date
 * @param now - milliseconds since 1970
 * @returns the delay in milliseconds, more than 0 and at most the longest back-off; null if the header requests no
 *   delay or is malformed
 */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  let delay = NaN;
  if (/^\d+$/.test(text)) delay = Number(text) * 1000;
  else if (HTTP_DATE.test(text)) delay = Date.parse(text) - now;
  return delay > 0 ? Math.min(delay, MAX_BACK_OFF_MS) : null;
}
