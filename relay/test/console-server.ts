/** A test server with a link to the console, and a stand-in for the dispatcher that settles deliveries by hand. */

import { hashOfAccessToken } from '../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  OUTCOMES,
  type EventListResponse,
  type ListedEvent,
  type Outcome,
  type OverviewResponse,
} from '../../wire/console-api.ts';
import { LINKS_PATH } from '../../wire/link-api.ts';
import { bodyOf, CHANNEL } from '../harness/sample-delivery.ts';
import type { ServerOptions } from '../http/server-options.ts';
import type { ClaimedChannel } from '../store/claims.ts';
import type { SendResult, SubscriptionProgress, WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { delivery } from './new-delivery.ts';
import { failureOf, PROCESS, progressOf, resultOf } from './store-contract/context.ts';
import {
  claimChannel,
  MIB,
  startTestServer,
  TARGET_URL,
  type JsonResponse,
  type OpenStore,
  type TestServer,
} from './test-server.ts';

/** The server of a test file, and a function that starts more servers with the same kind of store. */
export interface ConsoleServers {
  readonly bed: () => ConsoleServer;
  readonly start: (options?: Partial<ServerOptions>) => Promise<ConsoleServer>;
}

export const ACCESS_TOKEN = 'a'.repeat(43);
/** Maximum number of events that wait for a Zap in a test. */
const MAX_WAITING = 1_000;

/** A server whose only channel has a link. */
export class ConsoleServer {
  readonly server: TestServer;
  #claim: ClaimedChannel | null = null;

  private constructor(server: TestServer) {
    this.server = server;
  }

  /**
   * Starts a server that does not cache the overview.
   *
   * @param open - opens a new, empty store
   */
  static async start(options: Partial<ServerOptions>, open: OpenStore): Promise<ConsoleServer> {
    const openLarge: OpenStore = (storeOptions) => open({ ...storeOptions, maxChannelBytes: 4 * MIB });
    return new ConsoleServer(await startTestServer({ maxOverviewAgeMs: 0, ...options }, openLarge));
  }

  /** Replaces the channel with a new one that has a link. */
  async reset(): Promise<void> {
    this.#claim = null;
    await this.server.reset();
    await this.server.register();
    await this.link(ACCESS_TOKEN);
  }

  link(accessToken: string): Promise<JsonResponse> {
    const body = { access_token_hash: hashOfAccessToken(accessToken), keys: [], verdict: null };
    return this.server.api('POST', LINKS_PATH, body);
  }

  get(path: string, token: string | null = ACCESS_TOKEN): Promise<JsonResponse> {
    return this.server.api('GET', path, undefined, token);
  }

  post(path: string, body: object, token: string | null = ACCESS_TOKEN): Promise<JsonResponse> {
    return this.server.api('POST', path, body, token);
  }

  /** Returns a page of the list. */
  async list(query = ''): Promise<EventListResponse> {
    const { status, json } = await this.get(`${CONSOLE_EVENTS_PATH}${query}`);
    if (status !== 200) throw new Error(`The list cannot be read: ${status} ${JSON.stringify(json)}`);
    return json as unknown as EventListResponse;
  }

  /** Sends a webhook with an event. Returns its number. */
  async event(action = 'A'): Promise<number> {
    await this.server.post(bodyOf(action));
    const [newest] = (await this.list('?limit=1')).events;
    if (!newest) throw new Error('The event is not stored.');
    return newest.number;
  }

  /** Stores events, numbered in order, without webhooks. */
  async ingest(action: string, count: number, bodyOf = () => Buffer.alloc(1)): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => ({
      ...delivery(action, { body: bodyOf() }),
      digest: Buffer.from(`${index}`),
    }));
    for (let start = 0; start < count; start += 250) await this.server.store.ingest(events.slice(start, start + 250));
  }

  /** Returns the sums of the hours in the overview. */
  async outcomeCounts(): Promise<Readonly<Record<Outcome, number>>> {
    const { hours } = (await this.get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
    const counts = { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
    for (const hour of hours) for (const outcome of OUTCOMES) counts[outcome] += hour[outcome];
    return counts;
  }

  /** Turns on a Zap. Returns the id of its subscription. */
  zap(changes: object = { actions: ['A'] }, path = ''): Promise<string> {
    return this.server.subscribe({ target_url: `${TARGET_URL}${path}`, ...changes });
  }

  /**
   * Delivers the events that wait for a Zap, up to a number, except events that become dead letters.
   *
   * @param progress - changes to the state of the Zap's subscription
   */
  async pass(
    zap: string,
    upTo: number,
    dead: readonly number[] = [],
    progress: Partial<SubscriptionProgress> = {},
  ): Promise<void> {
    const subscription = await this.#subscription(zap);
    const waiting = await this.#waiting(subscription);
    const settled = waiting.filter(({ number }) => number <= upTo);
    const sends = settled.map(({ seq, number, isSentAgain }) => {
      const changes = dead.includes(number) ? ({ state: 'dead', failure: 'HTTP 500' } as const) : {};
      return resultOf(subscription, seq, { ...changes, endedAt: Date.now(), isSentAgain });
    });
    await this.#save(sends, [progressOf(subscription, progress)]);
  }

  /** Records a failed attempt of an event that waits for a Zap. */
  async fail(zap: string, number: number, failure = 'HTTP 500', response = Buffer.from('!')): Promise<void> {
    const subscription = await this.#subscription(zap);
    const waiting = await this.#waiting(subscription);
    const seq = waiting.find((send) => send.number === number)?.seq ?? 0;
    await this.#save([failureOf(subscription, seq, { failure, response, endedAt: Date.now(), durationMs: 5 })], []);
  }

  /** Returns the events that are being sent to a Zap again. */
  async redriven(zap: string): Promise<WaitingSend[]> {
    return this.server.store.redriven((await this.#subscription(zap)).key, MAX_WAITING);
  }

  async #waiting({ key }: Subscription): Promise<WaitingSend[]> {
    const { store } = this.server;
    return [...(await store.pending(key, 0, MAX_WAITING)), ...(await store.redriven(key, MAX_WAITING))];
  }

  async #subscription(zap: string): Promise<Subscription> {
    const subscription = await this.server.store.subscription(CHANNEL, zap);
    if (!subscription) throw new Error('The Zap does not exist.');
    return subscription;
  }

  async #save(sends: readonly SendResult[], progress: readonly SubscriptionProgress[]): Promise<void> {
    this.#claim ??= await claimChannel(this.server.store);
    const { key: channel, claim } = this.#claim;
    const lost = await this.server.store.saveResults(PROCESS, [{ channel, claim, sends, progress }]);
    if (lost.length > 0) throw new Error('The claim is lost.');
  }
}

/** Returns the numbers of events. */
export const numbersOf = (events: readonly ListedEvent[]): number[] => events.map(({ number }) => number);
