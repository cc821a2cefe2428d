/**
 * Calls to the relay. It is reached with a token that is derived from the connection's key; the key itself never goes
 * there. A relay that doesn't answer stops a Zap from being turned on, and nothing else.
 */

import type { Bundle, HttpResponse, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from '../connection.ts';
import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject } from '../../wire/json.ts';
import { deriveChannel, deriveToken } from '../../wire/capability.ts';

const TIMEOUT_MS = 10_000;
/** Where nobody should wait for it. */
const SHORT_TIMEOUT_MS = 2_000;

const advice = (z: ZObject, sentence: string, status?: number): Error =>
  new z.errors.Error(sentence, 'RelayError', status);

/** A connection's way into a relay. */
export class Relay {
  readonly #z: ZObject;
  readonly #origin: string;
  readonly #token: string;
  /** The URL to paste into TutorCruncher. */
  readonly webhookUrl: string;

  /** @throws {Error} with a sentence for the Zap's owner, when the connection's key is too short to be safe with it */
  constructor(z: ZObject, bundle: Bundle, origin: string) {
    this.#z = z;
    this.#origin = origin;
    try {
      this.#token = deriveToken(privateKeyOf(bundle), origin);
    } catch {
      throw advice(
        z,
        'The private key of this connection is too short to be one of TutorCruncher. Reconnect TutorCruncher and paste ' +
          'the whole private key of the integration.',
      );
    }
    this.webhookUrl = `${origin}/hooks/${deriveChannel(this.#token)}`;
  }

  async #request(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    { body, timeout = TIMEOUT_MS }: { readonly body?: object; readonly timeout?: number } = {},
  ): Promise<HttpResponse<unknown>> {
    const options = {
      url: `${this.#origin}${path}`,
      method,
      headers: { Authorization: `Bearer ${this.#token}` },
      ...(body && { body }),
      timeout,
      redirect: 'manual' as const,
      skipThrowForStatus: true,
    };
    const start = Date.now();
    for (let isAgain = false; ; isAgain = true) {
      try {
        return await this.#z.request<unknown>(options);
      } catch (error) {
        if (error instanceof this.#z.errors.ThrottledError) throw error;
        // A connection that was kept open may have been closed at the other end; each of these requests may be repeated.
        if (!isAgain && Date.now() - start < timeout / 2) continue;
        throw advice(
          this.#z,
          'The relay between TutorCruncher and Zapier does not answer. Try again in a few minutes.',
        );
      }
    }
  }

  #refusal(status: number): Error {
    const sentences: Record<number, string> = {
      400: 'The relay does not take the URL of this Zap. The one who runs the relay can tell why.',
      403: 'The relay has no place left for this connection or this Zap. Ask the one who runs it.',
    };
    const sentence =
      sentences[status] ?? `The relay has a problem (HTTP status ${status}). Try again in a few minutes.`;
    return advice(this.#z, sentence, status);
  }

  /** Registers the connection's channel, so that events are kept from now on. */
  async register(timeout = TIMEOUT_MS): Promise<void> {
    const { status } = await this.#request('PUT', '/channel', { timeout });
    if (status !== 200) throw this.#refusal(status);
  }

  /** Registers, if the relay answers quickly. Whether it does is of no consequence here. */
  async tryToRegister(): Promise<void> {
    try {
      await this.register(SHORT_TIMEOUT_MS);
    } catch {
      // Turning a Zap on registers again, and says what is wrong.
    }
  }

  /**
   * Subscribes a Zap.
   *
   * @returns the subscription's id
   */
  async subscribe(targetUrl: string, filter: ActionFilter): Promise<string> {
    await this.register();
    const { status, data } = await this.#request('POST', '/channel/subscriptions', {
      body: { target_url: targetUrl, ...filter },
    });
    const { id } = isJsonObject(data) ? data : {};
    if (status !== 200 || typeof id !== 'string') throw this.#refusal(status);
    return id;
  }

  /** Ends a subscription; one that is gone already is as good. */
  async unsubscribe(id: string): Promise<void> {
    const { status } = await this.#request('DELETE', `/channel/subscriptions/${encodeURIComponent(id)}`);
    if (status !== 204 && status !== 404) throw this.#refusal(status);
  }

  /** How the connection's channel is, in words for the Zap's owner. */
  async stateInWords(now = Date.now()): Promise<string> {
    try {
      const { status, data } = await this.#request('GET', '/channel', { timeout: SHORT_TIMEOUT_MS });
      if (status === 404) return 'no webhook received yet';
      if (status !== 200 || !isJsonObject(data)) return "the relay doesn't answer";
      const last = typeof data.last_event_at === 'string' ? Date.parse(data.last_event_at) : NaN;
      return Number.isNaN(last) ? 'no webhook received yet' : `last event ${ago(now - last)}`;
    } catch {
      return "the relay doesn't answer";
    }
  }

  /**
   * The latest deliveries that the relay keeps, the newest first, not verified yet.
   *
   * @param action - of events with this action; null for any
   */
  async latest(action: string | null): Promise<{ body: string; signature: string }[]> {
    const query = action === null ? 'limit=25' : `limit=3&action=${encodeURIComponent(action)}`;
    const { data } = await this.#request('GET', `/channel/events?${query}`, { timeout: SHORT_TIMEOUT_MS });
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

function ago(milliseconds: number): string {
  const units: [name: string, length: number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ];
  for (const [name, length] of units) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'less than a minute ago';
}
