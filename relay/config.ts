/** The relay's configuration, read from environment variables and validated. `docs/relay.md` lists the variables. */

import { adminSocketFrom, isSocketPath } from './admin/socket-path.ts';
import { isChannel } from '../wire/capability.ts';
import { isRegistrationSecret } from '../wire/relay-api.ts';
import type { StoreLocation } from './store/open.ts';
import { ZAPIER_ORIGIN } from './target-url.ts';
import { isProxyRange } from './trusted-proxies.ts';
import { channelIn } from './webhook-url.ts';

/** Thrown for an invalid environment variable. The message is one line that tells the operator what to correct. */
export class BadConfig extends Error {}

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

/** Hosts that other machines cannot reach, so that their traffic needs no encryption. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

function originFrom(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol) || !/^https?:\/\/[^/?#@]+\/?$/i.test(text)) {
    // A URL with a user name may contain a password, so it is not quoted.
    const given = text.includes('@') ? 'a URL with a user name or a path' : `"${text}"`;
    throw new BadConfig(`${name} must be an origin such as https://relay.example.com, not ${given}.`);
  }
  return new URL(text).origin;
}

function publicOriginFrom(text: string | undefined): string {
  if (!text) {
    throw new BadConfig(
      'RELAY_ORIGIN is missing. Set it to the public origin of this relay, such as https://relay.example.com.',
    );
  }
  const origin = originFrom('RELAY_ORIGIN', text);
  const { protocol, hostname } = new URL(origin);
  if (protocol === 'https:' || LOCAL_HOSTS.includes(hostname)) return origin;
  throw new BadConfig(`RELAY_ORIGIN must start with https://, except for a relay on localhost, not "${origin}".`);
}

/**
 * Checks the URL of a PostgreSQL database.
 *
 * @param name - the variable or option that contains it
 * @throws {BadConfig} if the URL is invalid; the message does not quote the URL, because it may contain a password
 */
export function checkedDatabaseUrl(name: string, text: string): string {
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  throw new BadConfig(
    `${name} is not a PostgreSQL URL. Set it to a URL such as postgres://user:password@host:5432/database.`,
  );
}

/**
 * Reads the location of the store.
 *
 * @throws {BadConfig} if a variable is invalid
 */
export const storeLocationFrom = (environment: NodeJS.ProcessEnv): StoreLocation => ({
  databaseUrl: environment.RELAY_DATABASE_URL
    ? checkedDatabaseUrl('RELAY_DATABASE_URL', environment.RELAY_DATABASE_URL)
    : null,
  sqlitePath: environment.RELAY_SQLITE_PATH ?? 'relay.sqlite',
});

const listFrom = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

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

function registrationSecretsFrom(text: string | undefined): string[] {
  const secrets = listFrom(text);
  if (!secrets.every(isRegistrationSecret)) {
    throw new BadConfig(
      'RELAY_REGISTRATION_SECRET must have at least 20 characters, only letters, digits and punctuation. ' +
        'Generate one, for example with "openssl rand -hex 32", and separate several with commas.',
    );
  }
  return secrets;
}

function checkedSocket(environment: NodeJS.ProcessEnv): string | null {
  const path = adminSocketFrom(environment);
  if (path !== null && path === environment.RELAY_ADMIN_SOCKET && !isSocketPath(path)) {
    throw new BadConfig(
      'RELAY_ADMIN_SOCKET is too long. Set it to a path of at most 96 bytes, such as /run/relay/admin.sock.',
    );
  }
  return path;
}

function channelsFrom(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const channels = listFrom(text).map(channelIn);
  const index = channels.findIndex((channel) => !isChannel(channel));
  if (index >= 0) {
    // The entry may be a token or a private key that was pasted by mistake, so the message does not quote it.
    throw new BadConfig(
      `Entry ${index + 1} of RELAY_CHANNELS is not a channel. Copy the channel or its webhook URL again.`,
    );
  }
  return channels;
}

/**
 * Reads and validates the configuration.
 *
 * @throws {BadConfig} if a variable is missing or invalid
 */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const origin = publicOriginFrom(environment.RELAY_ORIGIN);
  const { LOG_LEVEL: logLevel = 'info' } = environment;
  const registrationSecrets = registrationSecretsFrom(environment.RELAY_REGISTRATION_SECRET);
  const channels = channelsFrom(environment.RELAY_CHANNELS);
  const channelsFile = environment.RELAY_CHANNELS_FILE || null;
  if (registrationSecrets.length === 0 && channels === null && channelsFile === null) {
    throw new BadConfig(
      'RELAY_REGISTRATION_SECRET is missing, so no channel could register. Set it to the secret of the app, or list ' +
        'channels in RELAY_CHANNELS or RELAY_CHANNELS_FILE.',
    );
  }
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new BadConfig(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${logLevel}".`);
  }

  const targetOrigins = listFrom(environment.RELAY_TARGET_ORIGINS).map((text) =>
    originFrom('RELAY_TARGET_ORIGINS', text),
  );

  return {
    /** The TCP port to listen on; 0 for any free port. */
    port: numberFrom(environment, 'RELAY_PORT', 4100, 0, 65_535),
    /** The address to listen on. */
    host: environment.RELAY_HOST ?? '127.0.0.1',
    /** The relay's public origin. Tokens are derived from it, so that each relay has different tokens. */
    origin,
    ...storeLocationFrom(environment),
    /** Addresses, subnets and named ranges of proxies whose header `X-Forwarded-For` is trusted; empty for none. */
    trustedProxies: trustedProxiesFrom(environment.RELAY_TRUST_PROXY),
    /** Allowed origins of target URLs. */
    targetOrigins: [...new Set([ZAPIER_ORIGIN, ...targetOrigins])],
    maxChannels: numberFrom(environment, 'RELAY_MAX_CHANNELS', 20, 1, 100_000),
    /** Maximum number of subscriptions of each channel. */
    maxSubscriptions: numberFrom(environment, 'RELAY_MAX_SUBSCRIPTIONS', 200, 1, 10_000),
    // Even the smallest limits leave room for the largest body and for the deliveries of one transaction.
    /** Maximum size of the stored bodies of each channel, in MiB. */
    maxChannelMb: numberFrom(environment, 'RELAY_MAX_CHANNEL_MB', 1024, 10, 1_000_000),
    /** Maximum number of digests of each channel; beyond it, the oldest duplicates are not recognized. */
    maxChannelDeliveries: numberFrom(environment, 'RELAY_MAX_CHANNEL_DELIVERIES', 1_000_000, 1000, 100_000_000),
    /** Maximum size of the webhook bodies that a process receives or is storing at the same time, in MiB. */
    inFlightMb: numberFrom(environment, 'RELAY_IN_FLIGHT_MB', 32, 16, 100_000),
    /** The same for each channel, in MiB. */
    channelInFlightMb: numberFrom(environment, 'RELAY_CHANNEL_IN_FLIGHT_MB', 16, 10, 100_000),
    /** Maximum number of webhooks of each channel that a process accepts per minute. */
    maxEventsPerMinute: numberFrom(environment, 'RELAY_MAX_EVENTS_PER_MINUTE', 3_000, 1, 100_000_000),
    /** Secrets that allow any channel to register. */
    registrationSecrets,
    /** Channels on the operator's list; null if the environment lists none. */
    channels,
    /** Path of the file with more channels on the operator's list; null if there is none. */
    channelsFile,
    /** Hours for which a body is kept after the last subscription has received it. */
    retentionHours: numberFrom(environment, 'RELAY_RETENTION_HOURS', 72, 0, 8760),
    /** Maximum number of days for which a body is remembered as the state of its subject; 0 turns memory off. */
    memoryDays: numberFrom(environment, 'RELAY_MEMORY_DAYS', 90, 0, 3650),
    /** Maximum rate of each subscription, in deliveries per second. */
    pacePerSubscription: numberFrom(environment, 'RELAY_PACE_PER_SUBSCRIPTION', 20, 0.1, 100_000),
    /** Maximum rate of each channel, in deliveries per second. */
    pacePerChannel: numberFrom(environment, 'RELAY_PACE_PER_CHANNEL', 30, 0.1, 100_000),
    /** Path of the Unix socket for the operator's commands; null for none. */
    adminSocket: checkedSocket(environment),
    logLevel,
    /** True to write human-readable logs; false to write logs as JSON. */
    isDevelopment: environment.NODE_ENV !== 'production',
  };
}

/** The configuration of a relay. */
export type Config = Readonly<ReturnType<typeof readConfig>>;
