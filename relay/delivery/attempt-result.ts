/** Results of attempts to deliver an event. */

/** An attempt that failed because of the target or the connection. The delivery must be attempted again. */
export interface FailedAttempt {
  readonly type: 'failed';
  /** The HTTP status or error code. Contains no part of the delivery or of the response body. */
  readonly reason: string;
  /** The beginning of the response, sealed; absent if it is no text or cannot be sealed. */
  readonly response?: Uint8Array;
  /** Delay that the target requested; null if it requested none. */
  readonly retryAfterMs: number | null;
}

/** An attempt whose delivery the target permanently refused; see {@link isRefusal}. */
export interface RefusedAttempt {
  readonly type: 'refused';
  /** The HTTP status. */
  readonly reason: string;
  /** As for a failed attempt. */
  readonly response?: Uint8Array;
}

/** The result of an attempt. `gone` means that the Zap is off and must not be called again. */
export type AttemptResult = { readonly type: 'delivered' } | { readonly type: 'gone' } | RefusedAttempt | FailedAttempt;
