/** A test bed in which Zaps of the built app receive sequences of events through a real relay. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { pino } from 'pino';

import { startTutorCruncher } from '../../../local/api/tutorcruncher.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { postToRelay, turnOn, webhookUrlOf } from '../../../local/relayed-zaps.ts';
import { deliveriesOf, type Sequence } from '../../../local/events/sequence.ts';
import { createHookServer } from '../../../local/hook-server.ts';
import { requestFromTutorCruncher } from '../../../local/signed-delivery.ts';
import { createRunner, type App, type Outcome, type Runner } from '../../../local/app-runner.ts';
import { readConfig } from '../../../relay/config.ts';
import { freePort } from '../../../relay/harness/free-port.ts';
import { startRelayProcess } from '../../../relay/harness/relay-process.ts';
import { until } from '../../../relay/harness/until.ts';
import { startRelay } from '../../../relay/relay.ts';
import { storeOptions } from '../../../relay/periodic-retention.ts';
import { openSqliteStore } from '../../../relay/store/sqlite/open-file.ts';
import { build } from '../../../scripts/build.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { deriveChannel, deriveToken } from '../../../wire/capability.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { DELIVERY_ID_HEADER } from '../../../wire/relay-api.ts';
import { SECRET } from '../../support/relay-app.ts';

/** A Zap that is turned on: its name, the key of its trigger, and its choices. */
export interface SequenceZap {
  readonly name: string;
  readonly trigger: string;
  readonly inputs?: JsonObject;
}

/** Longest wait for all deliveries, in milliseconds. */
const SETTLE_MS = 240_000;
const log = pino({ level: 'silent' });

/** The running test bed: the built app, and a relay that the Zaps have subscribed to. */
export type SequenceBed = Awaited<ReturnType<typeof createSequenceBed>>;

/** Builds the app for a relay in a folder, and loads the built app. */
async function builtApp(folder: string, relayOrigin: string): Promise<App> {
  // Node.js looks for packages in the folders above a file, so the folder needs a link to the packages.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  mkdirSync(join(folder, 'app'));
  await build(join(folder, 'app'), relayOrigin);
  // Jest loads the file as an ES module only if a `package.json` has the type `module`.
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  return ((await import(pathToFileURL(join(folder, 'app', 'index.js')).href)) as { default: App }).default;
}

const NO_OTHER_STEPS = { searches: {}, creates: {}, searchOrCreates: {} };

/**
 * Returns the app with only one trigger. zapier-platform-core copies the whole definition several times for each run
 * and each request. `test/scripts/build.test.ts` runs steps of the whole built app.
 */
const appWithTrigger = (app: App, key: string): App => ({
  ...app,
  ...NO_OTHER_STEPS,
  triggers: Object.fromEntries(Object.entries(app.triggers).filter(([each]) => each === key)),
});

/** Starts a relay with a new SQLite file, and turns Zaps on. The tests of `relay/store/` cover PostgreSQL. */
export async function createSequenceBed(zapsToTurnOn: readonly SequenceZap[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-sequences-test-'));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const app = await builtApp(folder, origin);
  const runners = new Map<string, Runner>();
  const runnerOf = (trigger: string): Runner => {
    const runner = runners.get(trigger) ?? createRunner(appWithTrigger(app, trigger), PRIVATE_KEY);
    runners.set(trigger, runner);
    return runner;
  };
  const tutorCruncher = await startTutorCruncher(PRIVATE_KEY);
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = SECRET;

  const zaps = new Map(zapsToTurnOn.map((zap) => [zap.name, zap]));
  /** The runs by the name of the Zap, in the order in which the deliveries arrived at Zapier. */
  const runs = new Map(zapsToTurnOn.map(({ name }): [string, Promise<Outcome>[]] => [name, []]));
  /** The attempts that have already run a Zap. */
  const received = new Set<string>();
  const hooks = createHookServer({
    receive: (name, request) => {
      const { trigger, inputs } = zaps.get(name) ?? {};
      if (trigger === undefined) return 404;
      // The relay repeats an attempt that timed out, or whose response was lost because the relay was killed. Zapier's
      // stand-in ignores the repetition, which has the same delivery id.
      const attempt = `${name} ${String(request.headers[DELIVERY_ID_HEADER])}`;
      if (!received.has(attempt)) runs.get(name)?.push(runnerOf(trigger).perform(trigger, request, inputs));
      received.add(attempt);
      return 200;
    },
  });
  await once(hooks.listen(0, '127.0.0.1'), 'listening');
  const zapOrigin = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`;

  const environment = {
    RELAY_ORIGIN: origin,
    RELAY_PORT: String(port),
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: zapOrigin,
    RELAY_REGISTRATION_SECRET: SECRET,
    RELAY_ADMIN_SOCKET: 'off',
    LOG_LEVEL: 'silent',
  };
  const start = async () => {
    const config = readConfig(environment);
    const store = openSqliteStore(config.sqlitePath, storeOptions(config));
    return { store, relay: await startRelay(config, log, { store }) };
  };
  let running = await start();
  const channel = deriveChannel(deriveToken(PRIVATE_KEY, origin));

  for (const { name, trigger } of zaps.values()) await turnOn(runnerOf(trigger), zapOrigin, trigger, name);
  const webhookUrl = await webhookUrlOf(runnerOf('lesson_completed'), 'lesson_completed');

  const send = async (delivery: object, privateKey = PRIVATE_KEY): Promise<void> => {
    await postToRelay(webhookUrl, requestFromTutorCruncher(delivery, privateKey));
  };
  const runsOf = (name: string): readonly Promise<Outcome>[] => runs.get(name) ?? [];

  return {
    runsOf,

    stop: async (): Promise<void> => {
      await running.relay.stop();
      await tutorCruncher.stop();
      delete process.env.TUTORCRUNCHER_URL;
      hooks.closeAllConnections();
      hooks.close();
      rmSync(folder, { recursive: true });
    },

    /** Sends the deliveries of a sequence to the relay, one after another. */
    play: async (sequence: Sequence, privateKey = PRIVATE_KEY): Promise<void> => {
      for (const delivery of deliveriesOf(sequence)) await send(delivery, privateKey);
    },

    /**
     * Sends the deliveries of a sequence to a relay in a separate process. Kills the relay while it receives the middle
     * delivery, and kills the restarted relay after the last delivery. Afterwards, the relay runs in this process
     * again.
     */
    playWithKills: async (sequence: Sequence): Promise<void> => {
      await running.relay.stop();
      const deliveries = deliveriesOf(sequence);
      const middle = Math.floor(deliveries.length / 2);
      const first = await startRelayProcess({ port, environment });
      for (const delivery of deliveries.slice(0, middle)) await send(delivery);
      const interrupted = send(deliveries[middle] ?? {}).catch(() => undefined);
      await first.kill('SIGKILL');
      await interrupted;
      const second = await startRelayProcess({ port, environment });
      // TutorCruncher sends a webhook again if it receives no response, so the interrupted delivery is repeated.
      for (const delivery of deliveries.slice(middle)) await send(delivery);
      await second.kill('SIGKILL');
      running = await start();
    },

    /** Waits until every Zap has received its waiting deliveries, and all runs have ended. */
    settled: async (): Promise<void> => {
      await until(async () => {
        const state = await running.store.channelState(channel, Date.now());
        return (state?.subscriptions ?? []).every(({ pending }) => pending === 0);
      }, SETTLE_MS);
      await Promise.all([...runs.values()].flat());
    },

    /** Returns the test data that the editor shows for a trigger. */
    testRecordsOf: async (trigger: string): Promise<FlatRecord[]> =>
      (await runnerOf(trigger).call(`triggers.${trigger}.operation.performList`)) as FlatRecord[],

    /**
     * Returns a Zap's records about the record that a sequence changes.
     *
     * @throws {Error} if a run of the Zap has failed
     */
    recordsOf: async (name: string, { object, id }: Sequence): Promise<FlatRecord[]> => {
      const outcomes = await Promise.all(runsOf(name));
      const records = outcomes.flatMap((outcome) => {
        if ('error' in outcome) throw new Error(outcome.error);
        return outcome.records;
      });
      return records.filter((record) => record[`${object.word}_id`] === id);
    },
  };
}
