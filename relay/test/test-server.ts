/** The relay's HTTP server on an in-memory store, for tests of its routes. */

import { pino } from 'pino';

import { HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { createAdmission } from '../admission.ts';
import { createBytesInFlight } from '../bytes-in-flight.ts';
import { systemClock } from '../clock.ts';
import { DAY } from '../harness/durations.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { CHANNEL, ORIGIN, OTHER_TOKEN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { createSealer } from './sealer.ts';
import { createServer } from '../http/server.ts';
import type { ServerOptions } from '../http/server-options.ts';
import { createIngest } from '../ingest.ts';
import { createChannelTroubles } from '../channel-troubles.ts';
import { createMetrics } from '../metrics.ts';
import { createReadiness } from '../readiness.ts';
import { createRegisteredChannels } from '../registered-channels.ts';
import type { ClaimedChannel } from '../store/claims.ts';
import type { Delivery } from '../store/delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { createWebhookRates } from '../webhook-rates.ts';
import { CONTRACT_OPTIONS, PROCESS, progressOf, resultOf } from './store-contract/context.ts';

export const TARGET_URL = 'https://hooks.zapier.com/hooks/standard/1/abc/';
/** A random part that no channel has. */
export const OTHER_PART = '0'.repeat(32);
export const MIB = 1024 * 1024;

/** A response with a JSON body; an empty body is an empty object. */
export interface JsonResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

/**
 * Starts a server. A second channel cannot register.
 *
 * @param maxChannelBytes - the limit of a channel; by default, it leaves room for one large body
 */
export async function startTestServer(options: Partial<ServerOptions> = {}, maxChannelBytes = 40_000) {
  let log = '';
  let isFailing = false;
  /** The changes that the store announced to the dispatcher, such as `deliveries <channel>`. */
  const changes: string[] = [];
  const store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes });
  store.listen((channel, what) => changes.push(`${what} ${channel}`));
  const registered = createRegisteredChannels(store);
  const readiness = createReadiness({ ping: () => store.ping() });
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
  const app = await createServer({
    store,
    origin: ORIGIN,
    ingest: createIngest({
      ingest: (deliveries) => (isFailing ? Promise.reject(new Error('disk full')) : store.ingest(deliveries)),
    }),
    sealer: createSealer(),
    dispatcher: { saveResults: () => Promise.resolve() },
    metrics: createMetrics({ store, readiness, troubles: createChannelTroubles(systemClock, logger), maxChannels: 1 }),
    readiness,
    clock: systemClock,
    targetOrigins: ['https://hooks.zapier.com'],
    maxChannels: 1,
    maxSubscriptions: 200,
    trustedProxies: ['loopback'],
    admission: createAdmission([REGISTRATION_SECRET], null),
    registered,
    rates: createWebhookRates(100_000),
    inFlight: createBytesInFlight({ perProcess: 64 * MIB, perChannel: 16 * MIB }),
    logger,
    apiRequestsPerMinute: 100_000,
    consolePage: null,
    ...options,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  const api = async (
    method: string,
    path: string,
    body?: object | string,
    token?: string | null,
    secret?: string | null,
  ): Promise<JsonResponse> => {
    const { status, headers, text } = await textOf(callApi(url, method, path, body, token, secret));
    return { status, headers, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  /** Returns the path of the channel's webhook URL; a path with {@link OTHER_PART} if the channel is not registered. */
  const hookPath = async (): Promise<string> =>
    `${HOOKS_PATH}/${CHANNEL}/${(await store.registration(CHANNEL))?.urlPart ?? OTHER_PART}`;
  return {
    app,
    store,
    url,
    changes,
    logged: () => log,
    close: async () => {
      await app.close();
      await store.close();
    },
    /** Makes every attempt to store deliveries fail until the next reset. */
    failIngest: () => {
      isFailing = true;
    },
    /** Deletes the channel and clears the announced changes. */
    reset: async () => {
      await store.deleteChannel(CHANNEL);
      registered.forget(CHANNEL);
      changes.length = 0;
      isFailing = false;
    },
    api,
    hookPath,
    /** Posts a signed webhook, by default to the channel's webhook URL. Returns the status. */
    post: async (body: Buffer, path?: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
      (await textOf(postWebhook(url, body, path ?? (await hookPath()), headers))).status,
    register: () => api('PUT', '/channel'),
    /** Subscribes to events with action `A`, or as the given body specifies. Returns the id. */
    subscribe: async (body: object = { target_url: TARGET_URL, actions: ['A'] }): Promise<string> =>
      String((await api('POST', SUBSCRIPTIONS_PATH, body)).json.id),
    metrics: async (): Promise<string> => (await textOf(fetch(`${url}/metrics`))).text,
    /** Returns the stored deliveries of {@link CHANNEL}, oldest first. */
    stored: async (): Promise<Delivery[]> => (await store.latest(CHANNEL, null, 1_000)).reverse(),
  };
}

async function textOf(request: Promise<Response>) {
  const response = await request;
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Claims {@link CHANNEL}, which must be due, for the process {@link PROCESS}. */
export async function claimChannel(store: Store): Promise<ClaimedChannel> {
  await store.heartbeat(PROCESS, true);
  const claim = (await store.claim(PROCESS, 9)).find(({ channel }) => channel === CHANNEL);
  if (!claim) throw new Error('The channel is not due.');
  return claim;
}

/** Creates a dead letter: stores a delivery with action `A`, claims the channel, and gives up the delivery. */
export async function makeDeadLetter({ store, post }: TestServer, subscriptionId: string, body: Buffer): Promise<void> {
  await post(body);
  const subscription = await store.subscription(CHANNEL, subscriptionId);
  const [waiting] = subscription ? await store.pending(subscription.key, 0, 1) : [];
  if (!subscription || !waiting) throw new Error('The delivery was not stored.');
  const { key: channel, claim } = await claimChannel(store);
  const dead = { state: 'dead', failure: 'HTTP 500', endedAt: Date.now() } as const;
  const sends = [resultOf(subscription, waiting.seq, dead)];
  const progress = [progressOf(subscription, { failures: 1, nextAttemptAt: Date.now() + DAY })];
  const lost = await store.saveResults(PROCESS, [{ channel, claim, sends, progress }]);
  if (lost.length > 0) throw new Error('The delivery did not become a dead letter.');
}

/** Returns the tests' secrets and personal data that occur in a text. */
export const secretsIn = (text: string, ...more: readonly string[]): string[] =>
  [TOKEN, OTHER_TOKEN, CHANNEL, REGISTRATION_SECRET, TARGET_URL, 'abc/', 'Lesson', ...more].filter((secret) =>
    text.includes(secret),
  );
