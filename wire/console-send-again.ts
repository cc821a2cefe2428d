/** The part of the console's HTTP interface that sends events again or retries now; see `console-api.ts`. */

import type { EventConditions } from './console-api.ts';

/**
 * Body of `POST /console/api/send-again`: one event (`number`) for one Zap (`zap`), or conditions that select events.
 *
 * With conditions, an event is sent to each Zap that selects it and for which it has the given outcome, or only to the
 * given Zap. Events that arrived before a Zap was turned on are sent to it only if the given outcome is `not_wanted`.
 * An event that is already waiting for a Zap is not sent to it again.
 *
 * If the given Zap is off, the events that were given up for it are sent to a Zap that is on and has the same trigger and
 * the same choices, unless that Zap already has them. The response is 409 if there is no such Zap.
 *
 * The oldest events are sent first. One request sends at most `MAX_SENT_AGAIN` deliveries and reads a limited number of
 * events. To send the others, the client repeats the request with `after` set to the `next` of the previous response.
 */
export type SendAgainRequest = {
  /** True to count the events without sending them. */
  readonly dry_run: boolean;
} & (
  | { readonly number: number; readonly zap: string }
  | {
      readonly conditions: EventConditions;
      /** Number of the event after which to begin; by default, begins with the oldest event. */
      readonly after?: number;
      /** The value of `up_to` in the response to the dry run. It excludes events that arrived later. */
      readonly up_to?: number;
    }
);

/** Response to `POST /console/api/send-again`. A delivery is one event to one Zap. */
export interface SendAgainResponse {
  /** Number of events with deliveries that are, or would be, sent again. */
  readonly events: number;
  /** Number of deliveries that are, or would be, sent again. */
  readonly deliveries: number;
  /** Number of deliveries that are not sent again, because they are already waiting for their Zap. */
  readonly waiting: number;
  /** The value of `after` for the next request; null if all events have been considered. */
  readonly next: number | null;
  /** Number of the newest event that this request and its continuations consider; 0 if there is none. */
  readonly up_to: number;
}

/**
 * Route that retries now (POST): ends the back-off of Zaps, so that the relay attempts their waiting events at once, in
 * order and within its rate limits. A link may use it {@link RETRIES_PER_MINUTE} times per minute. It has no effect on
 * Zaps that the relay's operator has paused.
 */
export const CONSOLE_RETRY_PATH = '/console/api/retry';
export const RETRIES_PER_MINUTE = 10;

/** Body of `POST /console/api/retry`. */
export interface RetryRequest {
  /** Id of the Zap's subscription; default: all Zaps of the channel. */
  readonly zap?: string;
}

/** Response to `POST /console/api/retry`. */
export interface RetryResponse {
  /** Number of Zaps whose back-off has ended. */
  readonly zaps: number;
}
