/** The part of the console's HTTP interface with which events are sent again; see `console-api.ts`. */

import type { EventConditions } from './console-api.ts';

/**
 * Body of `POST /console/api/send-again`: one event (`number`) to one Zap (`zap`), or the events that meet conditions.
 *
 * With conditions, an event is sent to each Zap that selects it and for which it has the outcome of the conditions, or
 * only to the Zap of the conditions. Without an outcome, events from before a Zap was turned on are not sent to that
 * Zap; the outcome `not_wanted` selects them. An event that is already waiting for a Zap is not sent to it again.
 *
 * The oldest events come first. One request sends at most `MAX_SENT_AGAIN` deliveries and reads a limited number of
 * events. The others follow in further requests, each with the `next` of the response before it as `after`.
 */
export type SendAgainRequest = {
  /** True to count the events without sending them. */
  readonly dry_run: boolean;
} & (
  | { readonly number: number; readonly zap: string }
  | {
      readonly conditions: EventConditions;
      /** Number of the event after which to begin; default: the oldest event. */
      readonly after?: number;
      /** The value of `up_to` in the response to the dry run, so that later events are not sent. */
      readonly up_to?: number;
    }
);

/** Response to `POST /console/api/send-again`. A delivery is one event to one Zap. */
export interface SendAgainResponse {
  /** Number of events with deliveries that are sent again, or would be. */
  readonly events: number;
  /** Number of deliveries that are sent again, or would be. */
  readonly deliveries: number;
  /** Number of deliveries that are not sent again, because they are already waiting for their Zap. */
  readonly waiting: number;
  /** The value of `after` for the next request; null if all events have been considered. */
  readonly next: number | null;
  /** Number of the newest event that this request and its continuations consider; 0 if there is none. */
  readonly up_to: number;
}
