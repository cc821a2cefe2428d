/** A channel of a bed, with the requests that its connector and TutorCruncher send. */

import { randomBytes } from 'node:crypto';

import { request, type Dispatcher } from 'undici';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import {
  CHANNEL_PATH,
  HOOKS_PATH,
  REGISTRATION_SECRET_HEADER,
  SUBSCRIPTIONS_PATH,
  type ChannelRequest,
  type ChannelStateResponse,
} from '../../../wire/relay-api.ts';
import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import { sealKeyText } from '../../../wire/sealing/seal-key.ts';
import { SIGNATURE_HEADER } from '../../../wire/signature.ts';
import { bodyOf, ORIGIN, REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';

/** The relay checks only the format of a signature. */
const SIGNATURE = 'a'.repeat(64);

/** A response; status 0 if there was none. */
export interface TimedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly milliseconds: number;
}

export interface BedChannelOptions {
  /** Origin of the relay to which requests are sent. */
  readonly origin: () => string;
  readonly targetOrigin: string;
  readonly dispatcher: Dispatcher;
  /** Client address that a proxy would report for the API requests. */
  readonly address: string;
}

export class BedChannel {
  readonly #options: BedChannelOptions;
  readonly #privateKey = randomBytes(32).toString('base64url');
  readonly token = deriveToken(this.#privateKey, ORIGIN);
  /** The channel, which is part of the webhook URL. */
  readonly id = deriveChannel(this.token);
  /** Opener of the deliveries to the channel. */
  readonly opener = new EnvelopeOpener(this.#privateKey, ORIGIN);

  constructor(options: BedChannelOptions) {
    this.#options = options;
  }

  /** Client address of the API requests. */
  get address(): string {
    return this.#options.address;
  }

  /** Path of the webhook URL. */
  get hookPath(): string {
    return `${HOOKS_PATH}/${this.id}`;
  }

  /** URL and headers of a webhook. */
  get webhook(): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
    return {
      url: `${this.#options.origin()}${this.hookPath}`,
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER.toLowerCase()]: SIGNATURE },
    };
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: Buffer | string,
  ): Promise<TimedResponse> {
    const { origin, dispatcher } = this.#options;
    const start = performance.now();
    const milliseconds = () => performance.now() - start;
    try {
      const response = await request(`${origin()}${path}`, {
        dispatcher,
        method,
        headers,
        ...(body !== undefined && { body }),
      });
      const text = await response.body.text();
      return { status: response.statusCode, headers: response.headers, text, milliseconds: milliseconds() };
    } catch {
      return { status: 0, headers: {}, text: '', milliseconds: milliseconds() };
    }
  }

  /** Returns the public seal key. */
  async sealKey(): Promise<Buffer> {
    return Buffer.from((await this.opener.sealKeyPair()).publicKey);
  }

  /**
   * Calls the relay's API with the token of the channel.
   *
   * @param given - the body; default: the seal key for `PUT /channel`, or none
   * @param secret - the registration secret; null sends none
   */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    given?: object,
    secret: string | null = REGISTRATION_SECRET,
  ): Promise<TimedResponse> {
    const isRegistration = method === 'PUT' && path === CHANNEL_PATH;
    const registration = isRegistration
      ? ({ seal_key: sealKeyText(await this.sealKey()) } satisfies ChannelRequest)
      : undefined;
    const body = given ?? registration;
    const headers = {
      authorization: `Bearer ${this.token}`,
      'x-forwarded-for': this.#options.address,
      ...(body && { 'content-type': 'application/json' }),
      ...(method === 'PUT' && secret !== null && { [REGISTRATION_SECRET_HEADER]: secret }),
    };
    return this.#send(method, path, headers, body && JSON.stringify(body));
  }

  async #succeed(...[method, path, body]: Parameters<BedChannel['call']>): Promise<string> {
    const { status, text } = await this.call(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path} returned ${status}: ${text}`);
    return text;
  }

  /** Registers the channel. @throws {Error} if the relay refuses the request */
  async register(): Promise<this> {
    await this.#succeed('PUT', CHANNEL_PATH);
    return this;
  }

  /**
   * Subscribes a path of the target server to the channel. Returns the id of the subscription.
   *
   * @throws {Error} if the relay refuses the request
   */
  subscribe(path: string, filter?: ActionFilter): Promise<string> {
    return this.subscribeUrl(`${this.#options.targetOrigin}${path}`, filter);
  }

  /** Subscribes a URL. Returns the id of the subscription. @throws {Error} if the relay refuses the request */
  async subscribeUrl(url: string, filter: ActionFilter = { actions: ['A'] }): Promise<string> {
    const text = await this.#succeed('POST', SUBSCRIPTIONS_PATH, { target_url: url, ...filter });
    return (JSON.parse(text) as { readonly id: string }).id;
  }

  /** Returns the state of the channel. @throws {Error} if the relay refuses the request */
  async state(): Promise<ChannelStateResponse> {
    return JSON.parse(await this.#succeed('GET', CHANNEL_PATH)) as ChannelStateResponse;
  }

  /** Sends a webhook. */
  post(body: Buffer | string, headers: Readonly<Record<string, string>> = {}): Promise<TimedResponse> {
    return this.#send('POST', this.hookPath, { ...this.webhook.headers, ...headers }, body);
  }

  /**
   * Sends a webhook with one event.
   *
   * @param id - id of the event; default: a random one
   * @throws {Error} if the relay does not acknowledge it
   */
  async event(action = 'A', id?: string): Promise<TimedResponse> {
    const response = await this.post(bodyOf(action, id));
    if (response.status !== 202)
      throw new Error(`A webhook received the response ${response.status}: ${response.text}`);
    return response;
  }
}

/** Returns the request line and the headers of a webhook, without the headers about its body. */
export const webhookHead = ({ hookPath }: BedChannel): string =>
  [
    `POST ${hookPath} HTTP/1.1`,
    'Host: relay',
    'Content-Type: application/json',
    `${SIGNATURE_HEADER}: ${SIGNATURE}`,
  ].join('\r\n');

/** Returns the request line and the headers of an API request without a body. */
export const apiHead = ({ token }: BedChannel, path: string): string =>
  [`GET ${path} HTTP/1.1`, 'Host: relay', `Authorization: Bearer ${token}`].join('\r\n');
