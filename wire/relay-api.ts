/** The relay's HTTP interface: the paths and bodies that its routes serve and its clients use. */

import type { ActionFilter } from './action-filter.ts';
import type { SubscriptionFields, ZapDescription } from './console-api.ts';

/**
 * Prefix of the path of webhook URLs. A channel receives webhooks at `/hooks/<channel>/<random part>`, and at any path
 * below it.
 */
export const HOOKS_PATH = '/hooks';
/** Path for registering, inspecting and deleting the channel of the bearer token. */
export const CHANNEL_PATH = '/channel';
/**
 * Path of the channel's newest deliveries. The response is a JSON object whose list `events` contains the envelopes of
 * the deliveries, newest first. If the deliveries that one request searches contain no result, `next` is the value of
 * `before` for continuing the search.
 */
export const EVENTS_PATH = '/channel/events';

/**
 * Path for creating a subscription. `/<id>` below this path inspects or ends a subscription, and `/<id>/redrive` sends
 * its dead letters again. A subscription can be ended with its secret instead of the channel's token.
 */
export const SUBSCRIPTIONS_PATH = '/channel/subscriptions';

/** Header with the id of a delivery, which is the same for all attempts. */
export const DELIVERY_ID_HEADER = 'relay-delivery-id';

/** Header of `PUT /channel` that contains the registration secret, which the relay's operator shares with the app. */
export const REGISTRATION_SECRET_HEADER = 'relay-registration-secret';

/** Header with the origin of the relay that the app was built for. Any other relay refuses the app. */
export const RELAY_ORIGIN_HEADER = 'relay-origin';

/**
 * Returns true for a valid registration secret: at least 20 visible ASCII characters and no comma, because commas
 * separate the secrets in the relay's configuration.
 */
export const isRegistrationSecret = (text: string): boolean => /^[\x21-\x2b\x2d-\x7e]{20,}$/.test(text);

/** Body of `PUT /channel`. */
export interface ChannelRequest {
  /** The channel's public seal key (32 bytes as base64url). It stays the same until the channel is deleted. */
  readonly seal_key: string;
}

/** Fields of the responses to `PUT /channel` and `GET /channel` that identify the channel. */
export interface ChannelResponse {
  readonly channel: string;
  readonly seal_key_fingerprint: string;
  /** The channel's current webhook URL. The relay's operator can replace its random part. */
  readonly webhook_url: string;
}

/** Body of `POST /channel/subscriptions`. */
export type SubscriptionRequest = {
  readonly target_url: string;
  /**
   * Hash of the secret that ends the subscription. Without this hash, only the channel's token can end the
   * subscription.
   */
  readonly secret_hash?: string;
  readonly description?: ZapDescription;
  /** The notice key (43 characters) of a Zap that receives notices instead of webhooks. */
  readonly notice_key?: string;
} & ActionFilter;

/** Response to `POST /channel/subscriptions`. */
export type SubscriptionResponse = Pick<SubscriptionStateResponse, 'id'>;

/**
 * A subscription in the responses to `GET /channel` and `GET /channel/subscriptions/<id>`. Times are in ISO 8601
 * format.
 */
export type SubscriptionStateResponse = SubscriptionFields<string> & {
  readonly target_url: string;
  /** Age of the oldest waiting delivery, in seconds. */
  readonly lag_seconds: number;
};

/** A subscription that has ended because its Zap was turned off, or because its target responded with 410. */
export type GoneSubscription = Pick<SubscriptionStateResponse, 'id' | 'dead_letters'> &
  ActionFilter & { readonly ended_at: string };

/** The whole response to `GET /channel`. Times are in ISO 8601 format. */
export interface ChannelStateResponse extends ChannelResponse {
  readonly created_at: string;
  readonly last_event_at: string | null;
  /** The previous webhook URL; null if the URL was never replaced. */
  readonly old_webhook_url: {
    /** Time from which the relay refuses webhooks at the previous URL. */
    readonly works_until: string;
    readonly last_event_at: string | null;
  } | null;
  /** Numbers of deliveries with events and of deliveries without events in the last 24 hours. */
  readonly events_24h: number;
  readonly others_24h: number;
  /** Time at which the silence since `last_event_at` became unusually long; null if the silence is not unusual. */
  readonly silent_at: string | null;
  readonly stored_bytes: number;
  /** Age of the oldest delivery that is waiting for any subscription, in seconds. */
  readonly lag_seconds: number;
  readonly subscriptions: readonly SubscriptionStateResponse[];
  /** Ended subscriptions that have dead letters. */
  readonly gone_subscriptions: readonly GoneSubscription[];
}

/** Response to `POST /channel/subscriptions/<id>/redrive`: the number of dead letters to be sent again. */
export interface RedriveResponse {
  readonly redriven: number;
}

/** Error response, in RFC 9457 (problem details) format. */
export interface ProblemDocument {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}
