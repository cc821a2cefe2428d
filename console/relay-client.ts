/** The client that sends requests from the page to the relay's API. */

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  CONSOLE_RETRY_PATH,
  type ConsoleLinkResponse,
  type EventOutcomesResponse,
  type EventListResponse,
  type EventResponse,
  type EventsQuery,
  type OverviewResponse,
  type RetryRequest,
  type RetryResponse,
  type SendAgainRequest,
  type SendAgainResponse,
} from '../wire/console-api.ts';

/**
 * Reasons for a failed request:
 *
 * - `expired`: the link is unknown or has expired;
 * - `missing`: the event or the Zap does not exist, or no longer exists;
 * - `busy`: there were too many requests;
 * - `conflict`: the Zap's trigger does not select the event, or too many events are being sent again;
 * - `unavailable`: the relay cannot be reached, or fails;
 * - `refused`: the relay does not serve this channel, or does not accept this kind of request.
 */
export type FailureReason = 'expired' | 'missing' | 'conflict' | 'busy' | 'unavailable' | 'refused';

/** A failed request. `retryAfterMs` is the time to wait before a retry; null if the response does not state it. */
export class RequestFailed extends Error {
  readonly reason: FailureReason;
  readonly retryAfterMs: number | null;

  constructor(reason: FailureReason, retryAfterMs: number | null = null) {
    super(`A request to the relay failed: ${reason}.`);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

const REASONS: Readonly<Record<number, FailureReason>> = {
  400: 'refused',
  401: 'expired',
  403: 'refused',
  404: 'missing',
  409: 'conflict',
  429: 'busy',
};

/** Time limit of a request, in milliseconds. */
const TIMEOUT_MS = 20_000;

function failureOf({ status, headers }: Response): RequestFailed {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return new RequestFailed(REASONS[status] ?? 'unavailable', Number.isFinite(seconds) ? seconds * 1000 : null);
}

function queryText({ action = [], ...rest }: EventsQuery): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) parameters.set(name, String(value));
  for (const value of action) parameters.append('action', value);
  return parameters.toString();
}

interface RequestOptions {
  /** The body of a POST; missing for a GET. */
  readonly body?: object;
  /** Aborts the request when the page no longer shows the requested part of the channel. */
  readonly signal?: AbortSignal;
}

/**
 * Returns functions that send requests with the access token of a link. The only error that they throw is
 * {@link RequestFailed}.
 */
export function relayClient(accessToken: string) {
  const request = async <T>(path: string, { body, signal }: RequestOptions = {}): Promise<T> => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(path, {
        headers: { authorization: `Bearer ${accessToken}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      if (!response.ok) throw failureOf(response);
      // The page and the API have the same version, because one relay serves both.
      return (await response.json()) as T;
    } catch (error) {
      throw error instanceof RequestFailed ? error : new RequestFailed('unavailable');
    }
  };
  return {
    link: () => request<ConsoleLinkResponse>(CONSOLE_LINK_PATH),
    overview: () => request<OverviewResponse>(CONSOLE_OVERVIEW_PATH),
    events: (query: EventsQuery, signal: AbortSignal) =>
      request<EventListResponse>(`${CONSOLE_EVENTS_PATH}?${queryText(query)}`, { signal }),
    event: (number: number, signal: AbortSignal) =>
      request<EventResponse>(`${CONSOLE_EVENTS_PATH}/${number}`, { signal }),
    eventOutcomes: (number: number, signal: AbortSignal) =>
      request<EventOutcomesResponse>(`${CONSOLE_EVENTS_PATH}/${number}/zaps`, { signal }),
    sendAgain: (body: SendAgainRequest) => request<SendAgainResponse>(CONSOLE_SEND_AGAIN_PATH, { body }),
    retry: (body: RetryRequest) => request<RetryResponse>(CONSOLE_RETRY_PATH, { body }),
  };
}

export type RelayClient = ReturnType<typeof relayClient>;
