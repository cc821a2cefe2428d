/** A relay with the console, a stand-in for Zapier and a browser. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

import { sendCommand } from '../../relay/admin/client.ts';
import { readConfig, type Config } from '../../relay/config.ts';
import type { ConsolePage } from '../../relay/console-page.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { until } from '../../relay/harness/until.ts';
import { callApi, hookPath, postWebhook } from '../../relay/harness/relay-requests.ts';
import { KEY, REGISTRATION_SECRET, SEAL_KEYS } from '../../relay/harness/sample-delivery.ts';
import { startTargetServer, type ReceivedRequest, type TargetServer } from '../../relay/harness/target-server.ts';
import { startRelay, type RunningRelay } from '../../relay/relay.ts';
import { storeOptions } from '../../relay/retention.ts';
import { openSqliteStore } from '../../relay/store/sqlite/sqlite-store.ts';
import { deriveChannel, deriveToken, hashOfAccessToken } from '../../wire/capability.ts';
import { CONSOLE_PATH, type ZapDescription } from '../../wire/console-api.ts';
import {
  DATA_KEYS_PATH,
  LINKS_PATH,
  type DataKeysResponse,
  type LinkRequest,
  type Verdict,
} from '../../wire/link-api.ts';
import { createLinkSecret, deriveLink, wrapLinkKey } from '../../wire/console-link.ts';
import {
  CHANNEL_PATH,
  EVENTS_PATH,
  SUBSCRIPTIONS_PATH,
  type EventsResponse,
  type SubscriptionResponse,
} from '../../wire/relay-api.ts';
import { unwrapDataKey } from '../../wire/sealing/key-wrap.ts';
import { webhookTriggers } from '../../triggers/index.ts';

/** The browser of Debian's package `chromium`, or another browser. */
export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Starts the browser without the process that emulates a graphics card, which takes a fifth of its time. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--disable-gpu'] });

/** Time zone of the browser. */
export const VIEWER_ZONE = 'Europe/London';

/** The stand-in's responses to the deliveries for a Zap. */
export type ZapResponse = 'accept' | 'fail' | 'refuse' | 'gone';

const ADMIN_SOCKET = 'admin.sock';

/** The response of a failing Zap. */
export const HOSTILE_RESPONSE = '<img src=x onerror=alert(1)> \u202egnitirw';

/** Seconds after which the relay retries a failing Zap. It is longer than the tests run. */
const RETRY_AFTER = '3000';

/** Deliveries per second. With the default, the tests would have to wait. */
const pace = { pacePerSubscription: 10_000, pacePerChannel: 10_000 };

/** Options that make a link differ from a usual link. */
export interface LinkOptions {
  readonly verdict?: Verdict | null;
  /** The verdicts on the newest events, the newest first; default: none. */
  readonly verdicts?: readonly boolean[];
  /** False to omit all data keys, as if they were newer than the link. */
  readonly hasKeys?: boolean;
}

/** A page, with all its requests and errors. */
export interface OpenedPage {
  readonly page: Page;
  readonly requested: string[];
  readonly errors: string[];
}

interface Parts {
  readonly config: Config;
  readonly consolePage: ConsolePage;
  readonly browser: Browser;
  readonly folder: string;
  readonly url: string;
  readonly target: TargetServer;
  /** The responses of the Zaps, by the paths of their targets. */
  readonly responses: Map<string, ZapResponse>;
}

export class ConsoleBed {
  #relay: RunningRelay;
  readonly #parts: Parts;
  readonly #contexts = new Map<string, Promise<BrowserContext>>();
  readonly #token: string;
  /** The relay's origin. */
  readonly url: string;
  readonly target: TargetServer;

  private constructor(parts: Parts, relay: RunningRelay) {
    this.#relay = relay;
    this.#parts = parts;
    this.url = parts.url;
    this.target = parts.target;
    this.#token = deriveToken(KEY, parts.url);
  }

  /** @param databaseUrl - the relay's PostgreSQL database; default: a SQLite file */
  static async start(browser: Browser, consolePage: ConsolePage, databaseUrl?: string): Promise<ConsoleBed> {
    const responses = new Map<string, ZapResponse>();
    const target = await startTargetServer((response, { url }) => {
      const kind = responses.get(url) ?? 'accept';
      if (kind === 'fail') response.setHeader('retry-after', RETRY_AFTER);
      response.statusCode = { accept: 200, fail: 503, refuse: 400, gone: 410 }[kind];
      response.end(kind === 'fail' ? HOSTILE_RESPONSE : '{}');
    });
    const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-console-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const config = readConfig({
      RELAY_ORIGIN: url,
      RELAY_PORT: String(port),
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      RELAY_DATABASE_URL: databaseUrl,
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_ADMIN_SOCKET: join(folder, ADMIN_SOCKET),
    });
    const relay = await startRelay(config, pino({ level: 'silent' }), { page: consolePage, pace });
    const bed = new ConsoleBed({ config, consolePage, browser, folder, url, target, responses }, relay);
    await bed.api('PUT', CHANNEL_PATH);
    return bed;
  }

  /** Closes all windows. */
  async closeWindows(): Promise<void> {
    for (const page of (await Promise.all(this.#contexts.values())).flatMap((context) => context.pages())) {
      await page.unrouteAll({ behavior: 'wait' });
      await page.close();
    }
  }

  async stop(): Promise<void> {
    await this.closeWindows();
    for (const context of this.#contexts.values()) await (await context).close();
    await this.stopRelay();
    this.target.close();
    rmSync(this.#parts.folder, { recursive: true, force: true });
  }

  /** Stops only the relay. Does nothing if it has been stopped. */
  readonly stopRelay = (): Promise<void> => (this.#stopping ??= this.#relay.stop());
  #stopping: Promise<void> | null = null;

  /**
   * Restarts the relay with the clock of its SQLite file set forward.
   *
   * @param milliseconds - difference from the current time
   */
  async restartAfter(milliseconds: number): Promise<void> {
    await this.#relay.stop();
    const { config, consolePage: page } = this.#parts;
    const store = openSqliteStore(config.sqlitePath, storeOptions(config), () => Date.now() + milliseconds);
    this.#relay = await startRelay(config, pino({ level: 'silent' }), { store, page, pace });
  }

  /** Calls the relay's API with the token of the channel. @throws {Error} for an error response */
  async api(method: string, path: string, body?: object): Promise<unknown> {
    const response = await callApi(this.url, method, path, body, this.#token);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} received the response ${response.status}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Sets the responses of a Zap from now on. @param key - key of the Zap's trigger */
  respond(key: string, response: ZapResponse): void {
    this.#parts.responses.set(`/hooks/${key}`, response);
  }

  /** Requests that a Zap received, in order. */
  receivedBy = (key: string): readonly ReceivedRequest[] =>
    this.target.received.filter(({ url }) => url === `/hooks/${key}`);

  /** Turns on a Zap. @param key - key of its trigger @returns the id of its subscription */
  async turnOn(key: string, description: Partial<ZapDescription> = {}): Promise<string> {
    const trigger = triggerOf(key);
    const response = await this.api('POST', SUBSCRIPTIONS_PATH, {
      target_url: `${this.target.origin}/hooks/${key}`,
      ...trigger.filter.actions,
      description: { trigger: trigger.definition.display.label, options: [], zap_id: null, ...description },
    });
    return (response as SubscriptionResponse).id;
  }

  /** Runs an operator's command on a Zap. `skip` gives up the event that the Zap has failed to accept. */
  operate = (command: 'skip' | 'pause' | 'resume', subscription: string) =>
    sendCommand(join(this.#parts.folder, ADMIN_SOCKET), command, { subscription }, 0);

  /** Sends the sample event of a trigger to a Zap, which does not accept it, and gives it up. */
  async sendInVain(key: string, subscription: string, subject: object = {}): Promise<void> {
    const before = this.receivedBy(key).length;
    await this.send(key, subject);
    await until(() => this.receivedBy(key).length > before);
    await until(() => this.operate('skip', subscription).then(Boolean, () => false));
  }

  /** Sends the sample event of a trigger, with changes to its subject. */
  async send(key: string, subject: object = {}): Promise<void> {
    const event = structuredClone(triggerOf(key).sampleEvent);
    const changed = { ...event, timestamp: new Date().toISOString(), subject: { ...event.subject, ...subject } };
    await this.sendBody({ events: [changed], request_time: Math.floor(Date.now() / 1000) });
  }

  /** Sends a webhook. */
  async sendBody(body: object): Promise<void> {
    const path = hookPath(this.url, deriveChannel(this.#token));
    const response = await postWebhook(this.url, Buffer.from(JSON.stringify(body)), path);
    if (response.status !== 202) throw new Error(`A webhook received the response ${response.status}.`);
  }

  /** Makes a link like the connector. */
  async link({ verdict = null, verdicts = [], hasKeys = true }: LinkOptions = {}): Promise<string> {
    const channel = deriveChannel(this.#token);
    const secret = createLinkSecret();
    const { accessToken, wrappingKey } = await deriveLink(secret);
    const { keys } = (await this.api('GET', DATA_KEYS_PATH)) as DataKeysResponse;
    const wrapped = keys.map(async ({ key_id: keyId, wrapped_key }) => {
      const dataKey = await unwrapDataKey(SEAL_KEYS.keys, Buffer.from(wrapped_key, 'base64'), { channel, keyId });
      return { key_id: keyId, wrapped_key: await wrapLinkKey(wrappingKey, dataKey, { channel, keyId }) };
    });
    const { events } = (await this.api('GET', `${EVENTS_PATH}?limit=50&alone=true`)) as EventsResponse;
    const request: LinkRequest = {
      access_token_hash: hashOfAccessToken(accessToken),
      keys: hasKeys ? await Promise.all(wrapped) : [],
      verdict,
      verdicts: events.flatMap(({ delivery_id, received_at }, index) => {
        const is_valid = verdicts[index];
        return is_valid === undefined ? [] : [{ delivery_id, received_at, is_valid }];
      }),
    };
    await this.api('POST', LINKS_PATH, request);
    return `${this.url}${CONSOLE_PATH}#${secret}`;
  }

  /** Opens a browser window without a link. Windows with the same options share a cache. */
  async window(options: BrowserContextOptions = {}): Promise<OpenedPage> {
    const defaults = { viewport: { width: 1280, height: 900 }, locale: 'en-GB', timezoneId: VIEWER_ZONE };
    const key = JSON.stringify(options);
    const context = this.#contexts.get(key) ?? this.#parts.browser.newContext({ ...defaults, ...options });
    this.#contexts.set(key, context);
    const page = await (await context).newPage();
    const requested: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    return { page, requested, errors };
  }

  /** Opens a link in a new window. @param query - state of the page, beginning with a question mark */
  async open(query = '', link: LinkOptions = {}, options: BrowserContextOptions = {}): Promise<OpenedPage> {
    const opened = await this.window(options);
    const url = new URL(await this.link(link));
    url.search = query;
    await opened.page.goto(url.href);
    return opened;
  }
}

function triggerOf(key: string) {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === key);
  if (!trigger) throw new Error(`There is no trigger ${key}.`);
  return trigger;
}
