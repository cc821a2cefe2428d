/** The app built for a relay, with a real relay: from TutorCruncher's POST to the record that a Zap gets. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import zapier from 'zapier-platform-core';

import { createHookServer } from '../local/server.ts';
import { createAccountServer } from '../local/account.ts';
import { requestFromTutorCruncher } from '../local/tutorcruncher.ts';
import { createRunner, type App, type IncomingRequest, type Outcome } from '../local/zapier.ts';
import { startRelay, type RunningRelay } from '../relay/relay.ts';
import { readConfig } from '../relay/config.ts';
import { until } from '../relay/harness/until.ts';
import type { HookPerform } from '../src/trigger.ts';
import { objects } from '../objects/index.ts';
import { deliveryOf, PRIVATE_KEY, triggerOf } from './helpers.ts';

interface HookApp extends App {
  readonly authentication: { readonly test: unknown };
  readonly triggers: Record<
    string,
    App['triggers'][string] & {
      readonly display: { readonly directions?: string };
      readonly operation: {
        readonly perform: HookPerform;
        readonly performList: unknown;
        readonly performSubscribe: unknown;
        readonly performUnsubscribe: unknown;
        readonly inputFields: unknown;
      };
    }
  >;
}

const { createAppTester } = zapier as unknown as {
  createAppTester: (app: unknown) => (method: unknown, bundle: object, clearCache?: boolean) => Promise<unknown>;
};

const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-relay-test-'));
let relay: RunningRelay;
let relayPort: number;
let app: HookApp;
let call: ReturnType<typeof createAppTester>;
const zaps = new Map<string, Outcome[]>();
/** Origin of the Zaps. A Zap's URL is `<zapOrigin>/hooks/<trigger key>`. */
let zapOrigin: string;
const SECRET = 'a-registration-secret-of-nobody';
/** The registration secret of the relay. The app has {@link SECRET}. */
let relaySecret = SECRET;
const accountServer = createAccountServer(objects, PRIVATE_KEY);
const zapServer = createHookServer({
  hasTrigger: () => true,
  receive: (key, request) => void runZap(key, request),
  reject: () => undefined,
});

async function runZap(key: string, request: IncomingRequest): Promise<void> {
  const outcome = await createRunner(app, PRIVATE_KEY).perform(key, request);
  zaps.set(key, [...(zaps.get(key) ?? []), outcome]);
}

const config = (port: number) => ({
  ...readConfig({
    RELAY_ORIGIN: `http://127.0.0.1:${port}`,
    RELAY_PORT: String(port),
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: relaySecret,
    LOG_LEVEL: 'silent',
  }),
});
const silent = pino({ level: 'silent' });

async function freePort(): Promise<number> {
  const server = createHookServer({ hasTrigger: Boolean, receive: Boolean, reject: Boolean }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

beforeAll(async () => {
  for (const server of [accountServer, zapServer]) await once(server.listen(0, '127.0.0.1'), 'listening');
  process.env.RELAY_REGISTRATION_SECRET = SECRET;
  process.env.TUTORCRUNCHER_URL = `http://127.0.0.1:${(accountServer.address() as AddressInfo).port}`;
  zapOrigin = `http://127.0.0.1:${(zapServer.address() as AddressInfo).port}`;
  relayPort = await freePort();
  jest.unstable_mockModule('../src/hooks/relay-url.ts', () => ({ RELAY_URL: `http://127.0.0.1:${relayPort}` }));
  jest.resetModules();
  ({ default: app } = (await import('../index.ts')) as unknown as { default: HookApp });
  call = createAppTester({ ...app, flags: { skipHttpPatch: true } });
});

afterAll(() => {
  delete process.env.TUTORCRUNCHER_URL;
  delete process.env.RELAY_REGISTRATION_SECRET;
  accountServer.close();
  zapServer.closeAllConnections();
  zapServer.close();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  zaps.clear();
  relay = await startRelay(config(relayPort), silent);
});

afterEach(async () => {
  await relay.stop();
});

const bundleWith = (more: object = {}) => ({ authData: { private_key: PRIVATE_KEY }, inputData: {}, ...more });

/** Turns a Zap on. Returns the data that Zapier keeps until the Zap is turned off. */
async function turnOn(key: string, inputData: object = {}): Promise<object> {
  const { performSubscribe } = app.triggers[key]?.operation ?? {};
  const bundle = bundleWith({ inputData, targetUrl: `${zapOrigin}/hooks/${key}` });
  return (await call(performSubscribe, bundle)) as object;
}

const turnOff = (key: string, subscribeData: object, more: object = {}) =>
  call(app.triggers[key]?.operation.performUnsubscribe, bundleWith({ subscribeData, ...more }));

/** Returns the read-only field with the relay's webhook URL, as the editor gets it. */
async function fieldOf(key: string, privateKey = PRIVATE_KEY): Promise<{ helpText: string; type: string } | undefined> {
  const fields = (await call(app.triggers[key]?.operation.inputFields, { authData: { private_key: privateKey } })) as {
    key: string;
    type: string;
    helpText: string;
  }[];
  return fields.find((field) => field.key === 'relay_webhook_url');
}

/** Returns the URL that is pasted into TutorCruncher. */
const pastedUrl = async () => /`(http[^`]+)`/.exec((await fieldOf('lesson_completed'))?.helpText ?? '')?.[1] ?? '';

async function happens(key: string, changes: object = {}, privateKey = PRIVATE_KEY): Promise<number> {
  const { sampleEvent } = triggerOf(key);
  const { body, headers } = requestFromTutorCruncher(deliveryOf({ ...sampleEvent, ...changes }), privateKey);
  const response = await fetch(await pastedUrl(), { method: 'POST', headers, body: Buffer.from(body) });
  await response.arrayBuffer();
  return response.status;
}

const recordsOf = (key: string) =>
  (zaps.get(key) ?? []).flatMap((outcome) => ('records' in outcome ? outcome.records : []));

describe('an app built for a relay', () => {
  it('subscribes and unsubscribes every trigger by itself, without directions for the user', () => {
    for (const { display, operation } of Object.values(app.triggers)) {
      if (display.hidden) continue;
      expect(display.directions).toBeUndefined();
      expect(operation.performSubscribe).toBeInstanceOf(Function);
      expect(operation.performUnsubscribe).toBeInstanceOf(Function);
    }
  });

  it("passes Zapier's offline validation", async () => {
    const { createAppHandler } = zapier as unknown as {
      createAppHandler: (app: unknown) => (event: object) => Promise<{ results: unknown[] }>;
    };
    expect((await createAppHandler(app)({ command: 'validate' })).results).toEqual([]);
  });

  it('delivers the events sent to one URL to the Zaps they match, until a Zap is turned off', async () => {
    const first = await turnOn('lesson_completed');
    await turnOn('invoice_paid');
    expect(await happens('lesson_completed')).toBe(202);
    expect(await happens('invoice_paid')).toBe(202);
    expect(await happens('client_created')).toBe(202);
    await until(() => recordsOf('lesson_completed').length === 1 && recordsOf('invoice_paid').length === 1);
    expect(recordsOf('lesson_completed')).toMatchObject([{ lesson_topic: 'Quadratic equations' }]);
    expect([...zaps.keys()].sort()).toEqual(['invoice_paid', 'lesson_completed']);

    await turnOff('lesson_completed', first);
    await turnOff('lesson_completed', first);
    expect(await happens('lesson_completed', { extra_msg: 'again' })).toBe(202);
    expect(await happens('invoice_paid', { extra_msg: 'again' })).toBe(202);
    await until(() => recordsOf('invoice_paid').length === 2);
    expect(recordsOf('lesson_completed')).toHaveLength(1);
  });

  it.each([['another-private-key-of-the-same-agency'], ['short'], ['']])(
    'turns a Zap off after its connection has been given the key %j',
    async (private_key) => {
      const subscription = await turnOn('lesson_completed');
      const other = await turnOn('invoice_paid');
      await turnOff('lesson_completed', subscription, { authData: { private_key } });
      expect(await happens('lesson_completed', { extra_msg: `key ${private_key}` })).toBe(202);
      expect(await happens('invoice_paid', { extra_msg: `key ${private_key}` })).toBe(202);
      await until(() => recordsOf('invoice_paid').length === 1);
      expect(recordsOf('lesson_completed')).toEqual([]);
      await turnOff('invoice_paid', other);
    },
  );

  it('keeps its subscriptions when the relay restarts', async () => {
    await turnOn('report_created');
    await happens('report_created', { extra_msg: 'before' });
    await until(() => recordsOf('report_created').length === 1);
    await relay.stop();
    relay = await startRelay(config(relayPort), silent);
    await happens('report_created', { extra_msg: 'after' });
    await until(() => recordsOf('report_created').length === 2);
  });

  it('refuses a delivery that was signed with another key', async () => {
    await turnOn('note_added');
    expect(await happens('note_added', {}, 'the key of somebody else, who forges')).toBe(202);
    await until(() => (zaps.get('note_added') ?? []).length === 1);
    expect(zaps.get('note_added')).toMatchObject([{ isRefusal: true }]);
  });

  it('delivers to New Event the chosen events, or all events except wellbeing concerns', async () => {
    await turnOn('any_event', { actions: ['CREATED_A_TASK'] });
    await happens('task_created');
    await happens('note_added', { extra_msg: 'not chosen' });
    await until(() => (zaps.get('any_event') ?? []).length === 1);
    const other = await turnOn('any_event');
    await happens('task_created', { action: 'RAISED_A_WELLBEING_CONCERN' });
    await happens('task_created', { action: 'SOMETHING_NEW' });
    await until(() => (zaps.get('any_event') ?? []).length === 2);
    await turnOff('any_event', other);
    expect(recordsOf('any_event').map(({ event_action }) => event_action)).toEqual(['CREATED_A_TASK', 'SOMETHING_NEW']);
  });

  it('shows the URL to paste, and when it last received a webhook', async () => {
    await relay.stop();
    rmSync(join(folder, 'relay.sqlite'));
    relay = await startRelay(config(relayPort), silent);
    const field = await fieldOf('tutor_created');
    expect(field?.type).toBe('copy');
    expect(field?.helpText).toMatch(/Copy this URL.*Settings > API.*Webhook base URL.*turn the Zap on/s);
    expect(field?.helpText).toContain(await pastedUrl());
    expect(field?.helpText).toMatch(/Status: no webhook received yet\.$/);
    await call(app.authentication.test, bundleWith());
    await happens('tutor_created');
    expect((await fieldOf('tutor_created'))?.helpText).toMatch(
      /Status: last webhook received less than a minute ago\.$/,
    );
    expect(field?.helpText.length).toBeLessThan(1000);
    expect(field?.helpText).not.toContain(PRIVATE_KEY);
  });

  it('registers its channel when the connection is tested, which succeeds even while the relay is down', async () => {
    expect(await call(app.authentication.test, bundleWith())).toMatchObject({ name: 'Bristol Branch' });
    expect(await happens('lesson_booked')).toBe(202);
    await relay.stop();
    const start = Date.now();
    expect(await call(app.authentication.test, bundleWith())).toMatchObject({ name: 'Bristol Branch' });
    expect(Date.now() - start).toBeLessThan(3000);
    expect((await fieldOf('lesson_booked'))?.helpText).toMatch(/Status: the relay does not respond\.$/);
    await expect(turnOn('lesson_booked')).rejects.toThrow(/relay between TutorCruncher and Zapier does not respond/);
    relay = await startRelay(config(relayPort), silent);
  });

  it('offers received events for testing a Zap, or records of the account if there are none', async () => {
    await call(app.authentication.test, bundleWith());
    const performList = (key: string) => call(app.triggers[key]?.operation.performList, bundleWith(), true);
    expect(await performList('student_created')).toHaveLength(3);
    await happens('student_created', { extra_msg: 'real' });
    await happens('student_created', { extra_msg: 'forged' }, 'the key of somebody else, who forges');
    expect(await performList('student_created')).toMatchObject([{ event_message: 'real', actor_name: 'Dana Mercer' }]);
    await relay.stop();
    expect(await performList('student_created')).toHaveLength(3);
    relay = await startRelay(config(relayPort), silent);
  });

  it('advises reconnecting if the private key is too short for a relay', async () => {
    const { performSubscribe } = app.triggers.lesson_completed?.operation ?? {};
    const bundle = { authData: { private_key: 'short' }, targetUrl: `${zapOrigin}/hooks/x` };
    await expect(call(performSubscribe, bundle)).rejects.toThrow(
      /too short to be a private key of TutorCruncher.*Reconnect/,
    );
    expect(await fieldOf('lesson_completed', 'short')).toBeUndefined();
  });

  it("reports that the relay rejects a Zap's URL", async () => {
    const { performSubscribe } = app.triggers.lesson_completed?.operation ?? {};
    const elsewhere = bundleWith({ targetUrl: 'https://evil.example/x' });
    await expect(call(performSubscribe, elsewhere)).rejects.toThrow(/The relay rejected this Zap's URL/);
  });

  describe('at a relay with another registration secret', () => {
    const restart = async (secret: string) => {
      await relay.stop();
      relaySecret = secret;
      relay = await startRelay(config(relayPort), silent);
    };
    afterEach(() => restart(SECRET));

    it('reports that the connection is not accepted, and keeps Zaps on that were on before', async () => {
      const subscription = await turnOn('task_created');
      await restart('the-next-registration-secret');
      await turnOn('note_added');
      await turnOff('task_created', subscription);
      const stranger = {
        authData: { private_key: 'the-key-of-somebody-else-0123456789abcdef' },
        targetUrl: `${zapOrigin}/x`,
      };
      await expect(call(app.triggers.note_added?.operation.performSubscribe, stranger)).rejects.toThrow(
        /does not accept this connection\. Ask the person who gave you this integration/,
      );
    });

    it('shows a connection that the operator has removed in the editor, and lets its Zaps be turned off', async () => {
      const subscription = await turnOn('task_created');
      await relay.stop();
      relay = await startRelay({ ...config(relayPort), registrationSecrets: [], channels: [] }, silent);
      expect((await fieldOf('task_created'))?.helpText).toMatch(
        /Status: the relay does not accept this connection; ask the relay's operator\.$/,
      );
      await turnOff('task_created', subscription);
      await expect(turnOn('task_created')).rejects.toThrow(/does not accept this connection/);
    });
  });

  it('never sends the private key to the relay', async () => {
    await relay.stop();
    const seen: string[] = [];
    const spy = createHookServer({ hasTrigger: Boolean, receive: Boolean, reject: Boolean });
    spy.removeAllListeners('request');
    spy.on('request', (request, response) => {
      seen.push(JSON.stringify([request.url, request.rawHeaders]));
      response.end('{}');
    });
    await once(spy.listen(relayPort, '127.0.0.1'), 'listening');
    await call(app.authentication.test, bundleWith());
    await fieldOf('lesson_completed');
    spy.closeAllConnections();
    spy.close();
    await once(spy, 'close');
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.join()).not.toContain(PRIVATE_KEY);
    relay = await startRelay(config(relayPort), silent);
  });
});
