/** The relay's API for one link, as a mock of `fetch`. The mock keeps sealed events in memory. */

import { jest } from '@jest/globals';

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  CONSOLE_RETRY_PATH,
  type ConsoleLinkResponse,
  type EventAtZapInDetail,
  type EventListResponse,
  type EventResponse,
  type ListedEvent,
  type OverviewResponse,
} from '../../wire/console-api.ts';
import { createLinkSecret, deriveLink, wrapLinkKey } from '../../wire/console-link.ts';
import { sealedFields, type SealedFields } from '../../wire/sealing/format.ts';
import { sealDelivery, sealResponse } from '../../wire/sealing/seal.ts';

const CHANNEL = 'channel';
const KEY_ID = '00000000-0000-4000-8000-0000000000d0';
const DATA_KEY = new Uint8Array(32).fill(7);

/** Returns a delivery id that ends with the number of the event. */
const deliveryId = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Returns a webhook's body with one event about a client. */
export const clientEvent = (lastName: string, timestamp = '2026-06-10T18:05:00Z'): object => ({
  events: [
    {
      action: 'EDITED_A_CLIENT',
      verb: 'Edited a Client',
      timestamp,
      subject: { model: 'Client', id: 5, first_name: 'Priya', last_name: lastName },
    },
  ],
});

export class FakeApi {
  /** The access token of the link. The page's requests contain this token. */
  accessToken = '';
  readonly #envelopes = new Map<number, SealedFields>();
  /** Promises that delay the next response to a request, by the path of the request. */
  readonly #gates = new Map<string, Promise<null>>();
  /** Responses that replace the default responses, by the path of the request. */
  readonly replaced = new Map<string, () => Response | Promise<Response>>();
  /** The requests that the page has sent. */
  readonly requests: {
    readonly path: string;
    readonly query: URLSearchParams;
    readonly signal?: AbortSignal | null;
  }[] = [];
  link: ConsoleLinkResponse = { channel: CHANNEL, expires_at: 9_000, keys: [], verdict: null, verdicts: [] };
  zaps: EventAtZapInDetail[] = [];
  /** Numbers of existing events that the list leaves out. */
  hidden = new Set<number>();

  readonly secret = createLinkSecret();
  wrappingKey: Uint8Array = new Uint8Array();

  static async create(): Promise<FakeApi> {
    const api = new FakeApi();
    jest.spyOn(globalThis, 'fetch').mockImplementation((url, options) => api.#answer(url, options));
    const { accessToken, wrappingKey } = await deriveLink(api.secret);
    api.wrappingKey = wrappingKey;
    api.accessToken = accessToken;
    const wrapped_key = await wrapLinkKey(api.wrappingKey, DATA_KEY, { channel: CHANNEL, keyId: KEY_ID });
    api.link = { ...api.link, keys: [{ key_id: KEY_ID, wrapped_key }] };
    return api;
  }

  /** Adds an event. @param keyId - the id of the data key; default: the key in the link */
  add(number: number, body: object, keyId = KEY_ID): SealedFields {
    const metadata = {
      channel: CHANNEL,
      id: deliveryId(number),
      keyId,
      receivedAt: 1_000 * number,
      actions: ['EDITED_A_CLIENT'],
      model: 'client',
      subjectId: '5',
      eventTime: 1_000 * number,
    };
    const content = { body: Buffer.from(JSON.stringify(body)), signature: '', contentType: 'application/json' };
    const sealed = sealDelivery(DATA_KEY, metadata, content).toString('base64');
    const envelope = sealedFields({ metadata, wrappedKey: '', sealed });
    this.#envelopes.set(number, envelope);
    return envelope;
  }

  /** Seals the response to an attempt to deliver an event. */
  sealedResponse = (number: number, text: string): string =>
    sealResponse(DATA_KEY, { channel: CHANNEL, id: deliveryId(number), keyId: KEY_ID }, text).toString('base64');

  /** Holds back the response to the next request for a path. Returns a function that releases the response. */
  holdBack(path: string): () => void {
    const { promise, resolve } = Promise.withResolvers<null>();
    this.#gates.set(path, promise);
    return () => {
      resolve(null);
    };
  }

  /** Returns the requests for a path. */
  requestsOf = (path: string) => this.requests.filter((request) => request.path === path);

  #listed(query: URLSearchParams): ListedEvent[] {
    const before = Number(query.get('before') ?? Infinity);
    const knownUpTo = Number(query.get('known_up_to') ?? 0);
    return [...this.#envelopes]
      .filter(([number]) => number < before && !this.hidden.has(number))
      .sort(([one], [other]) => other - one)
      .slice(0, 2)
      .map(([number, envelope]) => ({
        number,
        is_repeat: false,
        outcome: 'delivered',
        zaps: [],
        envelope: { ...envelope, sealed: number > knownUpTo ? envelope.sealed : null },
      }));
  }

  /** Adds the limits of the search to a page of events. */
  #searched({ events, next }: Pick<EventListResponse, 'events' | 'next'>): EventListResponse {
    return { events, next, newest: Math.max(0, ...this.#envelopes.keys()), searched_from: 1_000 * (next ?? 1) };
  }

  #event(number: number): EventResponse | null {
    const envelope = this.#envelopes.get(number);
    const previous = this.#envelopes.get(number - 1);
    if (!envelope) return null;
    return {
      number,
      outcome: 'delivered',
      zaps: this.zaps,
      envelope: { ...envelope, ...(previous && { previous }) },
    };
  }

  async #answer(url: Parameters<typeof fetch>[0], options: RequestInit | undefined): Promise<Response> {
    const { pathname: path, searchParams: query } = new URL(url, 'http://relay');
    // The session of an earlier test might still load events. Its requests get no response, and are not recorded.
    const isOwn = new Headers(options?.headers).get('authorization') === `Bearer ${this.accessToken}`;
    if (!isOwn) return new Promise(() => undefined);
    this.requests.push({ path, query, signal: options?.signal ?? null });
    const gate = this.#gates.get(path);
    this.#gates.delete(path);
    const response = await (this.replaced.get(path)?.() ?? this.#response(path, query, options));
    await gate;
    return response;
  }

  #response(path: string, query: URLSearchParams, options: RequestInit | undefined): Response {
    const overview: OverviewResponse = {
      now: 5_000,
      created_at: 0,
      webhook_url: '',
      last_webhook_at: null,
      silent_at: null,
      foreign_signature: null,
      zaps: [],
      ended_zaps: [],
      hours: [],
    };
    const events = this.#listed(query);
    const oldest = events.at(-1)?.number ?? 0;
    const hasMore = [...this.#envelopes.keys()].some((number) => number < oldest && !this.hidden.has(number));
    const [, number, part] = /^\/(\d+)(\/zaps)?$/.exec(path.slice(CONSOLE_EVENTS_PATH.length)) ?? [];
    const event = this.#event(Number(number));
    const bodies: Readonly<Record<string, object | null>> = {
      [CONSOLE_LINK_PATH]: this.link,
      [CONSOLE_OVERVIEW_PATH]: overview,
      [CONSOLE_EVENTS_PATH]: this.#searched({ events, next: hasMore ? oldest : null }),
      [CONSOLE_SEND_AGAIN_PATH]: options?.body ? { events: 1 } : null,
      [CONSOLE_RETRY_PATH]: options?.body ? { zaps: options.body === '{}' ? 2 : 1 } : null,
    };
    const body =
      bodies[path] ?? (event && part ? { number: event.number, outcome: event.outcome, zaps: event.zaps } : event);
    return Response.json(body, { status: body ? 200 : 404 });
  }
}
