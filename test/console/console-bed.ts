/** A relay with the console, a stand-in for Zapier and a browser window. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import type { Page } from 'playwright-core';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { sendCommand } from '../../relay/admin/socket-client.ts';
import { readConfig } from '../../relay/config.ts';
import type { ConsolePage } from '../../relay/console-page.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayInThisThread } from '../../relay/harness/one-thread-relay.ts';
import { until } from '../../relay/harness/until.ts';
import { callApi, callSuccessfully, hookPath, postWebhook } from '../../relay/harness/relay-requests.ts';
import { KEY, REGISTRATION_SECRET } from '../../relay/harness/sample-delivery.ts';
import { startTargetServer, type ReceivedRequest } from '../../relay/harness/target-server.ts';
import { storeOptions } from '../../relay/periodic-retention.ts';
import { openSqliteStore } from '../../relay/store/sqlite/open-file.ts';
import { createConsoleLink, fetchLinkContents, type LinkContents } from '../../src/hooks/console-link.ts';
import { RelayClient } from '../../src/hooks/relay-client.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { deriveToken } from '../../wire/capability.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import { CHANNEL_PATH, SUBSCRIPTIONS_PATH, type SubscriptionResponse } from '../../wire/relay-api.ts';

/** Status codes of the stand-in's responses to deliveries. */
const STATUSES = { accept: 200, fail: 503, refuse: 400, gone: 410 };

/** The body of a failing Zap's responses, which contains markup and reverses the direction of text. */
export const HOSTILE_RESPONSE = '<img src=x onerror=alert(1)> \u202egnitirw';

/** Seconds until the relay retries a failing Zap, longer than the tests run. */
const RETRY_AFTER = '3000';

/**
 * Maximum number of deliveries that the relay sends again at a time. With the default maximum, the tests would need
 * thousands of events.
 */
export const SENT_AGAIN = 20;

/** Deliveries per second. With the default rates, the tests would have to wait. */
const pace = { pacePerSubscription: 10_000, pacePerChannel: 10_000 };

export type ConsoleBed = Awaited<ReturnType<typeof startConsoleBed>>;

/** Starts a relay. @param databaseUrl - the URL of the relay's PostgreSQL database; default: a SQLite file */
export async function startConsoleBed(page: Page, consolePage: ConsolePage, databaseUrl?: string) {
  /** The kinds of responses from the Zaps, by the paths of their targets. */
  const responses = new Map<string, keyof typeof STATUSES>();
  const target = await startTargetServer((response, { url }) => {
    const kind = responses.get(url) ?? 'accept';
    if (kind === 'fail') response.setHeader('retry-after', RETRY_AFTER);
    response.statusCode = STATUSES[kind];
    response.end(kind === 'fail' ? HOSTILE_RESPONSE : '{}');
  });
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-console-'));
  const adminSocket = join(folder, 'admin.sock');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = readConfig({
    RELAY_ORIGIN: url,
    RELAY_PORT: String(port),
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_DATABASE_URL: databaseUrl,
    RELAY_TARGET_ORIGINS: target.origin,
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    RELAY_ADMIN_SOCKET: adminSocket,
  });
  const token = deriveToken(KEY, url);
  const logger = pino({ level: 'silent' });
  const options = { page: consolePage, pace, noticeTimes: { graceMs: 0 }, maxSentAgain: SENT_AGAIN };
  let relay = await startRelayInThisThread(config, logger, options);
  let stopping: Promise<void> | null = null;

  await callSuccessfully(url, 'PUT', CHANNEL_PATH, undefined, token);
  const z = {
    request: async ({ method, url: href, body }: Readonly<{ method: string; url: string; body?: object }>) => {
      const response = await callApi(url, method, href.slice(url.length), body, token);
      return { status: response.status, data: await response.json() };
    },
  };
  const bundle = { authData: { private_key: KEY } };
  const client = new RelayClient(z as unknown as ZObject, bundle as unknown as Bundle, url);

  /** Stops only the relay. Does nothing if the relay has been stopped. */
  const stopRelay = (): Promise<void> => (stopping ??= relay.stop());

  /** Returns the requests that a Zap has received, in order. */
  const receivedBy = (key: string): readonly ReceivedRequest[] =>
    target.received.filter((request) => request.url === `/hooks/${key}`);

  /** Runs an operator's command on a Zap. The command `skip` gives up the event that the Zap has failed to accept. */
  const operate = (command: 'skip' | 'pause' | 'resume', subscription: string) =>
    sendCommand(adminSocket, command, { subscription }, 0);

  /** Sends the sample event of a trigger, with changes to its subject. */
  async function send(key: string, subject: object = {}): Promise<void> {
    const { sampleEvent } = triggerOf(key);
    const event = {
      ...sampleEvent,
      timestamp: new Date().toISOString(),
      subject: { ...sampleEvent.subject, ...subject },
    };
    const body = JSON.stringify({ events: [event], request_time: Math.floor(Date.now() / 1000) });
    const response = await postWebhook(url, Buffer.from(body), hookPath(url, client.channel));
    if (response.status !== 202) throw new Error(`A webhook received the response ${response.status}.`);
  }

  /** Creates a link as the connector does. @param change - changes the contents of the link */
  async function link(change = (contents: LinkContents): LinkContents => contents): Promise<string> {
    const created = await createConsoleLink(client, change(await fetchLinkContents(client, KEY)));
    if (created === null) throw new Error('The relay does not accept the link.');
    return created;
  }

  /**
   * Opens a URL in the window. All tests share the window, because opening a new window takes longer than most tests.
   * The visit to `/healthz` unloads the previous page. A direct visit to a URL that differs only in its fragment would
   * not unload the page.
   */
  async function visit(href: string): Promise<void> {
    await page.goto(`${url}/healthz`);
    await page.goto(href);
  }

  return {
    page,
    /** The relay's origin. */
    url,
    stopRelay,
    receivedBy,
    operate,
    send,
    link,
    stop: async () => {
      await stopRelay();
      target.close();
      rmSync(folder, { recursive: true, force: true });
    },

    /**
     * Restarts the relay with the clock of its SQLite file set forward.
     *
     * @param milliseconds - difference from the current time
     */
    restartAfter: async (milliseconds: number) => {
      await relay.stop();
      const store = openSqliteStore(config.sqlitePath, storeOptions(config), () => Date.now() + milliseconds);
      relay = await startRelayInThisThread(config, logger, { ...options, store });
    },

    /** Sets the kind of responses that a Zap gives from now on. @param key - key of the Zap's trigger */
    respond: (key: string, response: keyof typeof STATUSES) => {
      responses.set(`/hooks/${key}`, response);
    },

    /**
     * Turns on a Zap.
     *
     * @param key - key of the Zap's trigger
     * @returns the id of the Zap's subscription
     */
    turnOn: async (key: string, description: Partial<ZapDescription> = {}): Promise<string> => {
      const { definition, filter } = triggerOf(key);
      const request = {
        target_url: `${target.origin}/hooks/${key}`,
        ...filter.actions,
        description: { trigger: definition.display.label, options: [], zap_id: null, ...description },
      };
      const { id } = await callSuccessfully<SubscriptionResponse>(url, 'POST', SUBSCRIPTIONS_PATH, request, token);
      return id;
    },

    /** Turns off a Zap. */
    turnOff: (subscription: string) =>
      callApi(url, 'DELETE', `${SUBSCRIPTIONS_PATH}/${subscription}`, undefined, token),

    /** Sends the sample event of a trigger to a Zap that does not accept the event, and then gives up the event. */
    sendInVain: async (key: string, subscription: string, subject: object = {}) => {
      const before = receivedBy(key).length;
      await send(key, subject);
      await until(() => receivedBy(key).length > before);
      await until(() => operate('skip', subscription).then(Boolean, () => false));
    },

    visit,
    /** Opens a new link in the window. @param query - state of the page, starting with a question mark */
    open: async (query = '', ...change: Parameters<typeof link>): Promise<Page> => {
      const opened = new URL(await link(...change));
      opened.search = query;
      await visit(opened.href);
      return page;
    },
  };
}

function triggerOf(key: string) {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === key);
  if (!trigger) throw new Error(`There is no trigger ${key}.`);
  return trigger;
}
