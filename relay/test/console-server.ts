/** A test server with a link to the console, and a stand-in for the dispatcher that settles deliveries by hand. */

import { hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_EVENTS_PATH, LINKS_PATH, type EventListResponse, type ListedEvent } from '../../wire/console-api.ts';
import { HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL } from '../harness/sample-delivery.ts';
import type { ServerOptions } from '../http/server.ts';
import type { Lease } from '../store/lease.ts';
import { HOLDER, letterOf, progressOf } from './store-contract/context.ts';
import { startTestServer, TARGET_URL, type JsonResponse, type OpenStore, type TestServer } from './test-server.ts';

/** The server of a test file, and a function that starts more servers with the same kind of store. */
export interface ConsoleServers {
  readonly bed: () => ConsoleServer;
  readonly start: (options?: Partial<ServerOptions>) => Promise<ConsoleServer>;
}

export const ACCESS_TOKEN = 'a'.repeat(43);

/** A server whose only channel has a link. */
export class ConsoleServer {
  readonly server: TestServer;
  #lease: Lease | null = null;

  private constructor(server: TestServer) {
    this.server = server;
  }

  /**
   * Starts a server that does not cache the overview.
   *
   * @param open - opens a new, empty store; default: SQLite in memory
   */
  static async start(options: Partial<ServerOptions> = {}, open?: OpenStore): Promise<ConsoleServer> {
    return new ConsoleServer(await startTestServer({ maxOverviewAgeMs: 0, ...options }, open));
  }

  /** Replaces the channel with a new one that has a link. */
  async reset(): Promise<void> {
    this.#lease = null;
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

  /** Turns on a Zap. Returns the id of its subscription. */
  zap(changes: object = { actions: ['A'] }, path = ''): Promise<string> {
    return this.server.subscribe({ target_url: `${TARGET_URL}${path}`, ...changes });
  }

  /** Moves the cursor of a Zap to an event, and turns events into dead letters. */
  async pass(zap: string, number: number, dead: readonly number[] = [], changes: object = {}): Promise<Lease> {
    const { store } = this.server;
    this.#lease ??= (await store.lease({ holder: HOLDER, limit: 1, milliseconds: HOUR })).leases[0] ?? null;
    const subscription = await store.subscription(CHANNEL, zap);
    if (!subscription || !this.#lease) throw new Error('The Zap or the lease does not exist.');
    const letters = dead.map((seq) => letterOf(subscription, seq, Date.now()));
    await store.bury(letters, progressOf(subscription, this.#lease, { cursor: number, ...changes }));
    return this.#lease;
  }

  /** Records a failed attempt. */
  async fail(zap: string, number: number, failure: string | null = 'HTTP 500', isSentAgain = false): Promise<void> {
    const attempt = { subscriptionId: zap, seq: number, endedAt: Date.now(), failure, durationMs: 5, isSentAgain };
    await this.server.store.recordAttempts([attempt]);
  }
}

/** Returns the numbers of events. */
export const numbersOf = (events: readonly ListedEvent[]): number[] => events.map(({ number }) => number);
