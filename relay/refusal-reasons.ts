/**
 * The reasons for which webhooks are refused, with the statuses of the responses. The names are labels of metrics. The
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
  /** The process, or its share for the channel, has too many connections or bytes in flight. */
  busy: 503,
  /** The delivery could not be sealed or stored in time. */
  failed: 503,
  /** The deliveries that wait for the channel's Zaps fill the channel. */
  full: 503,
} as const;

/** The reason for which a webhook is refused. */
export type Refusal = keyof typeof REFUSALS;
