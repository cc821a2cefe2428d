/**
 * The `check` command: finds the usual mistakes in an installation, and changes nothing. A running relay checks itself, so
 * that the results hold for its user, its limits and its network.
 */

import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';

import { request, type Dispatcher } from 'undici';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { BadConfig, readConfig, type Config } from '../config.ts';
import { conflict } from '../http/problem.ts';
import { nameOf } from '../log.ts';
import { checkStore } from '../store/open.ts';
import { StoreUnavailable } from '../store/store.ts';
import { ZAPIER_ORIGIN } from '../target-url.ts';
import { durationOf, sizeOf } from './table.ts';

/** Thrown by a check. The message says what to do. */
class Trouble extends Error {}

const PROBLEM = 'PROBLEM';
const REQUEST_MS = 10_000;
const MAX_CLOCK_DIFFERENCE_MS = 30_000;
const MAX_BACKUP_AGE_MS = 48 * 3_600_000;
/** Enough for all connections of clients and all attempts in flight. */
const MIN_OPEN_FILES = 3_000;
/** Error codes of certificates that do not fit, such as CERT_HAS_EXPIRED or ERR_TLS_CERT_ALTNAME_INVALID. */
const BAD_CERTIFICATE = /CERT|ISSUER|SIGNATURE/;

/** Sends a request. @throws {Trouble} if there is no response, with the advice for the error code */
async function send(url: string, advice: (code: string) => string): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, { headersTimeout: REQUEST_MS, bodyTimeout: REQUEST_MS });
  } catch (error) {
    throw new Trouble(advice(nameOf(error)));
  }
}

/** Requests `/readyz` through the public name. Returns the body; an empty one if it is not JSON. */
async function requestReadiness({ origin }: Config): Promise<JsonObject> {
  const response = await send(`${origin}/readyz`, (code) => {
    if (code === 'ENOTFOUND')
      return `${origin} does not resolve. Create a DNS record with the address of this machine.`;
    return BAD_CERTIFICATE.test(code)
      ? `The certificate of ${origin} does not fit (${code}), so Zapier refuses it. Check the log of the proxy.`
      : `${origin} does not respond (${code}). Start the proxy, and open the ports 80 and 443. If this machine cannot ` +
          `reach its own public address, try "curl ${origin}/readyz" on another one.`;
  });
  const body: unknown = await response.body.json().catch(() => null);
  return isJsonObject(body) ? body : {};
}

async function checkPublicName({ origin, host, port }: Config, body: Promise<JsonObject>): Promise<string> {
  const { status, detail } = await body;
  if (status === 'ready') return `${origin} leads to a ready relay, and its certificate fits.`;
  if (typeof detail === 'string') throw new Trouble(detail);
  throw new Trouble(
    `${origin} does not lead to a relay. Start the relay, and let the proxy forward to ${host}:${port}.`,
  );
}

async function checkProxy(body: Promise<JsonObject>): Promise<string> {
  const { proxy } = await body;
  if (proxy === 'trusted') return 'The relay trusts the addresses of clients that the proxy reports.';
  if (proxy === 'untrusted') throw new Trouble('The relay does not trust it. Set RELAY_TRUST_PROXY to its address.');
  throw new Trouble('No proxy reports the addresses of clients. Let the proxy set the header X-Forwarded-For.');
}

async function checkClock(zapier: string): Promise<string> {
  const sentAt = Date.now();
  const unreachable = 'so no Zap receives events. Allow outgoing HTTPS.';
  const response = await send(zapier, (code) => `${zapier} cannot be reached (${code}), ${unreachable}`);
  await response.body.dump();
  const difference = (sentAt + Date.now()) / 2 - Date.parse(String(response.headers.date));
  if (Math.abs(difference) < MAX_CLOCK_DIFFERENCE_MS)
    return 'Zapier can be reached, and the clock agrees with its clock.';
  const direction = difference > 0 ? 'fast' : 'slow';
  throw new Trouble(
    `The clock is ${durationOf(Math.abs(difference))} ${direction}. Synchronize it, such as with chrony.`,
  );
}

async function checkPort({ host, port }: Config): Promise<string> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    server.close();
    return `${host}:${port} is free.`;
  } catch (error) {
    throw new Trouble(
      `${host}:${port} cannot be used (${nameOf(error)}). Stop the process that uses it, or choose another RELAY_PORT. If ` +
        'this process is the relay, set RELAY_ADMIN_SOCKET to its socket.',
    );
  }
}

async function checkDisk({ maxChannelMb }: Config, folder: string): Promise<string> {
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw new Trouble(`The relay may not write to ${folder} (${nameOf(error)}). Create it, or change its owner.`);
  });
  const { bavail, bsize } = await statfs(folder);
  const found = `${sizeOf(bavail * bsize)} are free in ${folder}`;
  if (bavail * bsize >= maxChannelMb * 2 ** 20) return `${found}.`;
  throw new Trouble(`${found}, less than RELAY_MAX_CHANNEL_MB (${maxChannelMb}). Free some space, or lower the limit.`);
}

async function checkOpenFiles(): Promise<string> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  if (limit >= MIN_OPEN_FILES) return 'The limit suffices.';
  throw new Trouble(`The limit is ${limit}. Set it to ${MIN_OPEN_FILES} or more (LimitNOFILE or "ulimits: nofile").`);
}

async function checkBackup(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('backup-'));
  const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs));
  const age = Date.now() - Math.max(...times);
  if (age < MAX_BACKUP_AGE_MS) return `The newest one is ${durationOf(age)} old.`;
  const found = times.length === 0 ? 'There is none' : `The newest one is ${durationOf(age)} old`;
  throw new Trouble(`${found}. Write one to ${folder}/backup-DATE every night with the command "backup".`);
}

async function checkDatabase(config: Config): Promise<string> {
  await checkStore(config);
  return 'The version of PostgreSQL and the rights of its user suffice.';
}

/** Returns the result of a check as a line of the output. */
async function lineOf(check: string, text: Promise<string>): Promise<string> {
  const columns = (result: string) => `${result.padEnd(9)}${check.padEnd(13)}`;
  try {
    return `${columns('ok')}${await text}`;
  } catch (error) {
    if (!(error instanceof Trouble || error instanceof StoreUnavailable || error instanceof BadConfig)) throw error;
    return `${columns(PROBLEM)}${error.message}`;
  }
}

async function linesFor(environment: NodeJS.ProcessEnv, isRunning: boolean, zapier: string): Promise<string[]> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    return [await lineOf('settings', Promise.reject(error))];
  }
  const { databaseUrl, sqlitePath } = config;
  const folder = dirname(resolve(sqlitePath));
  const body = requestReadiness(config);
  return Promise.all([
    lineOf('settings', Promise.resolve('All settings are valid.')),
    lineOf('public name', checkPublicName(config, body)),
    lineOf('proxy', checkProxy(body)),
    lineOf('clock', checkClock(zapier)),
    ...(isRunning ? [] : [lineOf('port', checkPort(config))]),
    lineOf('open files', checkOpenFiles()),
    ...(databaseUrl === null
      ? [lineOf('disk', checkDisk(config, folder)), lineOf('backup', checkBackup(folder))]
      : [lineOf('database', checkDatabase(config))]),
  ]);
}

/**
 * Checks an installation, perhaps in a running relay. Returns a line for each check.
 *
 * @param zapier - origin whose clock is compared with the clock of this machine
 * @throws {Problem} with these lines if a check has found a problem
 */
export async function check(
  environment: NodeJS.ProcessEnv,
  isRunning: boolean,
  zapier = ZAPIER_ORIGIN,
): Promise<string> {
  const lines = await linesFor(environment, isRunning, zapier);
  if (lines.some((line) => line.startsWith(PROBLEM))) throw conflict(lines.join('\n'));
  return lines.join('\n');
}
