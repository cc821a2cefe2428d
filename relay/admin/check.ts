/**
 * The `check` command, which finds common mistakes in an installation and changes nothing. A running relay checks
 * itself, so that the results apply to its user, its limits and its network.
 */

import { constants } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';

import { request, type Dispatcher } from 'undici';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { readChannelList } from '../channel-list.ts';
import { BadConfig, readConfig, type Config } from '../config.ts';
import { readFileSystem } from '../file-system.ts';
import { nameOf } from '../log.ts';
import { disksOf } from '../monitoring/disks.ts';
import type { PauseSummary } from '../monitoring/pauses.ts';
import { readPlace } from '../monitoring/volume.ts';
import { checkStore, originOfFile } from '../store/open.ts';
import { StoreUnavailable } from '../store/store.ts';
import { ZAPIER_ORIGIN } from '../target-url.ts';
import { checkBackup } from './check-backup.ts';
import { checkDisk, checkVolume } from './check-disk.ts';
import { checkPauses } from './check-pauses.ts';
import { Trouble, Unchecked } from './check-result.ts';
import { checkDatabase, checkOrigin } from './check-store.ts';
import type { CommandOutput } from './command-context.ts';
import { durationOf } from './formatting.ts';

/** The sources of information about the machine, which tests replace. */
interface CheckSources {
  /** The origin whose clock is compared with the clock of this machine. */
  readonly zapier: string;
  readonly readDisks: typeof disksOf;
  readonly readPlace: typeof readPlace;
  readonly readFileSystem: typeof readFileSystem;
  /** The pauses of a running relay. */
  readonly pauses?: PauseSummary;
}

const SOURCES: CheckSources = { zapier: ZAPIER_ORIGIN, readDisks: disksOf, readPlace, readFileSystem };

const PROBLEM = 'PROBLEM';
const REQUEST_MS = 10_000;
const MAX_CLOCK_DIFFERENCE_MS = 30_000;
/** Minimum limit on open files. This limit is enough for all client connections and all attempts in flight. */
const MIN_OPEN_FILES = 3_000;
/** Pattern of the error codes for invalid certificates, such as CERT_HAS_EXPIRED or ERR_TLS_CERT_ALTNAME_INVALID. */
const BAD_CERTIFICATE = /CERT|ISSUER|SIGNATURE/;
/**
 * Pattern of the error message if a server ends the handshake because it has no certificate for the name. The error
 * codes vary.
 */
const NO_CERTIFICATE = /\balert\b/i;
const HANDSHAKE_ENDED = 'HANDSHAKE_ENDED';
/** The command name of a relay that systemd runs as a service. */
const SERVICE = 'tutorcruncher-relay';
/** Folders that the systemd unit hides from the relay (`ProtectHome`). */
const HIDDEN_FOLDER = /^\/(?:home|root|run\/user)\//;
const NAME_FIRST = 'Not checked. Correct the public name first.';
const START_FIRST = 'Not checked. Start the relay first.';

/** Sends a request. @throws {Trouble} with advice for the error code if there is no response */
async function send(url: string, advice: (code: string) => string): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, { headersTimeout: REQUEST_MS, bodyTimeout: REQUEST_MS });
  } catch (error) {
    throw new Trouble(advice(NO_CERTIFICATE.test(String(error)) ? HANDSHAKE_ENDED : nameOf(error)));
  }
}

/** Requests `/readyz` through the public name. Returns the body; an empty object if the body is not JSON. */
async function requestReadiness({ origin }: Config): Promise<JsonObject> {
  const response = await send(`${origin}/readyz`, (code) => {
    if (code === 'ENOTFOUND')
      return `${origin} does not resolve. Create a DNS record with the address of this machine.`;
    if (code === HANDSHAKE_ENDED) {
      return (
        `The proxy responds, but has no certificate for ${origin}. Add the name to its configuration. With Caddy, ` +
        '"sudo journalctl --unit=caddy" shows why Caddy could not obtain a certificate.'
      );
    }
    return BAD_CERTIFICATE.test(code)
      ? `The certificate of ${origin} is invalid (${code}), so Zapier refuses it. Check the log of the proxy.`
      : `${origin} does not respond (${code}). Start the proxy, and open ports 80 and 443. If this machine cannot ` +
          `reach its own public address, try "curl ${origin}/readyz" on another machine.`;
  });
  const body: unknown = await response.body.json().catch(() => null);
  return isJsonObject(body) ? body : {};
}

/** Returns true if a relay sent this response to `/readyz`. */
const isFromRelay = ({ status, detail }: JsonObject): boolean => status === 'ready' || typeof detail === 'string';

async function checkPublicName({ origin, host, port }: Config, isRunning: boolean, body: Promise<JsonObject>) {
  if (isFromRelay(await body)) return `${origin} leads to a relay, and its certificate is valid.`;
  if (!isRunning) throw new Unchecked(START_FIRST);
  throw new Trouble(`${origin} does not lead to a relay. Make the proxy forward requests to ${host}:${port}.`);
}

/** Returns a relay's response to `/readyz`. @throws {Unchecked} if no relay responds at the public name */
async function relayBehind(body: Promise<JsonObject>, isRunning: boolean): Promise<JsonObject> {
  const response = await body.catch(() => null);
  if (response && isFromRelay(response)) return response;
  throw new Unchecked(response && !isRunning ? START_FIRST : NAME_FIRST);
}

/**
 * Checks that the relay can store webhooks and deliver events. The checks of the disk and the database report the
 * causes.
 */
async function checkReadiness(
  body: Promise<JsonObject>,
  isRunning: boolean,
  causes: readonly Promise<string>[],
): Promise<string> {
  const { status, detail } = await relayBehind(body, isRunning);
  if (status === 'ready') return 'The relay can store webhooks and deliver events.';
  const checked = await Promise.allSettled(causes);
  if (checked.some((cause) => cause.status === 'rejected')) {
    throw new Unchecked('The relay is not ready, because of the problem with its disk or database.');
  }
  throw new Trouble(String(detail));
}

async function checkProxy({ clientAddressHeader }: Config, body: Promise<JsonObject>, isRunning: boolean) {
  const { status, proxy, proxy_address: address } = await relayBehind(body, isRunning);
  if (status !== 'ready') throw new Unchecked('Not checked, because the relay is not ready.');
  if (proxy === 'trusted') return 'The relay trusts the client addresses that the proxy reports.';
  if (proxy === 'untrusted') {
    throw new Trouble(
      `The relay does not trust the proxy. Set RELAY_TRUST_PROXY to its address, ${String(address)}, or to the subnet of its addresses.`,
    );
  }
  if (clientAddressHeader === null) {
    throw new Trouble('No proxy reports client addresses. Make the proxy set the header X-Forwarded-For.');
  }
  throw new Trouble(
    `No proxy reports client addresses in the header ${clientAddressHeader}. Correct RELAY_CLIENT_ADDRESS_HEADER.`,
  );
}

/**
 * Requests a page of Zapier. Returns the difference between this machine's clock and Zapier's clock, in milliseconds.
 * The difference is positive if this machine's clock is ahead.
 */
async function requestZapier(zapier: string): Promise<number> {
  const sentAt = Date.now();
  const unreachable = 'so no Zap receives events. Allow outgoing HTTPS, and check the DNS server of this machine.';
  const response = await send(zapier, (code) => `${zapier} cannot be reached (${code}), ${unreachable}`);
  await response.body.dump();
  return (sentAt + Date.now()) / 2 - Date.parse(String(response.headers.date));
}

const checkZapier = (zapier: Promise<number>): Promise<string> => zapier.then(() => 'Zapier can be reached.');

async function checkClock(zapier: Promise<number>): Promise<string> {
  const difference = await zapier.catch(() => {
    throw new Unchecked('Not checked, because Zapier, whose clock is the reference, cannot be reached.');
  });
  if (Math.abs(difference) < MAX_CLOCK_DIFFERENCE_MS) return "The clock agrees with Zapier's clock.";
  const direction = difference > 0 ? 'fast' : 'slow';
  throw new Trouble(
    `The clock is ${durationOf(Math.abs(difference))} ${direction}. Synchronize it, for example with chrony.`,
  );
}

/**
 * Finds the reason that no relay serves the admin socket.
 *
 * @throws {Trouble} with the reason, unless a relay on another machine responds at the public name
 */
async function checkStopped({ host, port }: Config, body: Promise<JsonObject>): Promise<string> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    server.close();
  } catch (error) {
    throw new Trouble(
      `${host}:${port} cannot be used (${nameOf(error)}). Stop the process that uses it, or choose another RELAY_PORT. If ` +
        'that process is the relay, set RELAY_ADMIN_SOCKET to its socket.',
    );
  }
  if (isFromRelay(await body.catch(() => ({}))))
    return `No relay runs on this machine. The public name leads to a relay on another machine.`;
  throw new Trouble(
    `The relay is not running: nothing listens on ${host}:${port}. Start it. With systemd, "sudo journalctl ` +
      '--unit=tutorcruncher-relay" says why it is not running.',
  );
}

async function checkOpenFiles(): Promise<string> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = Number(/^Max open files +\S+ +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  if (limit >= MIN_OPEN_FILES) return 'The limit is high enough.';
  throw new Trouble(`The limit is ${limit}. Set it to ${MIN_OPEN_FILES} or more (LimitNOFILE or "ulimits: nofile").`);
}

/**
 * Reads the operator's list of channels. If the relay is stopped and normally runs as another user, also checks that
 * all users can read the file.
 *
 * @throws {BadConfig} if the relay cannot read the file
 */
async function checkChannelsFile({ channelsFile, sqlitePath }: Config, isStopped: boolean, isService: boolean) {
  if (channelsFile === null) return;
  if (isStopped && isService && HIDDEN_FOLDER.test(channelsFile)) {
    throw new BadConfig(
      `The service cannot read RELAY_CHANNELS_FILE, because systemd hides ${channelsFile} from it. Move the file to /etc.`,
    );
  }
  await readChannelList(channelsFile);
  // The user who owns the store's folder runs the relay.
  const owner = await stat(dirname(resolve(sqlitePath))).catch(() => null);
  const isOtherUser = isService || (process.getuid?.() === 0 && owner !== null && owner.uid !== 0);
  if (isStopped && isOtherUser && ((await stat(channelsFile)).mode & constants.S_IROTH) === 0) {
    throw new BadConfig(
      `The relay cannot read RELAY_CHANNELS_FILE. Run "chmod o+r ${channelsFile}", to let the user of the relay read the file.`,
    );
  }
}

/** Returns the result of a check as a line of the output. */
async function lineOf(check: string, text: Promise<string>): Promise<string> {
  const columns = (result: string) => `${result.padEnd(9)}${check.padEnd(13)}`;
  try {
    return `${columns('ok')}${await text}`;
  } catch (error) {
    if (error instanceof Unchecked) return `${columns('-')}${error.message}`;
    if (!(error instanceof Trouble || error instanceof StoreUnavailable || error instanceof BadConfig)) throw error;
    return `${columns(PROBLEM)}${error.message}`;
  }
}

async function linesFor(
  environment: NodeJS.ProcessEnv,
  isRunning: boolean,
  { zapier, readDisks, readPlace, readFileSystem, pauses }: CheckSources,
): Promise<string[]> {
  let config: Config;
  try {
    config = readConfig(environment);
    await checkChannelsFile(config, !isRunning, environment.COMMAND_NAME === SERVICE);
  } catch (error) {
    if (!(error instanceof BadConfig)) throw error;
    return [await lineOf('settings', Promise.reject(error))];
  }
  const body = requestReadiness(config);
  const zapierClock = requestZapier(zapier);
  // Only the relay migrates its SQLite file. Before a migration, the file can have the tables of an earlier version.
  const store = config.databaseUrl === null && !isRunning ? null : checkStore(config);
  const database = store && checkDatabase(config, store);
  const own = store ?? originOfFile(config.sqlitePath).then((found) => ({ own: found }));
  const disk = checkDisk(config, readDisks);
  const volume = Promise.resolve(config.sqlitePath).then((path) =>
    checkVolume(config, readPlace(path), readFileSystem(path)),
  );
  return Promise.all([
    lineOf('settings', Promise.resolve('All settings are valid.')),
    lineOf('public name', checkPublicName(config, isRunning, body)),
    lineOf('readiness', checkReadiness(body, isRunning, [disk, database ?? disk])),
    lineOf('proxy', checkProxy(config, body, isRunning)),
    lineOf('Zapier', checkZapier(zapierClock)),
    lineOf('clock', checkClock(zapierClock)),
    ...(isRunning ? [] : [lineOf('relay', checkStopped(config, body))]),
    lineOf('open files', checkOpenFiles()),
    ...(database === null ? [] : [lineOf('database', database)]),
    lineOf('origin', checkOrigin(config, own)),
    ...(config.databaseUrl === null ? [lineOf('volume', volume)] : []),
    lineOf('disk', disk),
    ...(pauses ? [lineOf('pauses', Promise.resolve(pauses).then(checkPauses))] : []),
    lineOf('backup', checkBackup(config)),
  ]);
}

/**
 * Checks an installation. A running relay runs the checks in its own process; otherwise, they run in the operator's
 * process. Returns a line for each check.
 *
 * @param sources - replacements for the default sources of information about the machine
 */
export async function check(
  environment: NodeJS.ProcessEnv,
  isRunning: boolean,
  sources: Partial<CheckSources> = {},
): Promise<CommandOutput> {
  const lines = await linesFor(environment, isRunning, { ...SOURCES, ...sources });
  const text = lines.join('\n');
  return { text, data: { message: text }, hasProblem: lines.some((line) => line.startsWith(PROBLEM)) };
}
