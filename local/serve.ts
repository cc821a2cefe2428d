/**
 * `npm start`: builds the app for a local relay, starts the stand-ins for Zapier and TutorCruncher, demonstrates them and
 * continues to listen for deliveries.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { freePort } from '../relay/harness/free-port.ts';
import { build } from '../scripts/build.ts';
import { BuildFailed } from '../scripts/bundle.ts';
import { bundledPage } from '../scripts/console.ts';
import { tutorCruncherOrigin } from '../src/api/client.ts';
import { NOTICE_TRIGGER } from '../wire/notice.ts';
import { DELIVERY_ID_HEADER } from '../wire/relay-api.ts';
import { createTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { hasOwnKey, HOST, portFrom, privateKeyFrom, startCommand } from './environment.ts';
import { createLocalRelay } from './local-relay.ts';
import { webhookUrlOf, type SetUp } from './relayed-zaps.ts';
import type { LoadedApp } from './run-text.ts';
import { isTriggerKey } from './sample-delivery.ts';
import { SentDeliveries } from './sent-deliveries.ts';
import { createHookServer } from './server.ts';
import { showShortForm } from './short-form.ts';
import { aborted, unlessAborted } from './stop-signal.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { print } from './terminal.ts';
import { ZapResponses } from './tour/zap-responses.ts';
import { createZapRuns } from './zap-runs.ts';
import { createRunner, messageOf, type App, type Runner } from './zapier.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Makes a server listen.
 *
 * @param port - 0 for any free port
 * @param orOther - true to listen on another port if this port is in use
 * @returns the port that the server listens on
 * @throws {CommandError} if the server cannot listen
 */
async function listen(server: Server, port: number, orOther = false): Promise<number> {
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch (error) {
    const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isInUse) throw new CommandError(`Could not listen on port ${port}: ${messageOf(error)}`);
    if (!orOther) {
      throw new CommandError(
        `Port ${port} is in use. Stop the program that listens on it, or choose another port: ${startCommand(port === 4001 ? 4002 : 4001)}`,
      );
    }
    const other = await listen(server, 0);
    print(`Port ${port} is in use by another program. The stand-in for Zapier listens on port ${other} instead.`);
    return other;
  }
  return (server.address() as AddressInfo).port;
}

/**
 * Checks `TUTORCRUNCHER_URL`.
 *
 * @throws {CommandError} if the variable is set to an invalid URL
 */
function checkTutorCruncherUrl(): void {
  try {
    tutorCruncherOrigin();
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}

/**
 * Builds the app for a relay and loads it. The output is not in `dist/`, so that it is never pushed to Zapier.
 *
 * @param outDir - a folder whose parent contains node_modules
 * @throws {BuildFailed} if the app does not compile
 */
async function buildApp(relayUrl: string, outDir: string): Promise<App> {
  await build(outDir, relayUrl);
  const { default: app } = (await import(pathToFileURL(join(outDir, 'index.js')).href)) as { default: App };
  return app;
}

/**
 * Returns a runner of the app that was built for the relay. Requests that do not come from the relay, such as those that
 * TutorCruncher sends to a pasted URL, run the sources, which use no relay.
 */
function createRunners(relayed: App, privateKey: string): Runner {
  const zapier = createRunner(relayed, privateKey);
  let direct: Promise<Runner> | null = null;
  const loadDirect = async () => createRunner((await import('../index.ts')).default, privateKey);
  return {
    call: zapier.call,
    perform: async (triggerKey, request) => {
      if (DELIVERY_ID_HEADER in request.headers) return zapier.perform(triggerKey, request);
      return (await (direct ??= loadDirect())).perform(triggerKey, request);
    },
  };
}

/** Returns the text that introduces the stand-ins. */
const introduction = (zapOrigin: string, relayOrigin: string): string =>
  [
    `Stand-in for Zapier:  ${zapOrigin}/hooks/<trigger key>`,
    `Relay:                ${relayOrigin}`,
    `TutorCruncher's API:  ${tutorCruncherOrigin()}`,
    `Private key:          ${hasOwnKey(process.env) ? 'the value of TUTORCRUNCHER_PRIVATE_KEY' : 'a demo key'}`,
  ].join('\n');

/** The form of the demo. */
export interface ServeOptions {
  /** True for the tour, false for the short form. */
  readonly isTour: boolean;
  /** True to print all fields of records, not just the main ones. */
  readonly showsAll: boolean;
}

/**
 * Runs the stand-ins until a signal aborts.
 *
 * @throws {CommandError} if they cannot start
 * @throws the signal's reason if the signal aborts during the start
 */
export async function serve(stop: AbortSignal, { isTour, showsAll }: ServeOptions): Promise<void> {
  const port = portFrom(process.env);
  const privateKey = privateKeyFrom(process.env);
  checkTutorCruncherUrl();

  let setLoaded: (loaded: LoadedApp) => void = () => undefined;
  let setDemonstrated: (setUp: SetUp) => void = () => undefined;
  const runs = createZapRuns(new Promise((resolve) => (setLoaded = resolve)), showsAll);
  const responses = new ZapResponses();
  const sent = new SentDeliveries(new Promise((resolve) => (setDemonstrated = resolve)));
  const server = createHookServer({
    hasTrigger: (key) => isTriggerKey(key) || key === NOTICE_TRIGGER,
    receive: (key, request) => {
      runs.receive(key, request, (one) => sent.reportOf(one));
    },
    send: (key, request) => sent.send(key, request),
    failureOf: (key, request) => {
      const status = responses.statusFor(key, request);
      if (status !== null) runs.showFailure(key, request, status);
      return status;
    },
    reject: (line) => {
      print(`\n${line}`);
    },
  });
  const zapPort = await listen(server, port, !process.env.PORT);
  const zapOrigin = `http://${HOST}:${zapPort}`;
  const tutorCruncher = process.env.TUTORCRUNCHER_URL ? null : createTutorCruncher(privateKey);
  // The built app also reads this variable.
  if (tutorCruncher) process.env.TUTORCRUNCHER_URL = `http://${HOST}:${await listen(tutorCruncher.server, 0)}`;

  stop.throwIfAborted();
  print('Starting a relay, and stand-ins for Zapier and TutorCruncher ...');
  const folder = createTemporaryFolder();
  const relayFolder = join(folder, 'relay');
  mkdirSync(relayFolder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const registrationSecret = randomBytes(32).toString('hex');
  // As at Zapier, the built app reads this variable.
  process.env.RELAY_REGISTRATION_SECRET = registrationSecret;
  const relayOrigin = `http://${HOST}:${await freePort()}`;
  const [page, app] = await Promise.all([bundledPage(), buildApp(relayOrigin, join(folder, 'app'))]).catch(
    (error: unknown) => {
      throw error instanceof BuildFailed ? new CommandError(error.message) : error;
    },
  );
  stop.throwIfAborted();
  const relay = createLocalRelay({ origin: relayOrigin, zapOrigin, folder: relayFolder, registrationSecret, page });
  const zapier = createRunners(app, privateKey);
  setLoaded({ app, zapier });

  print(`\n${introduction(zapOrigin, relayOrigin)}`);
  let webhookUrl: string | null = null;
  const setUp: SetUp = {
    ...{ app, zapier, zapOrigin, relayOrigin, relayFolder, privateKey, runs, showsAll, tutorCruncher },
    ...{ zapsOn: new Set(), sent: [] },
    webhookUrl: async () => (webhookUrl ??= await webhookUrlOf(zapier, 'lesson_completed')),
  };
  runs.show('nothing');
  if (isTour) {
    const { showTour } = await import('./tour/tour.ts');
    await showTour({ setUp, relay, responses, zapPort, onDemonstrated: setDemonstrated, stop });
  } else {
    await unlessAborted(stop, relay.start());
    await unlessAborted(stop, showShortForm(setUp, zapPort));
    runs.show('table');
    setDemonstrated(setUp);
  }
  await aborted(stop);
}
