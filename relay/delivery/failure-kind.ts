/** Kinds of failures for metrics. They are few, so that each can be a time series from the start. */

import { isRefusal } from './refusal.ts';

/**
 * A kind of failed attempt:
 * - `refused`: the target permanently refused the delivery;
 * - `error_response`: the target responded with another error;
 * - `timeout`: the target accepted no connection or sent no response in time;
 * - `no_connection`: the connection failed.
 */
export const FAILURE_KINDS = ['refused', 'error_response', 'timeout', 'no_connection'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** Codes of undici, Node.js and this relay for attempts that took too long. */
const TIMEOUT = /TIMEOUT|TIMEDOUT/;

/** Returns the kind of a failure, given its reason: `HTTP` and a status, or an error code. */
export function kindOfFailure(reason: string): FailureKind {
  const [, status] = /^HTTP (\d+)$/.exec(reason) ?? [];
  if (status !== undefined) return isRefusal(Number(status)) ? 'refused' : 'error_response';
  return TIMEOUT.test(reason) ? 'timeout' : 'no_connection';
}
