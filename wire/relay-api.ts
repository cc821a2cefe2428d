/** The relay's HTTP interface: the paths and bodies that its routes serve and its clients use. */

import type { ActionFilter } from './action-filter.ts';

/** Path below which a channel receives webhooks: `/hooks/<channel>`. */
export const HOOKS_PATH = '/hooks';

/** Register, inspect or delete the channel of the bearer token. */
export const CHANNEL_PATH = '/channel';

/** The channel's newest deliveries. */
export const EVENTS_PATH = '/channel/events';

/** Create a subscription; below it, `/<id>` inspects or ends one. */
export const SUBSCRIPTIONS_PATH = '/channel/subscriptions';

/** Header with the id of a delivery. All attempts of one delivery carry the same id. */
export const DELIVERY_ID_HEADER = 'relay-delivery-id';

/** Body of `POST /channel/subscriptions`. */
export type SubscriptionRequest = { readonly target_url: string } & ActionFilter;

/** Response to `POST /channel/subscriptions`. */
export interface SubscriptionResponse {
  readonly id: string;
}

/** The part of the response to `GET /channel` that the connector reads. Times are in ISO 8601 format. */
export interface ChannelResponse {
  readonly channel: string;
  readonly last_event_at: string | null;
}

/** A delivery in the response to `GET /channel/events`. */
export interface DeliveryResponse {
  readonly id: string;
  /** ISO 8601. */
  readonly received_at: string;
  /** TutorCruncher's signature of exactly the bytes in `body_base64`. */
  readonly signature: string;
  readonly body_base64: string;
}

/** Response to `GET /channel/events`, newest first. */
export interface EventsResponse {
  readonly events: readonly DeliveryResponse[];
}
