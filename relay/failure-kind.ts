/** The kinds of failed attempts, which the policy for failures and the metrics distinguish. */

/**
 * 4xx statuses that concern the target, its credentials or temporary conditions. The target might accept the event
 * later.
 */
const OTHER_CLIENT_ERRORS: ReadonlySet<number> = new Set([401, 402, 403, 407, 408, 410, 421, 423, 424, 425, 426, 429]);

/** Returns true if an HTTP status is a permanent refusal of an event. */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !OTHER_CLIENT_ERRORS.has(status);

/** Kinds of failed attempts. Metrics show each kind as a time series from the start, so the list is short. */
export const FAILURE_KINDS = ['refused', 'error_response', 'timeout', 'no_connection'] as const;

/** Returns the kind of a failure, given its reason: `HTTP` and a status, or an error code. */
export function kindOfFailure(reason: string): (typeof FAILURE_KINDS)[number] {
  const [, status] = /^HTTP (\d+)$/.exec(reason) ?? [];
  if (status !== undefined) return isRefusal(Number(status)) ? 'refused' : 'error_response';
  // The pattern matches error codes of undici, Node.js and this relay.
  return /TIMEOUT|TIMEDOUT/.test(reason) ? 'timeout' : 'no_connection';
}
