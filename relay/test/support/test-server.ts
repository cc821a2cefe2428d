/**
 * The relay's HTTP server on an in-memory store, for tests of its routes. The tests save the results of deliveries
 * themselves, because there is no dispatcher.
 */

import { afterEach } from '@jest/globals';
import { pino } from 'pino';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import * as wire from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createBytesInFlight } from '../../intake/bytes-in-flight.ts';
import { createChannelTroubles } from '../../monitoring/channel-troubles.ts';
import { systemClock } from '../../clock.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { callApi, postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL, ORIGIN, OTHER_TOKEN, REGISTRATION_SECRET, TOKEN } from '../../harness/sample-delivery.ts';
import { createServer } from '../../http/server.ts';
import type { ServerOptions } from '../../http/server-options.ts';
import { createIngestQueue } from '../../intake/ingest-queue.ts';
import { NO_MACHINE } from '../../harness/no-machine.ts';
import { createMetrics } from '../../monitoring/metrics.ts';
import { createReadiness } from '../../monitoring/readiness.ts';
import { createRefusalRecord } from '../../intake/refusal-record.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import type { ClaimedChannel } from '../../store/outcomes/claims.ts';
import type { Delivery } from '../../store/deliveries/stored-delivery.ts';
import type { ReportedState, WaitingSend } from '../../store/rows/send.ts';
import { openSqliteStore } from '../../store/sqlite/open-file.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { delivery } from './new-delivery.ts';
import { createSealer } from './sealer.ts';
import { TEST_OPTIONS, PROCESS, reportedState, resultOf } from './store-context.ts';
import { withDeliveryIds, type ResultWithSeq } from './delivery-ids.ts';

export const TARGET_URL = 'https://hooks.zapier.com/hooks/standard/1/abc/';
export const ACCESS_TOKEN = 'a'.repeat(43);
/** The random part of a webhook URL that no channel has. */
export const OTHER_PART = '0'.repeat(32);
export const MIB = 1024 * 1024;
/** Maximum number of events that wait for a Zap in a test. */
const MAX_WAITING = 1_000;

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

async function textOf(request: Promise<Response>) {
  const response = await request;
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Starts a server that does not cache the overview, and that accepts only one channel. */
export async function startTestServer(options: Partial<ServerOptions> = {}, maxChannelBytes = 4 * MIB) {
  let log = '';
  let claimed: ClaimedChannel | null = null;
  /** The changes that the store announced to the dispatcher, such as `deliveries <channel>`. */
  const changes: string[] = [];
  const store = openSqliteStore(':memory:', { ...TEST_OPTIONS, maxChannelBytes });
  store.listen((channel, what) => changes.push(`${what} ${channel}`));
  const registered = createRegisteredChannels(store);
  const readiness = createReadiness({ ping: () => store.ping() });
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
  const app = await createServer({
    store,
    origin: ORIGIN,
    ingest: createIngestQueue({ ingest: (deliveries) => store.ingest(deliveries) }),
    sealer: createSealer(),
    dispatcher: { saveResults: () => Promise.resolve() },
    metrics: createMetrics({
      store,
      readiness,
      troubles: createChannelTroubles(systemClock, logger),
      machine: NO_MACHINE,
      maxChannels: 1,
    }),
    refusals: createRefusalRecord(store, systemClock),
    readiness,
    clock: systemClock,
    targetOrigins: ['https://hooks.zapier.com'],
    maxChannels: 1,
    maxSubscriptions: 200,
    trustedProxies: ['loopback'],
    clientAddressHeader: null,
    admission: createAdmission([REGISTRATION_SECRET], null),
    registered,
    rates: createWebhookRates(100_000),
    inFlight: createBytesInFlight({ perProcess: 64 * MIB, perChannel: 16 * MIB }),
    logger,
    apiRequestsPerMinute: 100_000,
    maxOverviewAgeMs: 0,
    consolePage: null,
    ...options,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  /** Calls the API. Returns the response with its JSON body; an empty body is an empty object. */
  const api = async (
    method: string,
    path: string,
    body?: object | string,
    token?: string | null,
    secret?: string | null,
  ) => {
    const { status, headers, text } = await textOf(callApi(url, method, path, body, token, secret));
    return { status, headers, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  /** Calls the console's API, by default with the link of {@link renew}. */
  const get = (path: string, token: string | null = ACCESS_TOKEN) => api('GET', path, undefined, token);
  const list = async (query = ''): Promise<wire.EventListResponse> => {
    const { status, json } = await get(`${wire.CONSOLE_EVENTS_PATH}${query}`);
    if (status !== 200) throw new Error(`The list cannot be read: ${status} ${JSON.stringify(json)}`);
    return json as unknown as wire.EventListResponse;
  };
  const link = (accessToken: string) =>
    api('POST', LINKS_PATH, { access_token_hash: hashOfAccessToken(accessToken), keys: [], verdict: null });
  const register = () => api('PUT', '/channel');
  /** Deletes the channel and clears the announced changes. */
  async function reset(): Promise<void> {
    claimed = null;
    await store.deleteChannel(CHANNEL);
    registered.forget(CHANNEL);
    changes.length = 0;
  }
  /** Returns the path of the channel's webhook URL; a path with {@link OTHER_PART} if the channel is not registered. */
  const hookPath = async (): Promise<string> =>
    `${HOOKS_PATH}/${CHANNEL}/${(await store.registration(CHANNEL))?.urlPart ?? OTHER_PART}`;
  /** Posts a signed webhook, by default to the channel's webhook URL. Returns the status. */
  const post = async (body: Buffer, path?: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
    (await textOf(postWebhook(url, body, path ?? (await hookPath()), headers))).status;

  /** Returns the stored deliveries of {@link CHANNEL}, oldest first. */
  const stored = async (): Promise<Delivery[]> => (await store.latest(CHANNEL, null, 1_000)).reverse();

  async function subscriptionOf(id: string): Promise<Subscription> {
    const subscription = await store.subscription(CHANNEL, id);
    if (!subscription) throw new Error('The Zap does not exist.');
    return subscription;
  }
  const redriven = async (id: string) => store.redriven((await subscriptionOf(id)).key, MAX_WAITING);
  const waitingFor = async (id: string): Promise<WaitingSend[]> => [
    ...(await store.pending((await subscriptionOf(id)).key, 0, MAX_WAITING)),
    ...(await redriven(id)),
  ];
  async function claimChannel(): Promise<ClaimedChannel> {
    await store.heartbeat(PROCESS, null);
    const claim = (await store.claim(PROCESS, 9)).find(({ channel }) => channel === CHANNEL);
    if (!claim) throw new Error('The channel is not due.');
    return claim;
  }
  async function save(results: readonly ResultWithSeq[], states: readonly ReportedState[]): Promise<void> {
    claimed ??= await claimChannel();
    const { key: channel, claim } = claimed;
    const sends = await withDeliveryIds(store, channel, results);
    const lost = await store.saveResults(PROCESS, [{ channel, claim, sends, states }]);
    if (lost.length > 0) throw new Error('The claim is lost.');
  }

  return {
    app,
    store,
    url,
    changes,
    api,
    get,
    list,
    link,
    register,
    reset,
    hookPath,
    post,
    redriven,
    logged: () => log,
    close: async () => {
      await app.close();
      await store.close();
    },
    /** Replaces the channel with a new channel that has a link with the access token {@link ACCESS_TOKEN}. */
    renew: async () => {
      await reset();
      await register();
      await link(ACCESS_TOKEN);
      changes.length = 0;
    },
    /**
     * Turns on a Zap for events with action `A`, or for the events that the body specifies. Returns the id of its
     * subscription.
     */
    subscribe: async (body: object = { actions: ['A'] }, path = ''): Promise<string> =>
      String((await api('POST', SUBSCRIPTIONS_PATH, { target_url: `${TARGET_URL}${path}`, ...body })).json.id),
    metrics: async (): Promise<string> => (await textOf(fetch(`${url}/metrics`))).text,
    stored,
    /** Returns the stored deliveries, opened as a Zap opens them. */
    opened: async () => Promise.all((await stored()).map(openDelivery)),
    postJson: (path: string, body: object, token: string | null = ACCESS_TOKEN) => api('POST', path, body, token),
    overview: async () => (await get(wire.CONSOLE_OVERVIEW_PATH)).json as unknown as wire.OverviewResponse,
    /** Sends a webhook with an event. Returns the number of the event. */
    event: async (action = 'A'): Promise<number> => {
      await post(bodyOf(action));
      const [newest] = (await list('?limit=1')).events;
      if (!newest) throw new Error('The event is not stored.');
      return newest.number;
    },
    /** Stores events without webhooks. The events are numbered in order. */
    ingest: async (action: string, count: number, body = () => Buffer.alloc(1)): Promise<void> => {
      const deliveryAt = (index: number) => delivery(action, { body: body(), digest: Buffer.from(`${index}`) });
      const events = Array.from({ length: count }, (_, index) => deliveryAt(index));
      for (let start = 0; start < count; start += 250) await store.ingest(events.slice(start, start + 250));
    },
    /**
     * Delivers events that wait for a Zap.
     *
     * @param upTo - number of the last delivered event
     * @param dead - numbers of events that become dead letters instead
     * @param state - changes to the state of the Zap's subscription
     */
    pass: async (
      zap: string,
      upTo: number,
      dead: readonly number[] = [],
      state: Partial<ReportedState> = {},
    ): Promise<void> => {
      const subscription = await subscriptionOf(zap);
      const settled = (await waitingFor(zap)).filter(({ number }) => number <= upTo);
      const sends = settled.map(({ seq, number, isSentAgain }) => {
        const result = dead.includes(number) ? ({ state: 'dead', failure: 'HTTP 500' } as const) : {};
        return resultOf(subscription, seq, { ...result, endedAt: Date.now(), isSentAgain });
      });
      await save(sends, [reportedState(subscription, state)]);
    },
  };
}

/** Returns a function that starts a server as {@link startTestServer} does, and closes the server after the test. */
export function startedForEachTest(): typeof startTestServer {
  const servers: TestServer[] = [];
  afterEach(async () => {
    for (const { close } of servers.splice(0)) await close();
  });
  return async (...parameters) => {
    const server = await startTestServer(...parameters);
    servers.push(server);
    return server;
  };
}

/** Returns the numbers of events. */
export const numbersOf = (events: readonly wire.ListedEvent[]): number[] => events.map(({ number }) => number);

/** Returns the test secrets and the personal data that a text contains. */
export const secretsIn = (text: string, ...more: readonly string[]): string[] =>
  [TOKEN, OTHER_TOKEN, CHANNEL, REGISTRATION_SECRET, TARGET_URL, 'abc/', 'Lesson', ...more].filter((secret) =>
    text.includes(secret),
  );
