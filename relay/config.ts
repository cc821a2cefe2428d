/** The relay's configuration, read from environment variables and validated. `docs/relay.md` lists the variables. */

import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';

import { isRegistrationSecret } from '../wire/relay-api.ts';
import { missingOrigin } from './missing-origin.ts';
import type { StoreLocation } from './store/open.ts';
import { suggestion } from './suggestion.ts';
import { ZAPIER_ORIGIN } from './target-url.ts';

/** Thrown for an invalid environment variable. The message is one line that tells the operator what to correct. */
export class BadConfig extends Error {}

const DEFAULT_SQLITE_PATH = 'relay.sqlite';
const DEFAULT_PORT = 4100;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function numberFrom(environment: NodeJS.ProcessEnv, name: string, fallback: number, min: number, max: number): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < min || value > max) {
    throw new BadConfig(`${name} must be a number from ${min} to ${max}, not "${text}".`);
  }
  return value;
}

/** Returns the TCP port to listen on; 0 for any free port. Platforms that run containers set `PORT`. */
function portFrom(environment: NodeJS.ProcessEnv): number {
  return numberFrom(environment, environment.RELAY_PORT ? 'RELAY_PORT' : 'PORT', DEFAULT_PORT, 0, 65_535);
}

function originFrom(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:\/\/[^/?#@]+\/?$/i.test(text)) {
    // A URL with a user name might contain a password, so the message does not quote the URL.
    const given = text.includes('@') ? 'a URL with a user name or a path' : `"${text}"`;
    throw new BadConfig(`${name} must be an origin such as https://relay.example.com, not ${given}.`);
  }
  return new URL(text).origin;
}

/**
 * Returns the public origin of a relay.
 *
 * @throws {BadConfig} if the text is not an origin, or if an origin other than localhost does not use HTTPS
 */
export function publicOriginFrom(name: string, text: string): string {
  const origin = originFrom(name, text);
  const { protocol, hostname } = new URL(origin);
  // Traffic to these hosts stays on this machine, so it needs no encryption.
  if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return origin;
  throw new BadConfig(`${name} must start with https://, except for a relay on localhost, not "${origin}".`);
}

function ownOriginFrom(environment: NodeJS.ProcessEnv): string {
  const { RELAY_ORIGIN: text } = environment;
  if (!text) throw new BadConfig(missingOrigin(environment));
  return publicOriginFrom('RELAY_ORIGIN', text);
}

/**
 * Checks the URL of a PostgreSQL database. Error messages do not quote the URL, because it might contain a password.
 *
 * @throws {BadConfig} if the text is not the URL of a PostgreSQL database
 */
export function checkedDatabaseUrl(name: string, text: string): string {
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  throw new BadConfig(
    `${name} is not a PostgreSQL URL. Set it to a URL such as postgres://user:password@host:5432/database.`,
  );
}

/**
 * Returns the path of the SQLite file. An in-memory database is refused, because it would lose acknowledged events, and
 * threads could not share it.
 */
function sqlitePathFrom(path: string | undefined): string {
  if (path === ':memory:') throw new BadConfig('RELAY_SQLITE_PATH must be the path of a file, not ":memory:".');
  return path || DEFAULT_SQLITE_PATH;
}

/** Reads the location of the store. @throws {BadConfig} if a variable is invalid */
export const storeLocationFrom = ({
  RELAY_DATABASE_URL: url,
  RELAY_SQLITE_PATH,
}: NodeJS.ProcessEnv): StoreLocation => ({
  databaseUrl: url ? checkedDatabaseUrl('RELAY_DATABASE_URL', url) : null,
  sqlitePath: sqlitePathFrom(RELAY_SQLITE_PATH),
});

/** Returns the folder where the relay looks for backups; null if `RELAY_BACKUP_FOLDER` is `off`. */
export function backupFolderFrom({ RELAY_BACKUP_FOLDER: folder, RELAY_SQLITE_PATH }: NodeJS.ProcessEnv): string | null {
  if (folder === 'off') return null;
  return folder ? resolve(folder) : dirname(resolve(RELAY_SQLITE_PATH || DEFAULT_SQLITE_PATH));
}

/**
 * Returns the number of nightly backups that are kept; 0 if the relay makes no nightly backups.
 *
 * @throws {BadConfig} if nightly backups are requested with PostgreSQL, or without a folder for backups
 */
function nightlyBackupsFrom(environment: NodeJS.ProcessEnv): number {
  const kept = numberFrom(environment, 'RELAY_NIGHTLY_BACKUPS', 0, 0, 100);
  if (kept > 0 && environment.RELAY_DATABASE_URL) {
    throw new BadConfig(
      'RELAY_NIGHTLY_BACKUPS copies a SQLite file, but RELAY_DATABASE_URL is set. Set RELAY_NIGHTLY_BACKUPS to 0, and let the ' +
        'provider of the database, or pg_dump, back it up.',
    );
  }
  if (kept > 0 && backupFolderFrom(environment) === null) {
    throw new BadConfig(
      'RELAY_NIGHTLY_BACKUPS needs a folder, but RELAY_BACKUP_FOLDER is "off". Set RELAY_BACKUP_FOLDER to a folder, or ' +
        'RELAY_NIGHTLY_BACKUPS to 0.',
    );
  }
  return kept;
}

const listFrom = (text = ''): string[] => text.match(/[^\s,](?:[^,]*[^\s,])?/g) ?? [];

function isProxyRange(text: string): boolean {
  // fastify's names for this machine, the local link and private networks.
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  // A prefix length of 0 would include all addresses.
  const [, address = '', prefix = '1'] = /^([^/]+)(?:\/([1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

function trustedProxiesFrom(text: string | undefined): string[] {
  const proxies = listFrom(text === undefined || text === '' ? 'loopback' : text);
  if (proxies.length === 1 && proxies[0] === 'none') return [];
  const invalid = proxies.find((proxy) => !isProxyRange(proxy));
  if (proxies.length === 0 || invalid !== undefined) {
    throw new BadConfig(
      `RELAY_TRUST_PROXY must list addresses or subnets of proxies such as 10.0.0.2 or 10.0.0.0/8, or be "loopback" or "none", not "${invalid ?? text}".`,
    );
  }
  return proxies;
}

/** Returns the name of the header that contains the client's address, in lower case; null for `X-Forwarded-For`. */
function clientAddressHeaderFrom(text: string | undefined): string | null {
  if (!text) return null;
  const name = text.toLowerCase();
  if (/^[a-z][a-z0-9-]*$/.test(name) && !['forwarded', 'x-forwarded-for'].includes(name)) return name;
  throw new BadConfig(
    'RELAY_CLIENT_ADDRESS_HEADER must be the name of a header that contains a single address, such as Fly-Client-IP, ' +
      `not "${text}". Remove it if the proxy sets X-Forwarded-For.`,
  );
}

function registrationSecretsFrom(text: string | undefined): string[] {
  const secrets = listFrom(text);
  if (!secrets.every(isRegistrationSecret)) {
    throw new BadConfig(
      'RELAY_REGISTRATION_SECRET must have at least 20 characters, only letters, digits and punctuation. ' +
        'Generate a secret, for example with "openssl rand -hex 32", and separate several secrets with commas.',
    );
  }
  return secrets;
}

/**
 * Maximum length of a socket's path, in bytes. Linux allows 107 bytes, but while the relay creates a socket, the
 * process's id is appended to the path.
 */
const MAX_PATH_BYTES = 96;

/** Returns true if a path is short enough for a socket. */
export const isSocketPath = (path: string): boolean => Buffer.byteLength(path) <= MAX_PATH_BYTES;

/**
 * Returns the path of the admin socket; null if the operator has switched the socket off.
 *
 * @throws {BadConfig} if the path is too long
 */
export function adminSocketFrom(environment: NodeJS.ProcessEnv): string | null {
  const { RELAY_ADMIN_SOCKET: given, RELAY_DATABASE_URL, RELAY_SQLITE_PATH } = environment;
  if (given === 'off') return null;
  if (!given) return RELAY_DATABASE_URL ? 'relay.sock' : `${RELAY_SQLITE_PATH || DEFAULT_SQLITE_PATH}.sock`;
  if (isSocketPath(given)) return given;
  throw new BadConfig(
    'RELAY_ADMIN_SOCKET is too long. Set it to a path of at most 96 bytes, such as /run/relay/admin.sock.',
  );
}

const VARIABLES = [
  ...['ORIGIN', 'HOST', 'PORT', 'DATABASE_URL', 'SQLITE_PATH', 'TRUST_PROXY', 'TARGET_ORIGINS', 'REGISTRATION_SECRET'],
  ...[
    'BACKUP_FOLDER',
    'NIGHTLY_BACKUPS',
    'CHANNELS_FILE',
    'MAX_CHANNELS',
    'MAX_CHANNEL_MB',
    'MAX_EVENTS_PER_MINUTE',
    'RETENTION_HOURS',
    'ADMIN_SOCKET',
    'CLIENT_ADDRESS_HEADER',
  ],
].map((name) => `RELAY_${name}`);

/** Rejects unknown names, because a mistyped name would silently leave a setting at its default. */
function checkNames(environment: NodeJS.ProcessEnv): void {
  const unknown = Object.keys(environment).find((name) => name.startsWith('RELAY_') && !VARIABLES.includes(name));
  if (unknown === undefined) return;
  throw new BadConfig(
    `The relay has no setting ${unknown}.${suggestion(unknown, VARIABLES)} Correct or remove it. docs/relay.md lists the settings.`,
  );
}

/** Reads and validates the configuration. @throws {BadConfig} if a variable is missing, invalid or unknown */
export function readConfig(environment: NodeJS.ProcessEnv) {
  checkNames(environment);
  const origin = ownOriginFrom(environment);
  const logLevel = environment.LOG_LEVEL || 'info';
  const registrationSecrets = registrationSecretsFrom(environment.RELAY_REGISTRATION_SECRET);
  const channelsFile = environment.RELAY_CHANNELS_FILE || null;
  if (registrationSecrets.length === 0 && channelsFile === null) {
    throw new BadConfig(
      'RELAY_REGISTRATION_SECRET is missing, so no channel could register. Set it to the secret of the app, or list ' +
        'channels in RELAY_CHANNELS_FILE.',
    );
  }
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new BadConfig(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}".`);
  }
  const targets = listFrom(environment.RELAY_TARGET_ORIGINS).map((text) => originFrom('RELAY_TARGET_ORIGINS', text));

  return {
    port: portFrom(environment),
    host: environment.RELAY_HOST || '127.0.0.1',
    /** The relay's public origin. Tokens are derived from the origin, so that each relay has different tokens. */
    origin,
    ...storeLocationFrom(environment),
    backupFolder: backupFolderFrom(environment),
    /** Number of nightly backups that are kept; 0 if the relay makes no nightly backups. */
    nightlyBackups: nightlyBackupsFrom(environment),
    /**
     * Addresses, subnets and named ranges of the proxies that are trusted to report client addresses; empty for none.
     */
    trustedProxies: trustedProxiesFrom(environment.RELAY_TRUST_PROXY),
    clientAddressHeader: clientAddressHeaderFrom(environment.RELAY_CLIENT_ADDRESS_HEADER),
    targetOrigins: [...new Set([ZAPIER_ORIGIN, ...targets])],
    maxChannels: numberFrom(environment, 'RELAY_MAX_CHANNELS', 20, 1, 100_000),
    /**
     * Maximum total size of a channel's stored bodies, in MiB. Even the smallest allowed size leaves room for the
     * largest body and for the deliveries of one transaction.
     */
    maxChannelMb: numberFrom(environment, 'RELAY_MAX_CHANNEL_MB', 1024, 10, 1_000_000),
    maxEventsPerMinute: numberFrom(environment, 'RELAY_MAX_EVENTS_PER_MINUTE', 3_000, 1, 100_000_000),
    registrationSecrets,
    channelsFile,
    /** Hours that a body is kept after the last subscription has received the event. */
    retentionHours: numberFrom(environment, 'RELAY_RETENTION_HOURS', 72, 0, 8760),
    adminSocket: adminSocketFrom(environment),
    logLevel,
    /** True to write human-readable logs; false to write logs as JSON. */
    isDevelopment: environment.NODE_ENV !== 'production',
  };
}

/** The configuration of a relay. */
export type Config = Readonly<ReturnType<typeof readConfig>>;
