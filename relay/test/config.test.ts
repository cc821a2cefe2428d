import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import { readChannelList } from '../channel-list.ts';
import { BadConfig, readConfig } from '../config.ts';
import { callApi } from '../harness/relay-requests.ts';
import { CHANNEL, ORIGIN, OTHER_CHANNEL, OTHER_TOKEN } from '../harness/sample-delivery.ts';
import { startRelay } from '../relay.ts';
import { newUrlPart } from '../webhook-url.ts';
import { temporaryFolder } from './temporary-folder.ts';

const RELAY_ORIGIN = ORIGIN;
const SECRET = 'a-registration-secret';
/** The variables without which no relay starts. */
const REQUIRED = { RELAY_ORIGIN, RELAY_REGISTRATION_SECRET: SECRET };

describe('readConfig', () => {
  it('reads an empty value as a missing one', () => {
    const names = ['HOST', 'PORT', 'SQLITE_PATH', 'DATABASE_URL', 'CHANNELS_FILE', 'ADMIN_SOCKET', 'TARGET_ORIGINS'];
    const empty = Object.fromEntries([...names.map((name) => `RELAY_${name}`), 'LOG_LEVEL'].map((name) => [name, '']));
    expect(readConfig({ ...REQUIRED, ...empty })).toEqual(readConfig(REQUIRED));
  });

  it('trusts no proxy if RELAY_TRUST_PROXY is none', () => {
    expect(readConfig({ ...REQUIRED, RELAY_TRUST_PROXY: 'none' }).trustedProxies).toEqual([]);
  });

  it.each(['http://localhost:4100', 'http://127.0.0.1:4100', 'http://[::1]:4100'])(
    'accepts an origin of this machine without HTTPS: %s',
    (origin) => {
      expect(readConfig({ ...REQUIRED, RELAY_ORIGIN: origin }).origin).toBe(origin);
    },
  );

  it('has a default for every variable that is not required', () => {
    expect(readConfig({ ...REQUIRED, RELAY_ORIGIN: `${RELAY_ORIGIN}/` })).toEqual({
      port: 4100,
      host: '127.0.0.1',
      origin: RELAY_ORIGIN,
      databaseUrl: null,
      sqlitePath: 'relay.sqlite',
      trustedProxies: ['loopback'],
      targetOrigins: ['https://hooks.zapier.com'],
      maxChannels: 20,
      maxChannelMb: 1024,
      maxEventsPerMinute: 3000,
      registrationSecrets: [SECRET],
      channelsFile: null,
      retentionHours: 72,
      adminSocket: 'relay.sqlite.sock',
      logLevel: 'info',
      isDevelopment: true,
    });
  });

  it('reads every variable from the environment', () => {
    expect(
      readConfig({
        RELAY_ORIGIN,
        RELAY_PORT: '80',
        RELAY_DATABASE_URL: 'postgres://relay@db.example.com/relay',
        RELAY_SQLITE_PATH: '/data/x',
        RELAY_TRUST_PROXY: 'loopback, 10.0.0.2,fd00::/8',
        RELAY_TARGET_ORIGINS: 'http://127.0.0.1:4000',
        RELAY_MAX_CHANNELS: '1',
        RELAY_MAX_CHANNEL_MB: '50',
        RELAY_MAX_EVENTS_PER_MINUTE: '9',
        RELAY_REGISTRATION_SECRET: `${SECRET}, another-${SECRET}`,
        RELAY_CHANNELS_FILE: '/etc/relay/channels',
        RELAY_RETENTION_HOURS: '0.5',
        RELAY_ADMIN_SOCKET: 'off',
        RELAY_HOST: '::',
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
      }),
    ).toMatchObject({
      port: 80,
      databaseUrl: 'postgres://relay@db.example.com/relay',
      sqlitePath: '/data/x',
      trustedProxies: ['loopback', '10.0.0.2', 'fd00::/8'],
      targetOrigins: ['https://hooks.zapier.com', 'http://127.0.0.1:4000'],
      maxChannels: 1,
      maxChannelMb: 50,
      maxEventsPerMinute: 9,
      registrationSecrets: [SECRET, `another-${SECRET}`],
      channelsFile: '/etc/relay/channels',
      retentionHours: 0.5,
      adminSocket: null,
      host: '::',
      logLevel: 'warn',
      isDevelopment: false,
    });
  });

  it.each([
    [{}, /^RELAY_ORIGIN is missing. Set it to [^\n]+$/],
    [{ RELAY_ORIGIN: 'relay.example.com' }, /^RELAY_ORIGIN must be an origin [^\n]+, not "relay\.example\.com"\.$/],
    [{ RELAY_ORIGIN: 'https://relay.example.com/path' }, /^RELAY_ORIGIN must be an origin [^\n]+$/],
    [{ RELAY_ORIGIN: 'https://u:hunter2@relay.example.com' }, /^RELAY_ORIGIN must be an origin (?!.*hunter2)[^\n]+$/],
    ...['http://relay.example.com', 'http://localhost.example.com', 'http://10.0.0.1:4100'].map(
      (origin): [object, RegExp] => [
        { ...REQUIRED, RELAY_ORIGIN: origin },
        /^RELAY_ORIGIN must start with https:\/\/[^\n]+, not "http:[^\n]+"\.$/,
      ],
    ),
    ...[{}, { RELAY_REGISTRATION_SECRET: '' }, { RELAY_REGISTRATION_SECRET: ' , ', RELAY_CHANNELS_FILE: '' }].map(
      (environment): [object, RegExp] => [
        { RELAY_ORIGIN, ...environment },
        /^RELAY_REGISTRATION_SECRET is missing, [^\n]+ RELAY_CHANNELS_FILE\.$/,
      ],
    ),
    [{ ...REQUIRED, RELAY_PORT: 'http' }, /^RELAY_PORT must be a number from 0 to 65535, not "http"\.$/],
    [{ ...REQUIRED, RELAY_PORT: '70000' }, /^RELAY_PORT must be a number from 0 to 65535, not "70000"\.$/],
    [{ ...REQUIRED, RELAY_TARGET_ORIGINS: 'ftp://x' }, /^RELAY_TARGET_ORIGINS must be an origin [^\n]+$/],
    [{ ...REQUIRED, RELAY_MAX_CHANNELS: '0' }, /^RELAY_MAX_CHANNELS must be a number from 1 to 100000, not "0"\.$/],
    [
      { ...REQUIRED, RELAY_MAX_CHANNEL_MB: '9' },
      /^RELAY_MAX_CHANNEL_MB must be a number from 10 to 1000000, not "9"\.$/,
    ],
    ...[`${SECRET},hunter2`, `hunter2 ${SECRET}`].map((secrets): [object, RegExp] => [
      { ...REQUIRED, RELAY_REGISTRATION_SECRET: secrets },
      /^RELAY_REGISTRATION_SECRET must have at least 20 characters, (?!.*hunter2)[^\n]+$/,
    ]),
    [
      { ...REQUIRED, RELAY_RETENTION_HOURS: '-1' },
      /^RELAY_RETENTION_HOURS must be a number from 0 to 8760, not "-1"\.$/,
    ],
    ...[
      ['RELAY_CHANNEL_FILE', 'RELAY_CHANNELS_FILE'],
      ['RELAY_RETENTION_DAYS', 'RELAY_RETENTION_HOURS'],
      ['RELAY_DATABASE', 'RELAY_DATABASE_URL'],
    ].map(([name = '', nearest]): [object, RegExp] => [
      { ...REQUIRED, [name]: 'hunter2' },
      new RegExp(`^The relay has no setting ${name}\\. Did you mean "${nearest}"\\? (?!.*hunter2)[^\\n]+$`),
    ]),
    [
      { ...REQUIRED, RELAY_DATABASE_URL: 'mysql://u:hunter2@x/y' },
      /^RELAY_DATABASE_URL is not a PostgreSQL URL\. (?!.*hunter2)[^\n]+$/,
    ],
    [{ ...REQUIRED, RELAY_DATABASE_URL: 'db.example.com' }, /^RELAY_DATABASE_URL is not a PostgreSQL URL\. [^\n]+$/],
    ...'true|1|proxy.example.com|10.0.0.0/33|::/0|10.0.0.1/8/8|10.0.0.0/08|none,loopback| , '
      .split('|')
      .map((proxies): [object, RegExp] => [
        { ...REQUIRED, RELAY_TRUST_PROXY: proxies },
        /^RELAY_TRUST_PROXY must list addresses or subnets [^\n]+, not "[^\n]+"\.$/,
      ]),
    [{ ...REQUIRED, LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of [^\n]+, not "loud"\.$/],
  ])('throws a one-line error that names the invalid variable: %j', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(BadConfig);
    expect(() => readConfig(environment)).toThrow(message);
  });
});

const folder = temporaryFolder();
const file = join(folder, 'channels');

describe('readChannelList', () => {
  it.each([
    ['channels', `\ufeff# Agencies\r\n\r\n  ${CHANNEL}  # Bright Sparks\r\n${OTHER_CHANNEL}`],
    ['webhook URLs', `${ORIGIN}/hooks/${CHANNEL}/${newUrlPart()}/ # Bright Sparks\n${OTHER_CHANNEL}/${newUrlPart()}`],
  ])('reads %s, and ignores comments, blank lines and white space', async (_what, content) => {
    writeFileSync(file, content);
    const list = await readChannelList(file);
    expect([CHANNEL, OTHER_CHANNEL, `${CHANNEL}x`].map((channel) => list.has(channel))).toEqual([true, true, false]);
  });

  it.each([
    ['missing', join(folder, 'none'), /^RELAY_CHANNELS_FILE cannot be read \(ENOENT\)\. Correct [^\n]+$/],
    ['a folder', folder, /^RELAY_CHANNELS_FILE cannot be read \(EISDIR\)\. Correct [^\n]+$/],
    ['invalid', file, /^Line 3 of RELAY_CHANNELS_FILE is not a channel\. (?!.*hunter2)[^\n]+$/],
  ])('fails if the file is %s', async (_case, path, message) => {
    writeFileSync(file, `# ok\n${CHANNEL}\nhunter2\n`);
    const reading = readChannelList(path);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(BadConfig);
  });
});

it('a relay with RELAY_CHANNELS_FILE registers only the channels in the file', async () => {
  writeFileSync(file, `${CHANNEL}\n`);
  const config = readConfig({
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: '0',
    RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
    RELAY_CHANNELS_FILE: file,
  });
  const relay = await startRelay(config, pino({ level: 'silent' }));
  const url = `http://127.0.0.1:${relay.port}`;
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  expect((await callApi(url, 'PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
  await relay.stop();
});
