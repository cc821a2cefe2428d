/** A test server with a link to the console, and a stand-in for the dispatcher that settles deliveries by hand. */

import { hashOfAccessToken } from '../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  type EventListResponse,
  type ListedEvent,
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
import { claimChannel, MIB, startTestServer, TARGET_URL, type JsonResponse } from './test-server.ts';

export const ACCESS_TOKEN = 'a'.repeat(43);
/** Maximum number of events that wait for a Zap in a test. */
const MAX_WAITING = 1_000;

/** Starts a server that does not cache the overview. A channel that {@link renew} creates has a link. */
export async function startConsoleServer(options: Partial<ServerOptions> = {}) {
  const server = await startTestServer({ maxOverviewAgeMs: 0, ...options }, 4 * MIB);
  const { store, api } = server;
  let claimed: ClaimedChannel | null = null;

  const link = (accessToken: string): Promise<JsonResponse> =>
    api('POST', LINKS_PATH, { access_token_hash: hashOfAccessToken(accessToken), keys: [], verdict: null });
  const get = (path: string, token: string | null = ACCESS_TOKEN) => api('GET', path, undefined, token);
  const list = async (query = ''): Promise<EventListResponse> => {
    const { status, json } = await get(`${CONSOLE_EVENTS_PATH}${query}`);
    if (status !== 200) throw new Error(`The list cannot be read: ${status} ${JSON.stringify(json)}`);
    return json as unknown as EventListResponse;
  };
  async function subscriptionOf(zap: string): Promise<Subscription> {
    const subscription = await store.subscription(CHANNEL, zap);
    if (!subscription) throw new Error('The Zap does not exist.');
    return subscription;
  }
  const redriven = async (zap: string) => store.redriven((await subscriptionOf(zap)).key, MAX_WAITING);
  const waitingFor = async (zap: string): Promise<WaitingSend[]> => [
    ...(await store.pending((await subscriptionOf(zap)).key, 0, MAX_WAITING)),
    ...(await redriven(zap)),
  ];
  async function save(sends: readonly SendResult[], progress: readonly SubscriptionProgress[]): Promise<void> {
    claimed ??= await claimChannel(store);
    const { key: channel, claim } = claimed;
    const lost = await store.saveResults(PROCESS, [{ channel, claim, sends, progress }]);
    if (lost.length > 0) throw new Error('The claim is lost.');
  }
  return {
    ...server,
    link,
    get,
    list,
    redriven,
    /** Replaces the channel with a new one that has a link. */
    renew: async () => {
      claimed = null;
      await server.reset();
      await server.register();
      await link(ACCESS_TOKEN);
    },
    postJson: (path: string, body: object, token: string | null = ACCESS_TOKEN) => api('POST', path, body, token),
    overview: async () => (await get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse,
    /** Sends a webhook with an event. Returns its number. */
    event: async (action = 'A'): Promise<number> => {
      await server.post(bodyOf(action));
      const [newest] = (await list('?limit=1')).events;
      if (!newest) throw new Error('The event is not stored.');
      return newest.number;
    },
    /** Stores events, numbered in order, without webhooks. */
    ingest: async (action: string, count: number, body = () => Buffer.alloc(1)): Promise<void> => {
      const digestOf = (index: number) => Buffer.from(`${index}`);
      const events = Array.from({ length: count }, (_, index) => ({
        ...delivery(action, { body: body() }),
        digest: digestOf(index),
      }));
      for (let start = 0; start < count; start += 250) await store.ingest(events.slice(start, start + 250));
    },
    /** Turns on a Zap. Returns the id of its subscription. */
    zap: (changes: object = { actions: ['A'] }, path = ''): Promise<string> =>
      server.subscribe({ target_url: `${TARGET_URL}${path}`, ...changes }),
    /**
     * Delivers the events that wait for a Zap, up to a number, except events that become dead letters.
     *
     * @param progress - changes to the state of the Zap's subscription
     */
    pass: async (
      zap: string,
      upTo: number,
      dead: readonly number[] = [],
      progress: Partial<SubscriptionProgress> = {},
    ): Promise<void> => {
      const subscription = await subscriptionOf(zap);
      const settled = (await waitingFor(zap)).filter(({ number }) => number <= upTo);
      const sends = settled.map(({ seq, number, isSentAgain }) => {
        const changes = dead.includes(number) ? ({ state: 'dead', failure: 'HTTP 500' } as const) : {};
        return resultOf(subscription, seq, { ...changes, endedAt: Date.now(), isSentAgain });
      });
      await save(sends, [progressOf(subscription, progress)]);
    },
    /** Records a failed attempt of an event that waits for a Zap. */
    fail: async (zap: string, number: number, failure = 'HTTP 500'): Promise<void> => {
      const seq = (await waitingFor(zap)).find((send) => send.number === number)?.seq ?? 0;
      const changes = { failure, response: Buffer.from('!'), endedAt: Date.now(), durationMs: 5 };
      await save([failureOf(await subscriptionOf(zap), seq, changes)], []);
    },
  };
}

/** Returns the numbers of events. */
export const numbersOf = (events: readonly ListedEvent[]): number[] => events.map(({ number }) => number);
