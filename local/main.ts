/**
 * `npm start`: the whole way on one machine. A relay, and a stand-in for Zapier that turns two Zaps on there, listens
 * for what arrives, and shows what a Zap would get of it. `npm start -- send <trigger key>` plays TutorCruncher against a running one.
 */

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { pino } from 'pino';

import { readConfig } from '../relay/config.ts';
import { startRelay } from '../relay/relay.ts';
import { build } from '../scripts/build.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { objects } from '../objects/index.ts';
import { createAccountServer } from './account.ts';
import { editorText } from './editor.ts';
import { createHookServer } from './server.ts';
import { recordTable } from './table.ts';
import { requestFromTutorCruncher } from './tutorcruncher.ts';
import { createRunner, isOutputField, messageOf, type App, type Outcome, type Runner } from './zapier.ts';

const USAGE = `Usage:
  npm start                                                  build the app and listen
  npm start -- send <trigger key> [--body FILE] [--key KEY]  sign and send a sample, or a file, to it

Environment: PORT (4000), TUTORCRUNCHER_PRIVATE_KEY (a demo key)`;

const DEMO_KEY = 'demo-private-key-of-nobodys-integration0';
const HOST = '127.0.0.1';

/** The triggers that a Zap is turned on for at the start. */
const RELAYED = ['lesson_completed', 'invoice_paid'];
const ARRIVAL_MS = 5_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A start that can't: the message is all its reader needs. */
class CannotStart extends Error {}

function portFrom(environment: NodeJS.ProcessEnv): number {
  const text = environment.PORT || '4000';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new CannotStart(`PORT is no port number: ${text}`);
  return port;
}

const privateKeyFrom = (environment: NodeJS.ProcessEnv): string =>
  environment.TUTORCRUNCHER_PRIVATE_KEY?.trim() || DEMO_KEY;

function sampleDelivery(triggerKey: string): unknown {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === triggerKey);
  if (!trigger) throw new CannotStart(`There is no trigger "${triggerKey}"; README.md lists their keys.`);
  return { request_time: Math.floor(Date.now() / 1000), events: [trigger.sampleEvent] };
}

function fileToSend(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CannotStart(`Can't read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function send(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { body: { type: 'string' }, key: { type: 'string' } },
    allowPositionals: true,
  });
  const [triggerKey, ...rest] = positionals;
  if (!triggerKey || rest.length > 0) throw new CannotStart(USAGE);

  const sample = sampleDelivery(triggerKey);
  const delivery = values.body === undefined ? sample : fileToSend(values.body);
  const key = values.key ?? privateKeyFrom(process.env);
  const url = `http://${HOST}:${portFrom(process.env)}/hooks/${triggerKey}`;
  await post(url, delivery, key);
}

async function post(url: string, delivery: unknown, key: string): Promise<void> {
  const { body, headers } = requestFromTutorCruncher(delivery, key);
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
  } catch {
    throw new CannotStart(`Nothing answers at ${url}. Start the stand-in first, in another terminal: npm start`);
  }
  console.log(`Sent ${body.length} bytes to ${url}: ${response.status} ${(await response.text()).trim()}`);
}

/** A folder that is gone when this process is. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutorcruncher-zapier-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function buildFor(relayUrl: string, folder: string): Promise<App> {
  // Not in this tree: what is pushed to Zapier from it must know nothing of this relay.
  const outDir = join(folder, 'app');
  try {
    build(outDir, relayUrl);
  } catch (error) {
    throw new CannotStart(messageOf(error));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const { default: app } = (await import(pathToFileURL(join(outDir, 'index.js')).href)) as { default: App };
  return app;
}

/** A relay on a temporary file, as `npm run relay` would be one. */
async function startLocalRelay(targetOrigin: string, folder: string): Promise<string> {
  const config = readConfig({
    RELAY_ORIGIN: `http://${HOST}`,
    RELAY_PORT: '0',
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_TARGET_ORIGINS: targetOrigin,
  });
  const { port } = await startRelay(config, pino({ level: 'silent' }));
  return `http://${HOST}:${port}`;
}

async function show(app: App, zapier: Runner, triggerKey: string, outcome: Outcome): Promise<void> {
  const trigger = app.triggers[triggerKey];
  if (!trigger) return;
  const title = `${trigger.display.label} (${triggerKey})`;
  if ('error' in outcome) {
    console.log(`\n${title}: ${outcome.isRefusal ? 'refused' : 'failed'}\n${outcome.error}`);
  } else if (outcome.records.length === 0) {
    console.log(`\n${title}: signed rightly, but no event of this trigger in it; the Zap does not run.`);
  } else {
    const fields = (await zapier.call(`triggers.${triggerKey}.operation.outputFields`)) as unknown[];
    outcome.records.forEach((record, index) => {
      const count = outcome.records.length > 1 ? ` ${index + 1} of ${outcome.records.length}` : '';
      console.log(`\n${title}: the Zap runs with record${count}\n${recordTable(fields.filter(isOutputField), record)}`);
    });
  }
}

/**
 * Makes a server listen.
 *
 * @returns its port, which is another than 0 where 0 was asked for
 */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new CannotStart(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken. Stop what listens there, or choose another: PORT=4001 npm start`
            : `Can't listen on port ${port}: ${error.message}`,
        ),
      );
    });
    server.listen(port, HOST, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Shows a trigger in Zapier's editor, with an account of invented people unless TUTORCRUNCHER_URL names another. */
async function showEditor(app: App, zapier: Runner, privateKey: string): Promise<void> {
  process.env.TUTORCRUNCHER_URL ??= `http://${HOST}:${await listen(createAccountServer(objects, privateKey), 0)}`;
  try {
    console.log(`\n${await editorText(app, zapier, 'tutor_label_added')}`);
  } catch (error) {
    console.log(`\n${process.env.TUTORCRUNCHER_URL} gave no account to show: ${messageOf(error)}`);
  }
}

/** Turns Zaps on two triggers on, as Zapier does, and lets TutorCruncher send both events to the one URL of the relay. */
async function showRelay(
  app: App,
  zapier: Runner,
  origin: string,
  privateKey: string,
  arrived: Arrivals,
): Promise<void> {
  try {
    for (const key of RELAYED) {
      await zapier.call(`triggers.${key}.operation.performSubscribe`, { targetUrl: `${origin}/hooks/${key}` });
    }
    const fields = (await zapier.call(`triggers.${RELAYED[0]}.operation.inputFields`)) as { helpText?: string }[];
    const [, url = ''] = /`(http[^`]+)`/.exec(fields[0]?.helpText ?? '') ?? [];
    console.log(`Two Zaps are on: ${RELAYED.map((key) => app.triggers[key]?.display.label).join(' and ')}.`);
    console.log('TutorCruncher sends a signed sample for each to the one URL of the relay between:');
    for (const key of RELAYED) await post(url, sampleDelivery(key), privateKey);
    await arrived.all();
  } catch (error) {
    console.log(`No Zap could be turned on at the relay: ${messageOf(error)}`);
  }
}

/** Waits for what the relay hands on. */
interface Arrivals {
  readonly all: () => Promise<void>;
}

async function serve(): Promise<void> {
  const port = portFrom(process.env);
  const privateKey = privateKeyFrom(process.env);

  let app: App | null = null;
  let zapier: Runner | null = null;
  let last: Promise<void> = Promise.resolve();
  let count = 0;
  const server = createHookServer({
    hasTrigger: (key) => app !== null && Object.hasOwn(app.triggers, key) && app.triggers[key]?.display.hidden !== true,
    receive: (key, request) => {
      // One after the other, so that tables don't mix.
      last = last.then(async () => {
        try {
          if (app && zapier) await show(app, zapier, key, await zapier.perform(key, request));
        } catch (error) {
          console.log(`\nA request could not be shown: ${messageOf(error)}`);
        }
      });
      count++;
    },
    reject: (line) => {
      console.log(`\n${line}`);
    },
  });
  const origin = `http://${HOST}:${await listen(server, port)}`;
  console.log('Building the app ...');
  const folder = temporaryFolder();
  app = await buildFor(await startLocalRelay(origin, folder), folder);
  zapier = createRunner(app, privateKey);

  console.log(`Listening, as Zapier would, for TutorCruncher's webhooks on ${origin}/hooks/<trigger key>`);
  console.log(
    process.env.TUTORCRUNCHER_PRIVATE_KEY?.trim()
      ? 'Deliveries are checked with the key in TUTORCRUNCHER_PRIVATE_KEY.\n'
      : 'Deliveries are checked with a demo key; set TUTORCRUNCHER_PRIVATE_KEY to check real ones.\n',
  );
  await showRelay(app, zapier, origin, privateKey, {
    all: async () => {
      const end = Date.now() + ARRIVAL_MS;
      while (count < RELAYED.length && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
      await last;
    },
  });
  await showEditor(app, zapier, privateKey);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
  console.log('\nStill listening. In another terminal, send more:  npm start -- send invoice_paid');
}

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) await serve();
  else if (command === 'send') await send(args);
  else throw new CannotStart(USAGE);
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof CannotStart) && !isUsage) throw error;
  console.error(error.message);
  process.exit(1);
}
