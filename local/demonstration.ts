/**
 * The demonstration of `npm start`: a relay, the app that is built for it, and stand-ins for Zapier and TutorCruncher.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import { freePort } from '../relay/harness/free-port.ts';
import { startRelay } from '../relay/relay.ts';
import { build } from '../scripts/build.ts';
import { BuildFailed, ROOT } from '../scripts/bundle.ts';
import { bundledPage } from '../scripts/console.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { HOST } from './environment.ts';
import { createSender } from './relayed-send.ts';
import { webhookUrlOf, type SetUp } from './relayed-zaps.ts';
import type { Receiver } from './hook-server.ts';
import { showShortForm } from './start-output.ts';
import { print } from './terminal.ts';
import { ZapRuns } from './zap-runs.ts';
import { createRunner, type App } from './app-runner.ts';

/** The settings of a demonstration. */
interface DemonstrationOptions {
  /** The port of the stand-in for Zapier. */
  readonly zapPort: number;
  readonly privateKey: string;
  /** A folder for the built app and the files of the relay. */
  readonly folder: string;
  readonly showsAll: boolean;
}

/** A demonstration that is ready to be shown. */
export interface Demonstration extends Required<Receiver> {
  readonly setUp: SetUp;
  /**
   * Starts the relay, and shows the short form of the demonstration.
   *
   * @throws {CommandError} if the relay cannot start
   */
  readonly show: () => Promise<void>;
}

/**
 * Builds the app for a relay and loads it. The output is outside the folder that Zapier's CLI uploads, so a push never
 * contains it.
 *
 * @throws {BuildFailed} if the app does not compile
 */
async function buildApp(relayUrl: string, outDir: string): Promise<App> {
  await build(outDir, relayUrl);
  const { default: app } = (await import(pathToFileURL(join(outDir, 'index.js')).href)) as { default: App };
  return app;
}

/**
 * Builds the app and the console, and starts the stand-in for TutorCruncher.
 *
 * @throws {CommandError} if a build fails
 */
export async function loadDemonstration(options: DemonstrationOptions): Promise<Demonstration> {
  const { zapPort, privateKey, folder, showsAll } = options;
  const zapOrigin = `http://${HOST}:${zapPort}`;
  const tutorCruncher = await startTutorCruncher(privateKey);
  // The built app reads these variables, as at Zapier. The demonstration never uses a real account.
  const registrationSecret = randomBytes(32).toString('hex');
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  process.env.RELAY_REGISTRATION_SECRET = registrationSecret;

  print('Starting a relay, and stand-ins for Zapier and TutorCruncher ...');
  const relayFolder = join(folder, 'relay');
  mkdirSync(relayFolder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const relayOrigin = `http://${HOST}:${await freePort()}`;
  const [page, app] = await Promise.all([bundledPage(), buildApp(relayOrigin, join(folder, 'app'))]).catch(
    (error: unknown) => {
      throw error instanceof BuildFailed ? new CommandError(error.message) : error;
    },
  );
  const zapier = createRunner(app, privateKey);
  const runs = new ZapRuns(app, zapier, showsAll);
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
    privateKey,
    runs,
    zapsOn: new Set(),
    webhookUrl: async () => (webhookUrl ??= await webhookUrlOf(zapier, 'lesson_completed')),
  };
  const shown = Promise.withResolvers<SetUp>();

  async function show(): Promise<void> {
    const config = readConfig({
      RELAY_ORIGIN: relayOrigin,
      RELAY_PORT: new URL(relayOrigin).port,
      RELAY_SQLITE_PATH: join(relayFolder, 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: zapOrigin,
      RELAY_REGISTRATION_SECRET: registrationSecret,
    });
    await startRelay(config, pino({ level: 'silent' }), { page });
    await showShortForm(setUp, zapPort);
    runs.isPrinted = true;
    shown.resolve(setUp);
  }
  return { setUp, receive: (key, request) => runs.receive(key, request), send: createSender(shown.promise), show };
}
