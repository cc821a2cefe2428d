/**
 * Client for the relay. The client authenticates with a token that is derived from the connection's private key, and
 * never sends the key itself. Users see an error about a failure of the relay only when they turn a Zap on or off.
 */

import type { Bundle, HttpResponse, ZObject } from 'zapier-platform-core';

import type { ActionFilter } from '../../wire/action-filter.ts';
import {
  deriveChannel,
  deriveNoticeKey,
  deriveSubscriptionSecret,
  deriveToken,
  hashOfSecret,
} from '../../wire/capability.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import {
  DATA_KEYS_PATH,
  LINKS_PATH,
  SIGNATURES_PATH,
  type LinkRequest,
  type SignaturesRequest,
} from '../../wire/link-api.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import {
  CHANNEL_PATH,
  EVENTS_PATH,
  isRegistrationSecret,
  REGISTRATION_SECRET_HEADER,
  RELAY_ORIGIN_HEADER,
  SUBSCRIPTIONS_PATH,
  type ChannelRequest,
  type SubscriptionRequest,
} from '../../wire/relay-api.ts';
import { sealKeyFingerprint, sealKeyText } from '../../wire/sealing/seal-key.ts';
import { privateKeyOf, privateKeyProblem } from '../api/private-key.ts';
import { scrubErrors } from '../api/secrets.ts';
import { KEY_TOO_SHORT } from './refusal-messages.ts';
import { builtForAnother, CONNECTION_REFUSED, sealedForAnother } from './relay-advice.ts';
import { openedDeliveries, openerFor, type StoredDelivery } from './sealed-deliveries.ts';

const TIMEOUT_MS = 10_000;

/** A request to the relay's API. */
interface RelayRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** The bearer token: the channel's token or a subscription's secret. */
  readonly bearer: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Timeout in milliseconds; default: 10 s. */
  readonly timeout?: number;
  readonly secrets?: readonly string[];
}

/** Returns an error with a message for the owner of a Zap. */
const relayError = (z: ZObject, message: string, status?: number): Error =>
  new z.errors.Error(message, 'RelayError', status);

/** Returns the error for a response of the relay that reports a failure, such as the rejection of a Zap's URL. */
function refusal(z: ZObject, status: number): Error {
  const messages: Record<number, string> = {
    400: "The relay rejected this Zap's URL. Tell the person who gave you this app.",
    403:
      'The relay accepts no more Zaps for this connection. Turn off Zaps that you no longer need, or ask the person who ' +
      'gave you this app.',
  };
  const message =
    messages[status] ??
    `The relay responded with an error (HTTP status ${status}). Try again in a few minutes. If this persists, tell the person who gave you this app.`;
  return relayError(z, message, status);
}

/** Sends a request and returns the response, regardless of its status. @throws {Error} if the relay does not respond */
async function requestRelay(
  z: ZObject,
  origin: string,
  { method, path, bearer, headers, body, timeout = TIMEOUT_MS, secrets = [] }: RelayRequest,
): Promise<HttpResponse<unknown>> {
  const options = {
    url: `${origin}${path}`,
    method,
    headers: { ...headers, Authorization: `Bearer ${bearer}` },
    ...(body && { body }),
    timeout,
    redirect: 'manual' as const,
    skipThrowForStatus: true,
  };
  const start = Date.now();
  for (let isRetry = false; ; isRetry = true) {
    try {
      return await scrubErrors([bearer, ...secrets], () => z.request<unknown>(options));
    } catch (error) {
      if (error instanceof z.errors.ThrottledError) throw error;
      // The cause can be a keep-alive connection that the server has closed. Retrying is safe, because all requests to
      // the relay are idempotent.
      if (!isRetry && Date.now() - start < timeout / 2) continue;
      throw relayError(
        z,
        'The relay between TutorCruncher and Zapier does not respond. Try again in a few minutes. If this persists, ' +
          'ask the person who gave you this app.',
      );
    }
  }
}

/** Timeout for best-effort requests that must not hold up the user, in milliseconds. */
const SHORT_TIMEOUT_MS = 2_000;

/**
 * The state of a channel, or the reason why the state is missing. An `unusable` channel works only after the advice has
 * been followed.
 */
type ChannelAnswer =
  | { readonly kind: 'state'; readonly state: JsonObject; readonly webhookUrl: string }
  | { readonly kind: 'unregistered' | 'refused' | 'unavailable' }
  | { readonly kind: 'unusable'; readonly advice: string };

/** A Zap's subscription. Zapier keeps the subscription until the Zap is turned off. */
export interface RelaySubscription {
  readonly id: string;
  /** Secret for ending the subscription, which works even after the connection's key has changed. */
  readonly secret: string;
}

/**
 * Returns the app's secret for registering channels. The app's developer can change this secret in Zapier without a new
 * build.
 */
const registrationSecret = (): string | null => process.env.RELAY_REGISTRATION_SECRET?.trim() || null;

const hasFingerprintOf = (sealKey: Uint8Array, data: unknown): boolean =>
  isJsonObject(data) && data.seal_key_fingerprint === sealKeyFingerprint(sealKey);

/** Client for the channel of one connection. */
export class RelayClient {
  readonly #z: ZObject;
  readonly origin: string;
  readonly #privateKey: string;
  readonly #token: string;
  readonly #registrationSecret = registrationSecret();
  readonly #secrets: readonly string[];
  readonly channel: string;

  /** @throws {Error} with a message for the Zap's owner if the connection's key cannot be a private key */
  constructor(z: ZObject, bundle: Bundle, origin: string) {
    const privateKey = privateKeyOf(bundle);
    const problem = privateKeyProblem(privateKey);
    if (problem !== null) throw relayError(z, problem);
    this.#z = z;
    this.origin = origin;
    this.#privateKey = privateKey;
    try {
      this.#token = deriveToken(privateKey, origin);
    } catch {
      throw relayError(z, KEY_TOO_SHORT);
    }
    this.#secrets = [privateKey, this.#token, this.#registrationSecret ?? ''];
    this.channel = deriveChannel(this.#token);
  }

  #request(request: Omit<RelayRequest, 'bearer' | 'secrets'>): Promise<HttpResponse<unknown>> {
    const headers = { ...request.headers, [RELAY_ORIGIN_HEADER]: this.origin };
    return requestRelay(this.#z, this.origin, { ...request, headers, bearer: this.#token, secrets: this.#secrets });
  }

  async #sealKey(): Promise<Uint8Array> {
    return (await openerFor(this.#privateKey, this.origin).sealKeyPair()).publicKey;
  }

  /**
   * Registers the connection's channel, so that the relay stores the channel's events from then on.
   *
   * @param timeout - timeout in milliseconds; default: a short timeout, because a user waits for the response
   * @throws {Error} if the registration secret is malformed, if the relay refuses the registration or does not respond
   *   in time, or if the channel's events are sealed for another key
   */
  async register(timeout = SHORT_TIMEOUT_MS): Promise<void> {
    const secret = this.#registrationSecret;
    // Node.js's error for a malformed header would quote the secret.
    if (secret !== null && !isRegistrationSecret(secret)) {
      throw relayError(
        this.#z,
        "This app has a malformed registration secret for the relay. Ask the app's developer to correct " +
          'RELAY_REGISTRATION_SECRET.',
      );
    }
    const headers: Record<string, string> = secret === null ? {} : { [REGISTRATION_SECRET_HEADER]: secret };
    const sealKey = await this.#sealKey();
    const body: ChannelRequest = { seal_key: sealKeyText(sealKey) };
    const { status, data } = await this.#request({ method: 'PUT', path: CHANNEL_PATH, headers, body, timeout });
    if (status === 403) throw relayError(this.#z, CONNECTION_REFUSED, status);
    // Status 409 has two possible causes. The state of the channel shows the cause.
    const answer = status === 409 ? await this.state() : null;
    if (answer?.kind === 'unusable') throw relayError(this.#z, answer.advice, status);
    if (status !== 200) throw refusal(this.#z, status);
    if (!hasFingerprintOf(sealKey, data)) throw relayError(this.#z, sealedForAnother(this.channel));
  }

  /**
   * Registers the connection's channel, and subscribes the URL of a Zap. If the Zap receives notices, also registers
   * the notice key, so that the relay can sign the notices.
   *
   * @throws {Error} if the registration fails, or if the relay refuses the subscription or does not respond in time
   */
  async subscribe(
    targetUrl: string,
    filter: ActionFilter,
    description: ZapDescription,
    receivesNotices = false,
  ): Promise<RelaySubscription> {
    await this.register(TIMEOUT_MS);
    const secret = deriveSubscriptionSecret(this.#token, targetUrl);
    const secret_hash = hashOfSecret(secret);
    const key = receivesNotices ? { notice_key: deriveNoticeKey(this.#privateKey, this.origin) } : {};
    const body: SubscriptionRequest = { target_url: targetUrl, secret_hash, description, ...key, ...filter };
    const { status, data } = await this.#request({ method: 'POST', path: SUBSCRIPTIONS_PATH, body });
    const { id } = isJsonObject(data) ? data : {};
    if (status !== 200 || typeof id !== 'string') throw refusal(this.#z, status);
    return { id, secret };
  }

  /** Fetches the state of the connection's channel. Never throws. */
  async state(): Promise<ChannelAnswer> {
    try {
      const { status, data } = await this.#request({ method: 'GET', path: CHANNEL_PATH, timeout: SHORT_TIMEOUT_MS });
      if (status === 404) return { kind: 'unregistered' };
      if (status === 403) return { kind: 'refused' };
      if (status === 409) return { kind: 'unusable', advice: builtForAnother(this.origin) };
      if (status !== 200 || !isJsonObject(data) || typeof data.seal_key_fingerprint !== 'string') {
        return { kind: 'unavailable' };
      }
      if (!hasFingerprintOf(await this.#sealKey(), data)) {
        return { kind: 'unusable', advice: sealedForAnother(this.channel) };
      }
      const { webhook_url: webhookUrl } = data;
      return typeof webhookUrl === 'string' ? { kind: 'state', state: data, webhookUrl } : { kind: 'unavailable' };
    } catch {
      return { kind: 'unavailable' };
    }
  }

  /**
   * Fetches the newest deliveries.
   *
   * @param filter - `action`: fetches only deliveries with an event of this action; `alone`: omits the earlier
   *   deliveries that accompany each delivery
   * @throws {Error} if the relay does not respond in time
   */
  async latestDeliveries(limit: number, filter: { action?: string; alone?: string } = {}): Promise<StoredDelivery[]> {
    const end = Date.now() + SHORT_TIMEOUT_MS;
    let events: unknown[] = [];
    // In each request, the relay searches only a limited number of events. The next request continues the search.
    for (let before: unknown; ;) {
      const query = new URLSearchParams({ limit: String(limit), ...filter });
      if (typeof before === 'number') query.set('before', String(before));
      const path = `${EVENTS_PATH}?${query.toString()}`;
      const { data } = await this.#request({ method: 'GET', path, timeout: SHORT_TIMEOUT_MS });
      if (!isJsonObject(data)) break;
      if (Array.isArray(data.events)) events = data.events as unknown[];
      before = data.next;
      if (events.length > 0 || typeof before !== 'number' || Date.now() > end) break;
    }
    return openedDeliveries(openerFor(this.#privateKey, this.origin), events);
  }

  /** Fetches the wrapped data keys of stored deliveries. @throws {Error} if the relay fails or is too slow */
  async wrappedDataKeys(): Promise<unknown[]> {
    const { status, data } = await this.#request({ method: 'GET', path: DATA_KEYS_PATH, timeout: SHORT_TIMEOUT_MS });
    if (status !== 200 || !isJsonObject(data) || !Array.isArray(data.keys)) throw refusal(this.#z, status);
    const keys: unknown[] = data.keys;
    return keys;
  }

  /** Reports the results of checking the newest signatures. @throws {Error} if the relay does not respond in time */
  async reportSignatures(body: SignaturesRequest): Promise<void> {
    await this.#request({ method: 'POST', path: SIGNATURES_PATH, body, timeout: SHORT_TIMEOUT_MS });
  }

  /** Stores a link to the console at the relay. @throws {Error} if the relay rejects the link or is too slow */
  async addLink(body: LinkRequest): Promise<void> {
    const { status } = await this.#request({ method: 'POST', path: LINKS_PATH, body, timeout: SHORT_TIMEOUT_MS });
    if (status !== 201) throw refusal(this.#z, status);
  }
}

/**
 * Ends a subscription unless the subscription has already ended. The private key is not used, because the key can have
 * changed since the subscription was created.
 */
export async function endSubscription(z: ZObject, origin: string, { id, secret }: RelaySubscription): Promise<void> {
  const path = `${SUBSCRIPTIONS_PATH}/${encodeURIComponent(id)}`;
  const { status } = await requestRelay(z, origin, { method: 'DELETE', path, bearer: secret });
  if (![204, 403, 404].includes(status)) throw refusal(z, status);
}
