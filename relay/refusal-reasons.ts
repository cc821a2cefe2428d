/** The reasons for which webhooks are refused, with the status of the response. */
export const REFUSALS = {
  unsigned: 400,
  refused: 403,
  unregistered: 404,
  too_large: 413,
  rate_limited: 429,
  busy: 503,
  failed: 503,
  full: 503,
} as const;

/** The reason for which a webhook is refused. */
export type Refusal = keyof typeof REFUSALS;
