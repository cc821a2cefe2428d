/** Results of attempts to deliver an event. */

interface Failure {
  /** The HTTP status or error code. Contains no part of the delivery or of the response body. */
  readonly reason: string;
  /** The beginning of the response, sealed; absent if it is no text or cannot be sealed. */
  readonly response?: Uint8Array;
}

/** An attempt that failed because of the target or the connection. The delivery must be attempted again. */
export interface FailedAttempt extends Failure {
  readonly type: 'failed';
  /** Delay that the target requested; null if it requested none. */
  readonly retryAfterMs: number | null;
}

/** An attempt whose delivery the target permanently refused; see `isRefusal`. */
export interface RefusedAttempt extends Failure {
  readonly type: 'refused';
}

/** The result of an attempt. `gone` means that the Zap is off and must not be called again. */
export type AttemptResult = { readonly type: 'delivered' } | { readonly type: 'gone' } | RefusedAttempt | FailedAttempt;
