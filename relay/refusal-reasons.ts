/**
 * The reasons for refusing webhooks, with the statuses of the responses. The names are labels of metrics. The
 * operator's lists show the statuses. `http/webhook-refusals.ts` creates the responses, and a test compares their
 * statuses with this list.
 */
export const REFUSALS = {
  /** The signature is missing, or its format is wrong. */
  unsigned: 400,
  /** The operator does not serve the channel. */
  refused: 403,
  /** No channel has this URL. */
  unregistered: 404,
  /** The body is larger than 10 MB. */
  too_large: 413,
  /** The channel has reached its limit of webhooks per minute. */
  rate_limited: 429,
  /** The process or the channel has too many connections or bytes in flight. */
  busy: 503,
  /** The delivery could not be sealed or stored in time. */
  failed: 503,
  /** Deliveries that wait for the channel's Zaps take up all of the channel's space. */
  full: 503,
} as const;

/** The reason for refusing a webhook. */
export type Refusal = keyof typeof REFUSALS;
