/**
 * The HTTP interface of the console's page. `link-api.ts` has the routes that create a link to the page. Times are
 * milliseconds since 1970 on the relay's clock, and binary values are in base64 with padding.
 */

import type { ActionFilter } from './action-filter.ts';
import type { LinkRequest, LinkResponse } from './link-api.ts';
import type { EnvelopeFields, SealedFields } from './sealing/format.ts';

/** Path of the page. A link is this path with the link's secret as the fragment. */
export const CONSOLE_PATH = '/console';

/**
 * The routes of the page. Each route requires the access token of a link as the bearer token. The link determines the
 * channel. Errors are problem documents: 401 if the link is unknown or has expired, 403 if the relay no longer serves
 * the channel, 404 if the event or the Zap does not exist, 429 after too many requests (with `Retry-After`).
 */
export const CONSOLE_LINK_PATH = '/console/api/link';
export const CONSOLE_OVERVIEW_PATH = '/console/api/overview';
/**
 * Path of the events, newest first. `/<number>` below this path returns one event, and `/<number>/zaps` returns the
 * outcome of the event for each Zap.
 */
export const CONSOLE_EVENTS_PATH = '/console/api/events';
export const CONSOLE_SEND_AGAIN_PATH = '/console/api/send-again';
/**
 * Route that ends the back-off of Zaps, so that the relay attempts the waiting events immediately (POST). Leaves out
 * paused Zaps.
 */
export const CONSOLE_RETRY_PATH = '/console/api/retry';
/** Maximum number of requests for ending back-offs that one link can send per minute. */
export const RETRIES_PER_MINUTE = 10;

/** Maximum and default number of events in a page of the list. */
export const MAX_LISTED_EVENTS = 500;
export const DEFAULT_LISTED_EVENTS = 50;
/** Maximum size of a page of the list, in bytes of JSON. A page with one event can be larger. */
export const MAX_PAGE_BYTES = 2_000_000;
/** Maximum number of deliveries that one request sends again. The response contains this maximum as `limit`. */
export const MAX_SENT_AGAIN = 500;
/** Upper bounds on the description of a Zap: the number of options, and the lengths of labels and values. */
export const MAX_ZAP_OPTIONS = 20;
export const MAX_LABEL_LENGTH = 100;
export const MAX_VALUE_LENGTH = 300;
export const MAX_FILTERED_ACTIONS = 100;
/**
 * Maximum size of an event's sealed content in the list, in bytes. Larger content is available from the route of the
 * event.
 */
export const MAX_LISTED_CONTENT_BYTES = 20 * 1024;

/** Response to `GET /console/api/link`. */
export interface ConsoleLinkResponse extends LinkResponse, Required<Omit<LinkRequest, 'access_token_hash'>> {
  readonly channel: string;
}

/**
 * The outcome of an event, for one Zap or for all Zaps of the channel. The outcome for all Zaps is the most urgent
 * outcome for any of them. The outcomes, from most to least urgent:
 * - `failed`: the last attempt failed, and a further attempt is scheduled;
 * - `given_up`: the event is a dead letter, and no attempt is scheduled;
 * - `waiting`: the event is waiting for its turn;
 * - `delivered`: the Zap has accepted the event;
 * - `not_wanted`: the Zap's trigger does not select the event, or the Zap was turned on after the event arrived.
 */
export const OUTCOMES = ['failed', 'given_up', 'waiting', 'delivered', 'not_wanted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * The description of a Zap, as sent by the connector. The relay stores the description unencrypted, so it must not
 * contain names of people.
 */
export interface ZapDescription {
  /** Label of the trigger, such as `Lesson Completed`. */
  readonly trigger: string;
  /** The choices that a user has made in the fields of the trigger. */
  readonly options: readonly { readonly label: string; readonly value: string }[];
  /** The Zap's id at Zapier, as up to 20 digits; null if the id is unknown. */
  readonly zap_id: string | null;
}

/** The fields of a subscription that several responses contain. @typeParam Time - the type of times in the response */
export type SubscriptionFields<Time> = {
  readonly id: string;
  readonly created_at: Time;
  readonly last_success_at: Time | null;
  /**
   * Number of failed attempts since the last success, time of the first failed attempt, and status or error code of the
   * last failed attempt.
   */
  readonly failures: number;
  readonly failing_since: Time | null;
  readonly last_failure: string | null;
  /** Time of the next attempt; null unless the last attempt failed. */
  readonly next_attempt_at: Time | null;
  /** Number of waiting deliveries. */
  readonly pending: number;
  /** Number of dead letters, including dead letters that are being sent again. */
  readonly dead_letters: number;
  /** Time at which the relay's operator paused the subscription; null if the subscription is not paused. */
  readonly paused_since: Time | null;
} & ActionFilter;

/** A subscription of the channel. */
export type ConsoleZap = SubscriptionFields<number> & {
  readonly description: ZapDescription | null;
  /** Description of the last failure, without a full stop. */
  readonly last_failure_text: string | null;
  /**
   * True if the Zap refused the first waiting event in the last attempt, and the relay will give up the event after
   * three refusals. False if many refusals or failures show that the Zap itself is at fault.
   */
  readonly gives_up_refused: boolean;
  /** Time at which the oldest waiting event arrived. */
  readonly oldest_pending_at: number | null;
  readonly is_sending_again: boolean;
};

/** A Zap that has been turned off. */
export interface EndedZap extends Pick<ConsoleZap, 'id' | 'description' | 'created_at'> {
  readonly ended_at: number;
  /** True if the relay ended the subscription because the Zap responded with 410. */
  readonly is_gone: boolean;
  readonly dead_letters: number;
  /** True if a Zap with the same trigger and choices is on. The dead letters can be sent to that Zap. */
  readonly has_successor: boolean;
}

/** Numbers of stored events that arrived in the hour starting at `hour`, keyed by the outcome for all Zaps. */
export type HourCounts = { readonly hour: number } & Readonly<Record<Outcome, number>>;

/** Response to `GET /console/api/overview`. */
export interface OverviewResponse {
  readonly now: number;
  readonly webhook_url: string;
  /** Time when the channel was registered. */
  readonly created_at: number;
  readonly last_webhook_at: number | null;
  /** Time at which the silence since `last_webhook_at` became unusually long; null if the silence is not unusual. */
  readonly silent_at: number | null;
  /**
   * The share of the newest webhooks that Zaps refuse because the webhooks are signed with a different private key;
   * null if there are no such webhooks.
   */
  readonly foreign_signature: 'all' | 'some' | null;
  /** The Zaps that are on, and the Zaps that are off but might have received stored events, oldest first. */
  readonly zaps: readonly ConsoleZap[];
  readonly ended_zaps: readonly EndedZap[];
  /** The hours with events, oldest first: the current hour and the 71 hours before it. */
  readonly hours: readonly HourCounts[];
}

/** The outcome of an event for one Zap, given by the id of its subscription. */
export interface EventAtZap {
  readonly zap: string;
  readonly outcome: Outcome;
  /**
   * False if the Zap was turned on after the event arrived. The outcome is then `not_wanted`, unless the event was sent
   * from the console.
   */
  readonly was_on: boolean;
  /** True if the event was or will be sent to the Zap again from the console. */
  readonly is_sent_again: boolean;
}

/** The outcome of an event for one Zap, in the list. */
export interface EventAtZapInList extends EventAtZap {
  /** Description of the last failure, or of the reason for giving up, without a full stop; null if there is neither. */
  readonly failure_text: string | null;
}

/** An event in the list: a delivery of TutorCruncher, which nearly always contains one event. */
export interface ListedEvent {
  /** Number of the event among the events of its channel, in order of arrival. Identifies the event. */
  readonly number: number;
  /** `sealed` is null if the content has more than {@link MAX_LISTED_CONTENT_BYTES} or if the query omits it. */
  readonly envelope: Omit<SealedFields, 'sealed'> & { readonly sealed: string | null };
  /** True if the same webhook had arrived more than 72 hours earlier. */
  readonly is_repeat: boolean;
  readonly outcome: Outcome;
  /** The Zaps whose triggers select the event. For all other Zaps, the outcome is `not_wanted`. */
  readonly zaps: readonly EventAtZapInList[];
}

/** Filter for events. An event must meet all given conditions. */
export interface EventConditions {
  /** The outcome for the Zap in `zap`; without `zap`, the outcome for all Zaps. */
  readonly outcome?: Outcome;
  /** Id of a subscription. Without an outcome, this condition selects the events that the Zap's trigger selects. */
  readonly zap?: string;
  /** Actions, at most {@link MAX_FILTERED_ACTIONS}. The event must have one of these actions. */
  readonly action?: readonly string[];
  /** The event arrived at `from` or later, and before `to`. */
  readonly from?: number;
  readonly to?: number;
}

/** Query of `GET /console/api/events`, with one `action` parameter for each action. */
export interface EventsQuery extends EventConditions {
  /** Number of an event. The list starts with the next older event; by default, it starts with the newest event. */
  readonly before?: number;
  readonly limit?: number;
  /**
   * Number of an event. The contents of this event and of older events are omitted; by default, no contents are
   * omitted.
   */
  readonly known_up_to?: number;
}

/** Response to `GET /console/api/events`, newest first. */
export interface EventListResponse {
  /**
   * The events. A response can contain fewer events than requested, or none, although more events follow, because
   * {@link MAX_PAGE_BYTES} limits the size of the response and one request searches a limited number of events.
   */
  readonly events: readonly ListedEvent[];
  /** The value of `before` for the next page; null if there are no more events. */
  readonly next: number | null;
  /** Number of the newest event of the channel when the search began; 0 if there was none. */
  readonly newest: number;
  /** Arrival time of the oldest event that this request has searched; null if the request has searched no event. */
  readonly searched_from: number | null;
}

/** An attempt to deliver an event to a Zap. */
export interface ConsoleAttempt {
  /**
   * Sequence number of the attempt among all attempts to deliver the event to the Zap, starting at 1. Old attempts are
   * removed.
   */
  readonly number: number;
  /** Time at which the attempt ended. */
  readonly at: number;
  /**
   * HTTP status or error code of a failure, such as `HTTP 500`, and a description of the failure, without a full stop.
   */
  readonly failure: string | null;
  readonly failure_text: string | null;
  /**
   * The first 500 characters of the response to a failed attempt, sealed under the data key of the event
   * (`openResponse`).
   */
  readonly response: string | null;
  readonly duration_ms: number;
  readonly is_sent_again: boolean;
}

/** The outcome of an event for one Zap, with its attempts. */
export interface EventAtZapInDetail extends EventAtZap {
  /** The outcome in full sentences, with the reason for a failure and advice. */
  readonly explanation: string;
  /**
   * The newest attempts, oldest first. The list includes only failed attempts, the success that ends a series of
   * failures, and attempts of events that were sent again. A delivered event without attempts was delivered on the
   * first attempt.
   */
  readonly attempts: readonly ConsoleAttempt[];
  /**
   * The earlier event that blocks this event because Zapier has not accepted it. This event waits until the relay
   * delivers or gives up the earlier event.
   */
  readonly behind: ListedEvent | null;
  /**
   * Time of the next attempt of the event, or of the earlier event in `behind`; null if no failed attempt delays the
   * event.
   */
  readonly next_attempt_at: number | null;
  /** The reason for giving up; null unless the outcome is `given_up`. */
  readonly given_up_reason: string | null;
}

/** Response to `GET /console/api/events/<number>/zaps`: the part of an event that can change. */
export interface EventOutcomesResponse extends Pick<ListedEvent, 'number' | 'outcome'> {
  readonly zaps: readonly EventAtZapInDetail[];
}

/** Response to `GET /console/api/events/<number>`. */
export interface EventResponse extends EventOutcomesResponse {
  /** The complete envelope that a Zap receives, with the earlier deliveries that the event is compared with. */
  readonly envelope: EnvelopeFields;
}

/**
 * Body of `POST /console/api/send-again`: one event (`number`) for one Zap (`zap`), or conditions that select events.
 * With conditions, an event is sent to each Zap that selects the event, if the event has the given outcome for this
 * Zap. If `zap` is given, events are sent only to this Zap. Events that arrived before a Zap was turned on are sent to
 * it only if the given outcome is `not_wanted`. An event that is already waiting for a Zap is not sent to the Zap
 * again.
 *
 * If the given Zap is off, the events that were given up for it are sent to a Zap that is on and has the same trigger
 * and the same choices, unless that Zap already has them. The response is 409 if there is no such Zap.
 *
 * The oldest events are sent first. One request sends at most `limit` deliveries and searches a limited number of
 * events, so a response may count no events although more events follow. To send the remaining events, the client
 * repeats the request with `after` set to the `next` of the previous response.
 */
export type SendAgainRequest = {
  /** True to count the events without sending them. */
  readonly dry_run: boolean;
} & (
  | { readonly number: number; readonly zap: string }
  | {
      readonly conditions: EventConditions;
      /** Number of the event after which sending begins; by default, sending begins with the oldest event. */
      readonly after?: number;
      /** The value of `up_to` in the response to the dry run, which excludes events that arrived later. */
      readonly up_to?: number;
    }
);

/** Response to `POST /console/api/send-again`. A delivery is one event to one Zap. */
export interface SendAgainResponse {
  /**
   * Number of events with deliveries that are sent again (or would be, in a dry run), and number of these deliveries.
   */
  readonly events: number;
  readonly deliveries: number;
  /** Number of selected deliveries that are already waiting. */
  readonly waiting: number;
  /** The value of `after` for the next request; null if all events have been considered. */
  readonly next: number | null;
  /** Number of the newest event that this request and its continuations consider; 0 if there is none. */
  readonly up_to: number;
  /** Maximum number of deliveries that are sent again at a time. */
  readonly limit: number;
}

/** Body of `POST /console/api/retry`: the id of a Zap; default: all Zaps of the channel. */
export type RetryRequest = Pick<EventConditions, 'zap'>;

/** Response to `POST /console/api/retry`: the number of Zaps whose back-off has ended. */
export interface RetryResponse {
  readonly zaps: number;
}
