/** Environment → checked values. */

import { isChannel } from '../wire/capability.ts';
import { ZAPIER_ORIGIN } from './target-url.ts';

/** How a relay runs. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** The public origin that tokens are derived for. */
  readonly origin: string;
  /** The PostgreSQL that all processes share; null for a file of this process's own. */
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
  /** Origins that may be called. */
  readonly targetOrigins: readonly string[];
  readonly maxChannels: number;
  /** The only channels that may register; null for any. */
  readonly channels: readonly string[] | null;
  /** How long a body stays after the last subscription is done with it. */
  readonly retentionHours: number;
  /** Deliveries a second. */
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
  readonly logLevel: string;
  readonly isDevelopment: boolean;
}

/** What is wrong with the environment, in one line for the one who deploys. */
export class BadConfig extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function numberFrom(
  environment: NodeJS.ProcessEnv,
  name: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most) {
    throw new BadConfig(`${name} must be a number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}

function originFrom(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol) || !/^https?:\/\/[^/?#@]+\/?$/i.test(text)) {
    throw new BadConfig(`${name} must be an origin such as https://relay.example.com, not "${text}".`);
  }
  return new URL(text).origin;
}

function databaseUrlFrom(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  // It holds a password, so it is not repeated.
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol)) {
    throw new BadConfig('RELAY_DATABASE_URL must be like postgres://user:password@host:5432/database.');
  }
  return text;
}

const listFrom = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/**
 * Reads the configuration.
 *
 * @throws {BadConfig} with one line that says what to correct
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const port = numberFrom(environment, 'RELAY_PORT', 4100, 0, 65_535);
  const isDevelopment = environment.NODE_ENV !== 'production';
  const { RELAY_ORIGIN: origin, LOG_LEVEL: logLevel = 'info' } = environment;
  if (!origin) {
    throw new BadConfig(
      'RELAY_ORIGIN is missing: set it to the public origin of this relay, such as https://relay.example.com.',
    );
  }
  if (!LOG_LEVELS.includes(logLevel)) throw new BadConfig(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`);

  const targetOrigins = listFrom(environment.RELAY_TARGET_ORIGINS).map((text) =>
    originFrom('RELAY_TARGET_ORIGINS', text),
  );
  const channels = environment.RELAY_CHANNELS === undefined ? null : listFrom(environment.RELAY_CHANNELS);
  const mistyped = channels?.find((channel) => !isChannel(channel));
  if (mistyped !== undefined)
    throw new BadConfig(`RELAY_CHANNELS holds "${mistyped}", which is no channel. Copy it again.`);

  return {
    port,
    host: environment.RELAY_HOST ?? '127.0.0.1',
    origin: originFrom('RELAY_ORIGIN', origin),
    databaseUrl: databaseUrlFrom(environment.RELAY_DATABASE_URL),
    sqlitePath: environment.RELAY_SQLITE_PATH ?? 'relay.sqlite',
    targetOrigins: [...new Set([ZAPIER_ORIGIN, ...targetOrigins])],
    maxChannels: numberFrom(environment, 'RELAY_MAX_CHANNELS', 20, 1, 100_000),
    channels,
    retentionHours: numberFrom(environment, 'RELAY_RETENTION_HOURS', 72, 0, 8760),
    pacePerSubscription: numberFrom(environment, 'RELAY_PACE_PER_SUBSCRIPTION', 20, 0.1, 100_000),
    pacePerChannel: numberFrom(environment, 'RELAY_PACE_PER_CHANNEL', 30, 0.1, 100_000),
    logLevel,
    isDevelopment,
  };
}
