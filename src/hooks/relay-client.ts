/**
 * Client of the relay. It authenticates with a token derived from the connection's private key; the key itself is never
 * sent. Only turning a Zap on or off depends on the relay's response.
 */

import type { Bundle, HttpResponse, ZObject } from 'zapier-platform-core';

import type { ActionFilter } from '../../wire/action-filter.ts';
import { deriveChannel, deriveSubscriptionSecret, deriveToken, hashOfSecret } from '../../wire/capability.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import {
  CHANNEL_PATH,
  EVENTS_PATH,
  HOOKS_PATH,
  isRegistrationSecret,
  REGISTRATION_SECRET_HEADER,
  RELAY_ORIGIN_HEADER,
  SUBSCRIPTIONS_PATH,
  type SubscriptionRequest,
} from '../../wire/relay-api.ts';
import { privateKeyOf, privateKeyProblem } from '../private-key.ts';
import { KEY_TOO_SHORT } from './refusal-messages.ts';
import { registrationSecret } from './registration-secret.ts';
import { refusal, relayError, requestRelay, type RelayRequest } from './relay-request.ts';

/** Timeout for best-effort requests that must not hold up the user. */
const SHORT_TIMEOUT_MS = 2_000;

/** Deliveries to fetch when only the connector can tell which of them the filter keeps. */
const UNFILTERED_LIMIT = 25;
const FILTERED_LIMIT = 3;

const REGISTRATION_REFUSED =
  'The relay between TutorCruncher and Zapier does not accept this connection. Ask the person who gave you this ' +
  "integration: the relay's operator has to allow the connection, or the relay has no room for another one.";

/** Advice for a relay whose own origin differs from the origin that the app was built for. */
export const builtForAnother = (origin: string): string =>
  `This integration was built for the relay at ${origin}, but the relay that responds there has another address. Ask the ` +
  "person who gave you this integration: its developer has to build it for the relay's address, or the relay's operator " +
  'has to correct RELAY_ORIGIN.';

/**
 * The answer to a request for the state of a channel: the state, or the reason why there is none. `misdirected` means
 * that the app was built for another relay.
 */
export type ChannelAnswer =
  | { readonly kind: 'state'; readonly state: JsonObject }
  | { readonly kind: 'unregistered' | 'refused' | 'unavailable' }
  | { readonly kind: 'misdirected' };

/** A delivery that the relay stores, not yet verified. */
export interface StoredDelivery {
  readonly body: string;
  readonly signature: string;
}

/** A Zap's subscription. Zapier keeps it with the Zap until the Zap is turned off. */
export interface RelaySubscription {
  readonly id: string;
  /** Ends the subscription, whatever key the connection has by then. */
  readonly secret: string;
}

/**
 * Returns the header with the registration secret, if the app has a secret.
 *
 * @throws {Error} for a secret that cannot be right. The error about an illegal header would quote it.
 */
function registrationHeaders(z: ZObject, secret: string | null): Record<string, string> {
  if (secret === null) return {};
  if (isRegistrationSecret(secret)) return { [REGISTRATION_SECRET_HEADER]: secret };
  throw relayError(
    z,
    "This integration has a malformed registration secret for the relay. Ask the integration's developer to correct " +
      'RELAY_REGISTRATION_SECRET.',
  );
}

/** The client of one connection. */
export class RelayClient {
  readonly #z: ZObject;
  readonly #origin: string;
  readonly #token: string;
  readonly #registrationSecret = registrationSecret();
  readonly #secrets: readonly string[];
  /** The URL to paste into TutorCruncher. */
  readonly webhookUrl: string;

  /** @throws {Error} with a message for the Zap's owner if the connection's key cannot be a private key */
  constructor(z: ZObject, bundle: Bundle, origin: string) {
    const privateKey = privateKeyOf(bundle);
    const problem = privateKeyProblem(privateKey);
    if (problem !== null) throw relayError(z, problem);
    this.#z = z;
    this.#origin = origin;
    try {
      this.#token = deriveToken(privateKey, origin);
    } catch {
      throw relayError(z, KEY_TOO_SHORT);
    }
    this.#secrets = [privateKey, this.#token, this.#registrationSecret ?? ''];
    this.webhookUrl = `${origin}${HOOKS_PATH}/${deriveChannel(this.#token)}`;
  }

  #request(request: Omit<RelayRequest, 'bearer' | 'secrets'>): Promise<HttpResponse<unknown>> {
    const headers = { ...request.headers, [RELAY_ORIGIN_HEADER]: this.#origin };
    return requestRelay(this.#z, this.#origin, { ...request, headers, bearer: this.#token, secrets: this.#secrets });
  }

  async #register(timeout?: number): Promise<void> {
    const headers = registrationHeaders(this.#z, this.#registrationSecret);
    const { status } = await this.#request({ method: 'PUT', path: CHANNEL_PATH, headers, ...(timeout && { timeout }) });
    if (status === 403) throw relayError(this.#z, REGISTRATION_REFUSED, status);
    if (status === 409) throw relayError(this.#z, builtForAnother(this.#origin), status);
    if (status !== 200) throw refusal(this.#z, status);
  }

  /** Registers the connection's channel within a short timeout, so that the relay stores events from then on. */
  registerQuickly(): Promise<void> {
    return this.#register(SHORT_TIMEOUT_MS);
  }

  /**
   * Subscribes a Zap.
   *
   * @param targetUrl - the URL at which Zapier receives the Zap's deliveries
   */
  async subscribe(targetUrl: string, filter: ActionFilter): Promise<RelaySubscription> {
    await this.#register();
    const secret = deriveSubscriptionSecret(this.#token, targetUrl);
    const body: SubscriptionRequest = { target_url: targetUrl, secret_hash: hashOfSecret(secret), ...filter };
    const { status, data } = await this.#request({ method: 'POST', path: SUBSCRIPTIONS_PATH, body });
    const { id } = isJsonObject(data) ? data : {};
    if (status !== 200 || typeof id !== 'string') throw refusal(this.#z, status);
    return { id, secret };
  }

  /** Fetches the state of the connection's channel. Never throws. */
  async channel(): Promise<ChannelAnswer> {
    try {
      const { status, data } = await this.#request({ method: 'GET', path: CHANNEL_PATH, timeout: SHORT_TIMEOUT_MS });
      if (status === 404) return { kind: 'unregistered' };
      if (status === 403) return { kind: 'refused' };
      if (status === 409) return { kind: 'misdirected' };
      return status === 200 && isJsonObject(data) ? { kind: 'state', state: data } : { kind: 'unavailable' };
    } catch {
      return { kind: 'unavailable' };
    }
  }

  /**
   * Fetches the newest deliveries that the relay stores, newest first.
   *
   * @param action - only deliveries with an event of this action; null for all
   * @param limit - the maximum number of deliveries
   */
  async latestDeliveries(
    action: string | null,
    limit = action === null ? UNFILTERED_LIMIT : FILTERED_LIMIT,
  ): Promise<StoredDelivery[]> {
    const query = `limit=${limit}${action === null ? '' : `&action=${encodeURIComponent(action)}`}`;
    const { data } = await this.#request({ method: 'GET', path: `${EVENTS_PATH}?${query}`, timeout: SHORT_TIMEOUT_MS });
    const events: unknown[] = isJsonObject(data) && Array.isArray(data.events) ? data.events : [];
    return events
      .filter(isJsonObject)
      .flatMap(({ body_base64: body, signature }) =>
        typeof body === 'string' && typeof signature === 'string'
          ? [{ body: Buffer.from(body, 'base64').toString('utf8'), signature }]
          : [],
      );
  }
}

/**
 * Ends a subscription. Needs no private key, because the connection may have been given another one since. Succeeds if
 * the subscription has already ended.
 */
export async function endSubscription(z: ZObject, origin: string, { id, secret }: RelaySubscription): Promise<void> {
  const path = `${SUBSCRIPTIONS_PATH}/${encodeURIComponent(id)}`;
  const { status } = await requestRelay(z, origin, { method: 'DELETE', path, bearer: secret });
  if (![204, 403, 404].includes(status)) throw refusal(z, status);
}
