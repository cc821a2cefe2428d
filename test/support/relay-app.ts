/** The app built for a relay, with a real relay and stand-ins for Zapier and TutorCruncher. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, jest } from '@jest/globals';
import { pino } from 'pino';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { startTutorCruncher } from '../../local/api/tutorcruncher.ts';
import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { createHookServer } from '../../local/hook-server.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { createRunner, recordsOf, type App, type Outcome } from '../../local/app-runner.ts';
import { readConfig, type Config } from '../../relay/config.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayInThisThread } from '../../relay/harness/one-thread-relay.ts';
import type { RunningRelay } from '../../relay/relay.ts';
import { openSqliteStore, type SqliteStore } from '../../relay/store/sqlite/open-file.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { createAppTester } from './app-tester.ts';

/** The registration secret that the app and, by default, the relay have. */
export const SECRET = 'a-registration-secret-of-nobody';

/** The private key of a second integration of the same branch. */
export const NEW_KEY = 'the-new-private-key-of-nobody-0123456789';

interface HookApp extends App {
  readonly authentication: { readonly test: unknown };
  readonly triggers: Record<
    string,
    App['triggers'][string] & {
      readonly display: { readonly directions?: string };
      readonly operation: {
        readonly perform: (z: ZObject, bundle: Bundle) => Promise<FlatRecord[]>;
        readonly performList: unknown;
        readonly performSubscribe: unknown;
        readonly performUnsubscribe: unknown;
        readonly inputFields: unknown;
      };
    }
  >;
}

/** A read-only field, as the editor receives it. */
interface ShownField {
  readonly key: string;
  readonly type: string;
  readonly helpText: string;
}

/** The app, its relay and its Zaps. The URL of a Zap is `<zapOrigin>/hooks/<trigger key>`. */
export class RelayApp {
  readonly app: HookApp;
  readonly relayPort: number;
  readonly zapOrigin: string;
  readonly folder: string;
  /** Runs a method of the app. */
  readonly call: ReturnType<typeof createAppTester>;
  /** The runs of each Zap, by trigger key. */
  readonly zaps = new Map<string, Outcome[]>();
  /** The private key of a Zap's connection, by trigger key; default: {@link PRIVATE_KEY}. */
  readonly keys = new Map<string, string>();
  /** The choices of a Zap, by trigger key; default: none. */
  readonly choices = new Map<string, JsonObject>();
  /** Zaps that respond to every delivery with status 500, by trigger key. */
  readonly failing = new Set<string>();
  #relay: RunningRelay | null = null;
  #changes: Partial<Config> = {};

  constructor(app: HookApp, relayPort: number, zapOrigin: string, folder: string) {
    this.app = app;
    this.call = createAppTester(app);
    this.relayPort = relayPort;
    this.zapOrigin = zapOrigin;
    this.folder = folder;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.relayPort}`;
  }

  /**
   * Starts the relay with the given changes to its configuration. A running relay restarts only if it has other
   * changes. The store persists between starts.
   */
  async startRelay(changes: Partial<Config> = {}): Promise<void> {
    if (this.#relay && isDeepStrictEqual(changes, this.#changes)) return;
    await this.stopRelay();
    this.#changes = changes;
    const config = readConfig({
      RELAY_ORIGIN: this.origin,
      RELAY_PORT: String(this.relayPort),
      RELAY_SQLITE_PATH: join(this.folder, 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: this.zapOrigin,
      RELAY_REGISTRATION_SECRET: SECRET,
      LOG_LEVEL: 'silent',
    });
    this.#relay = await startRelayInThisThread({ ...config, ...changes }, pino({ level: 'silent' }));
  }

  async stopRelay(): Promise<void> {
    await this.#relay?.stop();
    this.#relay = null;
  }

  /** Changes the store. The relay must be stopped. */
  async changeStore(change: (store: SqliteStore) => Promise<unknown>): Promise<void> {
    const store = openSqliteStore(join(this.folder, 'relay.sqlite'), {
      maxChannelBytes: 1,
      duplicateMs: 1,
      bodyMs: 1,
      deadLetterMs: 1,
      earlierStateMs: 1,
    });
    await change(store);
    await store.close();
  }

  /** Replaces the webhook URL of {@link PRIVATE_KEY}'s connection. The relay must be stopped. */
  replaceUrl(isImmediate: boolean): Promise<void> {
    const channel = deriveChannel(deriveToken(PRIVATE_KEY, this.origin));
    return this.changeStore(async (store) => store.replaceUrl(channel, isImmediate, await store.now()));
  }

  /** Deletes everything that the relay has stored. The relay must be stopped. */
  deleteStore(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(this.folder, `relay.sqlite${suffix}`), { force: true });
  }

  /** Turns a Zap on. Returns the data that Zapier keeps until the Zap is turned off. */
  async turnOn(key: string, inputData: object = {}, privateKey = this.keyOf(key)): Promise<object> {
    const bundle = { ...bundleWith(privateKey), inputData, targetUrl: `${this.zapOrigin}/hooks/${key}` };
    return (await this.call(this.app.triggers[key]?.operation.performSubscribe, bundle)) as object;
  }

  turnOff(key: string, subscribeData: object, privateKey = this.keyOf(key)): Promise<unknown> {
    const bundle = { ...bundleWith(privateKey), subscribeData };
    return this.call(this.app.triggers[key]?.operation.performUnsubscribe, bundle);
  }

  /** Returns the read-only field with the relay's webhook URL. */
  async fieldOf(key: string, privateKey = this.keyOf(key)): Promise<ShownField | undefined> {
    const { inputFields } = this.app.triggers[key]?.operation ?? {};
    const fields = (await this.call(inputFields, bundleWith(privateKey))) as ShownField[];
    return fields.find((field) => field.key === 'relay_webhook_url');
  }

  /** Returns the URL that is pasted into the integration with a private key. */
  async pastedUrl(privateKey = PRIVATE_KEY): Promise<string> {
    const field = await this.fieldOf('lesson_completed', privateKey);
    return /`(http[^`]+)`/.exec(field?.helpText ?? '')?.[1] ?? '';
  }

  /** Sends an event of a trigger, signed with a key, to the pasted URL. Returns the status. */
  async happens(key: string, changes: object = {}, privateKey = PRIVATE_KEY, url?: string): Promise<number> {
    const { sampleEvent } = triggerOf(key);
    const { body, headers } = requestFromTutorCruncher(deliveryOf({ ...sampleEvent, ...changes }), privateKey);
    const response = await fetch(url ?? (await this.pastedUrl()), { method: 'POST', headers, body: Buffer.from(body) });
    await response.arrayBuffer();
    return response.status;
  }

  recordsOf(key: string): FlatRecord[] {
    return (this.zaps.get(key) ?? []).flatMap(recordsOf);
  }

  keyOf(key: string): string {
    return this.keys.get(key) ?? PRIVATE_KEY;
  }
}

/** Returns the bundle of a connection. */
export const bundleWith = (privateKey = PRIVATE_KEY) => ({ authData: { private_key: privateKey }, inputData: {} });

/** Loads the app, built for a relay that {@link RelayApp.startRelay} starts. Call it at the top of a test file. */
export async function loadRelayApp(): Promise<RelayApp> {
  const tutorCruncher = await startTutorCruncher(PRIVATE_KEY, NEW_KEY);
  const zapServer = createHookServer({
    receive: (key, request) => {
      if (relayApp.failing.has(key)) return 500;
      void createRunner(relayApp.app, relayApp.keyOf(key))
        .perform(key, request, relayApp.choices.get(key))
        .then((outcome) => relayApp.zaps.set(key, [...(relayApp.zaps.get(key) ?? []), outcome]));
      return 200;
    },
  });
  await once(zapServer.listen(0, '127.0.0.1'), 'listening');
  const zapOrigin = `http://127.0.0.1:${(zapServer.address() as AddressInfo).port}`;
  const servers = [tutorCruncher.server, zapServer];
  process.env.RELAY_REGISTRATION_SECRET = SECRET;
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  const port = await freePort();
  jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: `http://127.0.0.1:${port}` }));
  jest.resetModules();
  const { default: app } = (await import('../../index.ts')) as unknown as { default: HookApp };
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-relay-test-'));
  const relayApp = new RelayApp(app, port, zapOrigin, folder);
  afterAll(async () => {
    await relayApp.stopRelay();
    delete process.env.TUTORCRUNCHER_URL;
    delete process.env.RELAY_REGISTRATION_SECRET;
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true });
  });
  return relayApp;
}
