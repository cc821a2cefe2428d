/** `npm start`: builds the app for a local relay, starts the stand-ins, demonstrates them and continues to listen. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { freePort } from '../relay/harness/free-port.ts';
import { build } from '../scripts/build.ts';
import { BuildFailed, ROOT } from '../scripts/bundle.ts';
import { bundledPage } from '../scripts/console.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { HOST, portFrom, privateKeyFrom, startCommand } from './environment.ts';
import { createLocalRelay } from './local-relay.ts';
import { createSender, webhookUrlOf, type SetUp } from './relayed-zaps.ts';
import { createHookServer } from './server.ts';
import { showShortForm } from './short-form.ts';
import { print } from './terminal.ts';
import { runDay } from './tour/day.ts';
import { showTour } from './tour/tour.ts';
import { ZapRuns } from './zap-runs.ts';
import { createRunner, messageOf, type App } from './zapier.ts';

/**
 * Makes a server listen.
 * @returns the port that the server listens on
 * @throws {CommandError} if the server cannot listen
 */
async function listen(server: Server, port: number, orOther: boolean): Promise<number> {
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
    const other = await listen(server, 0, false);
    print(`Port ${port} is in use by another program. The stand-in for Zapier listens on port ${other} instead.`);
    return other;
  }
  return (server.address() as AddressInfo).port;
}

/**
 * Creates a temporary folder, which is removed on exit. A signal must therefore not end the process directly.
 * @throws {CommandError} if the folder cannot be created
 */
function createTemporaryFolder(): string {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-'));
  } catch (error) {
    throw new CommandError(
      `Could not create a temporary folder in ${tmpdir()}: ${messageOf(error)}. Set TMPDIR to a folder that is writable.`,
    );
  }
  process.on('exit', () => {
    try {
      // The relay's database thread is still running. Retry if it creates a file during the removal.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    } catch (error) {
      console.error(`Could not remove ${folder}: ${messageOf(error)}. Remove the folder by hand.`);
    }
  });
  return folder;
}

/**
 * Builds the app for a relay and loads it. The output is not in `dist/`, so that it is never pushed to Zapier.
 * @throws {BuildFailed} if the app does not compile
 */
async function buildApp(relayUrl: string, outDir: string): Promise<App> {
  await build(outDir, relayUrl);
  const { default: app } = (await import(pathToFileURL(join(outDir, 'index.js')).href)) as { default: App };
  return app;
}

/** Starts the stand-ins, which keep the process running. @throws {CommandError} if they cannot start */
export async function serve(isTour: boolean, showsAll: boolean): Promise<void> {
  const port = portFrom(process.env);
  const privateKey = privateKeyFrom(process.env);
  const started = Promise.withResolvers<SetUp>();
  let runs: ZapRuns | null = null;
  const server = createHookServer({
    receive: (key, request) => runs?.receive(key, request) ?? 503,
    send: createSender(started.promise),
  });
  const zapPort = await listen(server, port, !process.env.PORT);
  const zapOrigin = `http://${HOST}:${zapPort}`;
  const tutorCruncher = await startTutorCruncher(privateKey);
  // As at Zapier, the built app reads these variables. The demo never uses a real account.
  const registrationSecret = randomBytes(32).toString('hex');
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = registrationSecret;

  print('Starting a relay, and stand-ins for Zapier and TutorCruncher ...');
  const folder = createTemporaryFolder();
  const relayFolder = join(folder, 'relay');
  mkdirSync(relayFolder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const relayOrigin = `http://${HOST}:${await freePort()}`;
  const [page, app] = await Promise.all([bundledPage(), buildApp(relayOrigin, join(folder, 'app'))]).catch(
    (error: unknown) => {
      throw error instanceof BuildFailed ? new CommandError(error.message) : error;
    },
  );
  const startRelay = createLocalRelay(relayOrigin, zapOrigin, relayFolder, registrationSecret, page);
  const zapier = createRunner(app, privateKey);
  runs = new ZapRuns(app, zapier, showsAll);
  runs.requests = tutorCruncher.requests;
  print(`
Stand-in for Zapier:  ${zapOrigin}
Relay:                ${relayOrigin}
TutorCruncher's API:  ${tutorCruncher.origin}`);
  let webhookUrl: string | null = null;
  const setUp: SetUp = {
    app,
    zapier,
    zapOrigin,
    relayFolder,
    privateKey,
    runs,
    showsAll,
    tutorCruncher,
    zapsOn: new Set(),
    sent: [],
    webhookUrl: async () => (webhookUrl ??= await webhookUrlOf(zapier, 'lesson_completed')),
  };
  if (isTour) await showTour(setUp, startRelay, zapPort);
  else {
    await startRelay();
    await showShortForm(setUp, zapPort);
  }
  runs.form = isTour && !showsAll ? 'line' : 'fields';
  started.resolve(setUp);
  if (isTour) await runDay(setUp);
}
