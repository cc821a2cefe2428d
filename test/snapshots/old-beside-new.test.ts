/** Tests of the app of a released version with this relay, and of this app with the relay of a released version. */

import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { startTutorCruncher, type TutorCruncher } from '../../local/api/tutorcruncher.ts';
import { deliveryOf, triggerOf } from '../../local/hook-calls.ts';
import { consoleLinkOf, postToRelay, webhookUrlOf } from '../../local/relayed-zaps.ts';
import { createHookServer } from '../../local/hook-server.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { createRunner, recordsOf, type Outcome } from '../../local/app-runner.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { startRelayProcess, type RelayProcess } from '../../relay/harness/relay-process.ts';
import { callApi, callSuccessfully } from '../../relay/harness/relay-requests.ts';
import { KEY, ORIGIN, OTHER_KEY, REGISTRATION_SECRET } from '../../relay/harness/sample-delivery.ts';
import { until } from '../../relay/harness/until.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { build } from '../../scripts/build.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { deriveToken } from '../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_PATH,
  type ConsoleLinkResponse,
  type EventListResponse,
} from '../../wire/console-api.ts';
import { deriveLink, readLinkFragment } from '../../wire/console-link.ts';
import type { JsonObject } from '../../wire/json.ts';
import { CHANNEL_PATH, type ChannelStateResponse } from '../../wire/relay-api.ts';
import { loadApp, prepareFolder, unpackRelay } from '../../snapshots/built-versions.ts';
import { neighbours } from '../../snapshots/snapshot.ts';

const TRIGGER = 'lesson_updated';
const OPERATION = `triggers.${TRIGGER}.operation`;

const folder = temporaryFolder();
let newApp: string;
let tutorCruncher: TutorCruncher;
let relay: RelayProcess | null = null;
let hooks: Server | null = null;
let count = 0;

beforeAll(async () => {
  prepareFolder(folder);
  await build(join(folder, 'built'), ORIGIN);
  newApp = readFileSync(join(folder, 'built/index.js'), 'utf8');
});
beforeEach(async () => {
  tutorCruncher = await startTutorCruncher(KEY);
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = REGISTRATION_SECRET;
});
afterEach(async () => {
  await relay?.kill('SIGTERM');
  hooks?.closeAllConnections();
  hooks?.close();
  delete process.env.TUTORCRUNCHER_URL;
  delete process.env.RELAY_REGISTRATION_SECRET;
  await tutorCruncher.stop();
});

/** Returns the delivery of an event about a lesson, a number of seconds after the first event. */
function lessonAt(seconds: number, fields: JsonObject): object {
  const { sampleEvent } = triggerOf(TRIGGER);
  const timestamp = new Date(Date.parse('2026-06-10T16:00:00Z') + 1000 * seconds).toISOString();
  return deliveryOf({ ...sampleEvent, timestamp, subject: { ...sampleEvent.subject, ...fields } });
}

/** Subscribes a Zap, delivers events, opens the console, and unsubscribes. @param build - folder of the relay */
async function useTogether(bundle: string, build?: string): Promise<void> {
  /** The runs of the Zap, in the order in which the deliveries arrived. */
  const runs: Promise<Outcome>[] = [];
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const zapier = createRunner(await loadApp(folder, `app-${++count}`, bundle, origin), KEY);
  hooks = createHookServer({
    receive: (_name, request) => {
      runs.push(zapier.perform(TRIGGER, request, { time_zone: 'UTC' }));
      return 200;
    },
  });
  await once(hooks.listen(0, '127.0.0.1'), 'listening');
  const zapOrigin = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`;
  const store = join(folder, `store-${count}`);
  mkdirSync(store);
  relay = await startRelayProcess({
    port,
    environment: { RELAY_SQLITE_PATH: join(store, 'relay.sqlite'), RELAY_TARGET_ORIGINS: zapOrigin },
    ...(build !== undefined && { build }),
  });

  const targetUrl = `${zapOrigin}/hooks/zap`;
  const subscribeData = await zapier.call(`${OPERATION}.performSubscribe`, { targetUrl });
  const webhookUrl = await webhookUrlOf(zapier, TRIGGER);
  const send = (delivery: object, key = KEY) => postToRelay(webhookUrl, requestFromTutorCruncher(delivery, key));

  await send(lessonAt(0, { topic: 'Fractions' }));
  await send(lessonAt(60, { topic: 'Long division' }));
  await send(lessonAt(120, { topic: 'Forged' }), OTHER_KEY);
  await until(() => runs.length === 3);
  const outcomes = await Promise.all(runs);
  expect(outcomes.flatMap(recordsOf)).toMatchObject([
    { lesson_topic: 'Fractions', changes_known: false },
    { lesson_topic: 'Long division', changes_known: true, changed_fields: 'Lesson Topic' },
  ]);
  expect(outcomes[2]).toMatchObject({ isRefusal: true, error: expect.stringContaining('signature') });
  const [newest] = (await zapier.call(`${OPERATION}.performList`)) as FlatRecord[];
  expect(newest).toMatchObject({ lesson_topic: 'Long division' });

  const { hash } = new URL(await consoleLinkOf(zapier, TRIGGER));
  const { accessToken } = await deriveLink(readLinkFragment(hash.slice(1)).secret);
  const get = <T>(path: string, token: string) => callSuccessfully<T>(origin, 'GET', path, undefined, token);
  const { keys, verdicts } = await get<ConsoleLinkResponse>(CONSOLE_LINK_PATH, accessToken);
  expect(verdicts.map(({ is_valid }) => is_valid)).toEqual([false, true, true]);
  const { events } = await get<EventListResponse>(CONSOLE_EVENTS_PATH, accessToken);
  expect(events.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(keys.map(({ key_id }) => key_id)).toEqual([events[0]?.envelope.key_id]);
  expect((await callApi(origin, 'GET', CONSOLE_PATH)).status).toBe(200);

  await zapier.call(`${OPERATION}.performUnsubscribe`, { targetUrl, subscribeData });
  await send(lessonAt(180, { topic: 'After the Zap was turned off' }));
  const state = await get<ChannelStateResponse>(CHANNEL_PATH, deriveToken(KEY, origin));
  expect(state.subscriptions).toEqual([]);
  expect(state.events_24h).toBe(4);
  expect(runs).toHaveLength(3);
}

describe.each(neighbours)('version $version', (snapshot) => {
  it('of the app works with this relay', async () => {
    await useTogether(snapshot.app());
  });

  it('of the relay works with this app', async () => {
    const build = unpackRelay(join(folder, snapshot.version), snapshot.relay());
    await useTogether(newApp, build);
  });
});
