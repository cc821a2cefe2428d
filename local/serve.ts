/**
 * `npm start`: builds the app for a local relay, starts the stand-in for Zapier, demonstrates both and continues to
 * listen for deliveries.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { ConsolePage } from '../relay/console-page.ts';
import { BuildFailed } from '../scripts/build-failed.ts';
import { build } from '../scripts/build.ts';
import { bundledPage } from '../scripts/console.ts';
import { tutorCruncherOrigin } from '../src/api/client.ts';
import { DELIVERY_ID_HEADER } from '../wire/relay-api.ts';
import { createTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { PastDeliveries, playPast, type Past } from './day/play-past.ts';
import { runDay } from './day/run-day.ts';
import { FAILING_TRIGGER, Trouble } from './day/trouble.ts';
import { demonstrate, type Demonstration } from './demonstration.ts';
import { hasOwnKey, HOST, portFrom, privateKeyFrom, startCommand } from './environment.ts';
import { createLocalRelay } from './local-relay.ts';
import { isTriggerKey } from './sample-delivery.ts';
import { consoleLinkOf } from './relayed-zaps.ts';
import { createHookServer } from './server.ts';
import { SentDeliveries } from './sent-deliveries.ts';
import { aborted, unlessAborted } from './stop-signal.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { createZapRuns, type LoadedApp } from './zap-runs.ts';
import { createRunner, messageOf, type App, type Runner } from './zapier.ts';
import { print } from './terminal.ts';

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

/** Bundles the console's page, which the relay serves. @throws {CommandError} if there is an error in a source */
async function bundlePage(): Promise<ConsolePage> {
  try {
    return await bundledPage();
  } catch (error) {
    throw error instanceof BuildFailed ? new CommandError(error.message) : error;
  }
}

/**
 * Builds the app and loads it. The output is not in `dist/`, so that it is never pushed to Zapier.
 *
 * @param relayUrl - URL of the relay to build it for; undefined for webhook URLs that users paste
 * @param outDir - a folder whose parent contains node_modules
 * @throws {CommandError} if the app does not compile
 */
async function buildApp(relayUrl: string | undefined, outDir: string, stop: AbortSignal): Promise<App> {
  try {
    await build(outDir, { relayUrl }, stop);
  } catch (error) {
    throw error instanceof BuildFailed ? new CommandError(error.message) : error;
  }
  const { default: app } = (await import(pathToFileURL(join(outDir, 'index.js')).href)) as { default: App };
  return app;
}

/**
 * Returns a runner of the app that was built for the relay. Requests that do not come from the relay, such as those that
 * TutorCruncher sends to a pasted URL, run the app that was built without a relay.
 */
function createRunners(relayed: App, direct: App, privateKey: string): Runner {
  const zapier = createRunner(relayed, privateKey);
  const withoutRelay = createRunner(direct, privateKey);
  return {
    call: zapier.call,
    perform: (triggerKey, request, inputData) =>
      (DELIVERY_ID_HEADER in request.headers ? zapier : withoutRelay).perform(triggerKey, request, inputData),
  };
}

/** Returns the text that introduces the stand-ins. */
const introduction = (zapOrigin: string, relayOrigin: string): string =>
  [
    `Stand-in for Zapier:  ${zapOrigin}/hooks/<trigger key>`,
    `Relay:                ${relayOrigin}`,
    `TutorCruncher's API:  ${tutorCruncherOrigin()}`,
    hasOwnKey(process.env)
      ? 'Private key:          the value of TUTORCRUNCHER_PRIVATE_KEY'
      : 'Private key:          a demo key (set TUTORCRUNCHER_PRIVATE_KEY to check real deliveries)',
  ].join('\n');

/** Sends the past events, starts the relay and returns a text about the past events. */
async function pastText(past: Past, stop: AbortSignal): Promise<string> {
  try {
    const count = await playPast(past, stop);
    return `The relay contains ${count} events of a fictional branch from the last two days. Its clock was set back to receive them.`;
  } catch (error) {
    stop.throwIfAborted();
    return `The events of the last two days could not be sent: ${messageOf(error)}`;
  } finally {
    await past.relay.start();
  }
}

/** Returns the line with the link to the console. */
async function linkText(zapier: Runner): Promise<string> {
  try {
    return `See what happened: ${await consoleLinkOf(zapier, FAILING_TRIGGER)}`;
  } catch (error) {
    return `The link to the console could not be created: ${messageOf(error)}`;
  }
}

/** Returns instructions for sending another event. Its last line is a command that can be pasted. */
function instructions(zapOrigin: string, port: number): string {
  const condition = hasOwnKey(process.env) ? ' that has the same TUTORCRUNCHER_PRIVATE_KEY' : '';
  return [
    `Listening on ${zapOrigin}. Press Ctrl-C to stop.`,
    `To send another event, run this command in a second terminal${condition}:`,
    '',
    `  ${startCommand(port)} -- send invoice_paid`,
  ].join('\n');
}

/**
 * Runs the stand-ins until a signal aborts.
 *
 * @param showsAll - true to print all fields of records, not just the main ones
 * @throws {CommandError} if they cannot start
 * @throws the signal's reason if the signal aborts during the start
 */
export async function serve(stop: AbortSignal, showsAll: boolean): Promise<void> {
  const port = portFrom(process.env);
  const privateKey = privateKeyFrom(process.env);
  checkTutorCruncherUrl();

  let setLoaded: (loaded: LoadedApp) => void = () => undefined;
  const runs = createZapRuns(new Promise((resolve) => (setLoaded = resolve)), showsAll);
  const trouble = new Trouble();
  const deliveries = new PastDeliveries();
  let setDemonstrated: (demonstration: Demonstration) => void = () => undefined;
  const sent = new SentDeliveries(new Promise((resolve) => (setDemonstrated = resolve)));
  const server = createHookServer({
    hasTrigger: isTriggerKey,
    receive: (key, request) => {
      if (!deliveries.takes(request)) runs.receive(key, request, (one) => sent.reportOf(one));
    },
    send: (key, request) => sent.send(key, request),
    failureOf: (key, request) => {
      const status = trouble.statusFor(key, request);
      if (status !== null && !deliveries.takes(request)) runs.showFailure(key, request, status);
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
  print('Building the app ...');
  const folder = createTemporaryFolder();
  const relayFolder = join(folder, 'relay');
  mkdirSync(relayFolder);
  const registrationSecret = randomBytes(32).toString('hex');
  // As at Zapier, the built app reads this variable.
  process.env.RELAY_REGISTRATION_SECRET = registrationSecret;
  const page = await bundlePage();
  stop.throwIfAborted();
  const relay = await createLocalRelay({ zapOrigin, folder: relayFolder, registrationSecret, page });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  // The signal does not interrupt the builds, because the compiler writes to the folder until it ends.
  const app = await buildApp(relay.origin, join(folder, 'app'), stop);
  const appWithoutRelay = await buildApp(undefined, join(folder, 'app-without-relay'), stop);
  stop.throwIfAborted();
  const zapier = createRunners(app, appWithoutRelay, privateKey);
  setLoaded({ app, zapier });

  print(`\n${introduction(zapOrigin, relay.origin)}`);
  const demonstration: Demonstration = {
    ...{ app, zapier, zapOrigin, relayOrigin: relay.origin, relayFolder, privateKey, runs, showsAll, tutorCruncher },
    zapsOn: new Set(),
  };
  print(`\n${await unlessAborted(stop, pastText({ relay, trouble, deliveries, demonstration }, stop))}`);
  await unlessAborted(stop, demonstrate(demonstration));
  print(`\n${await unlessAborted(stop, linkText(zapier))}\n\n${instructions(zapOrigin, zapPort)}\n`);
  runs.shorten();
  setDemonstrated(demonstration);
  await unlessAborted(stop, runDay(demonstration, trouble, stop));
  await aborted(stop);
}
