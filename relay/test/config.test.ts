import { describe, expect, it } from '@jest/globals';

import { BadConfig, readConfig, type Config } from '../config.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';

const RELAY_ORIGIN = ORIGIN;
const SECRET = 'a-registration-secret';
/** The variables that every relay requires. */
const REQUIRED = { RELAY_ORIGIN, RELAY_REGISTRATION_SECRET: SECRET };

describe('readConfig', () => {
  const DATABASE = 'postgres://relay@db.example.com/relay';
  const ZAPIER = 'https://hooks.zapier.com';
  const SETTINGS: [variable: string, key: keyof Config, byDefault: unknown, text: string, value: unknown][] = [
    ['RELAY_ORIGIN', 'origin', RELAY_ORIGIN, `${RELAY_ORIGIN}/`, RELAY_ORIGIN],
    ['RELAY_ORIGIN', 'origin', RELAY_ORIGIN, 'http://localhost:4100', 'http://localhost:4100'],
    ['RELAY_ORIGIN', 'origin', RELAY_ORIGIN, 'http://127.0.0.1:4100', 'http://127.0.0.1:4100'],
    ['RELAY_ORIGIN', 'origin', RELAY_ORIGIN, 'http://[::1]:4100', 'http://[::1]:4100'],
    ['RELAY_HOST', 'host', '127.0.0.1', '::', '::'],
    ['RELAY_PORT', 'port', 4100, '0', 0],
    ['RELAY_PORT', 'port', 4100, '65535', 65_535],
    ['PORT', 'port', 4100, '10000', 10_000],
    ['RELAY_RETENTION_HOURS', 'retentionHours', 72, '0.25', 0.25],
    ['RELAY_DATABASE_URL', 'databaseUrl', null, DATABASE, DATABASE],
    ['RELAY_DATABASE_URL', 'adminSocket', 'relay.sqlite.sock', DATABASE, 'relay.sock'],
    ['RELAY_SQLITE_PATH', 'sqlitePath', 'relay.sqlite', '/data/x', '/data/x'],
    ['RELAY_TRUST_PROXY', 'trustedProxies', ['loopback'], 'none', []],
    [
      'RELAY_TRUST_PROXY',
      'trustedProxies',
      ['loopback'],
      'loopback,linklocal, uniquelocal, 10.0.0.2,10.0.0.3/32,fd00::/8,fd00::1/128',
      ['loopback', 'linklocal', 'uniquelocal', '10.0.0.2', '10.0.0.3/32', 'fd00::/8', 'fd00::1/128'],
    ],
    ['RELAY_CLIENT_ADDRESS_HEADER', 'clientAddressHeader', null, 'Fly-Client-IP', 'fly-client-ip'],
    ['RELAY_TARGET_ORIGINS', 'targetOrigins', [ZAPIER], 'http://127.0.0.1:4000', [ZAPIER, 'http://127.0.0.1:4000']],
    ['RELAY_MAX_CHANNELS', 'maxChannels', 20, '1', 1],
    ['RELAY_MAX_CHANNEL_MB', 'maxChannelMb', 1024, '50', 50],
    ['RELAY_MAX_EVENTS_PER_MINUTE', 'maxEventsPerMinute', 3000, '9', 9],
    [
      'RELAY_REGISTRATION_SECRET',
      'registrationSecrets',
      [SECRET],
      `${SECRET}, other-${SECRET}`,
      [SECRET, `other-${SECRET}`],
    ],
    ['RELAY_CHANNELS_FILE', 'channelsFile', null, '/etc/relay/channels', '/etc/relay/channels'],
    ['RELAY_BACKUP_FOLDER', 'backupFolder', process.cwd(), '/backups/', '/backups'],
    ['RELAY_BACKUP_FOLDER', 'backupFolder', process.cwd(), 'off', null],
    ['RELAY_NIGHTLY_BACKUPS', 'nightlyBackups', 0, '7', 7],
    ['RELAY_SQLITE_PATH', 'backupFolder', process.cwd(), '/data/x', '/data'],
    ['RELAY_RETENTION_HOURS', 'retentionHours', 72, '0.5', 0.5],
    ['RELAY_ADMIN_SOCKET', 'adminSocket', 'relay.sqlite.sock', 'off', null],
    ['RELAY_ADMIN_SOCKET', 'adminSocket', 'relay.sqlite.sock', 'x'.repeat(96), 'x'.repeat(96)],
    ['LOG_LEVEL', 'logLevel', 'info', 'warn', 'warn'],
    ['NODE_ENV', 'isDevelopment', true, 'production', false],
  ];

  it.each(SETTINGS)(
    'reads %s into %s: %j by default and if it is empty, and %j as %j',
    (variable, key, byDefault, text, value) => {
      expect(readConfig(REQUIRED)[key]).toEqual(byDefault);
      if (!(variable in REQUIRED)) expect(readConfig({ ...REQUIRED, [variable]: '' })).toEqual(readConfig(REQUIRED));
      expect(readConfig({ ...REQUIRED, [variable]: text })[key]).toEqual(value);
    },
  );

  it.each([
    [{ RELAY_PORT: '4200', PORT: '10000' }, 4200],
    [{ RELAY_PORT: '4200', PORT: 'http' }, 4200],
    [{ RELAY_PORT: '', PORT: '10000' }, 10_000],
  ])('prefers RELAY_PORT to PORT: %j', (environment, port) => {
    expect(readConfig({ ...REQUIRED, ...environment }).port).toBe(port);
  });

  it('has no other settings', () => {
    expect(Object.keys(readConfig(REQUIRED)).sort()).toEqual([...new Set(SETTINGS.map(([, key]) => key))].sort());
  });

  /** Returns the message of the error that invalid variables cause. */
  function messageFor(environment: NodeJS.ProcessEnv): string {
    try {
      readConfig(environment);
    } catch (error) {
      if (error instanceof BadConfig) return error.message;
    }
    throw new Error('The variables are valid.');
  }

  it.each<[variable: string, message: string, values: readonly string[]]>([
    ['RELAY_ORIGIN', 'RELAY_ORIGIN is missing. Set it to ', ['']],
    [
      'RELAY_ORIGIN',
      'RELAY_ORIGIN must be an origin such as https://relay.example.com, not ',
      [
        ...['relay.example.com', 'https://relay.example.com/path', 'https://u:hunter2@relay.example.com'],
        ...[
          'https:relay.example.com',
          '\thttps://relay.example.com',
          'https://relay.example.com?a',
          '//relay.example.com',
        ],
      ],
    ],
    [
      'RELAY_ORIGIN',
      'RELAY_ORIGIN must start with https://',
      ['http://relay.example.com', 'http://localhost.example.com', 'http://10.0.0.1:4100'],
    ],
    ['RELAY_REGISTRATION_SECRET', 'RELAY_REGISTRATION_SECRET is missing, ', ['', ' , ']],
    [
      'RELAY_REGISTRATION_SECRET',
      'RELAY_REGISTRATION_SECRET must have at least 20 characters, ',
      [`${SECRET},hunter2`, `hunter2 ${SECRET}`],
    ],
    ['RELAY_PORT', 'RELAY_PORT must be a number from 0 to 65535, not "http".', ['http']],
    ['RELAY_PORT', 'RELAY_PORT must be a number from 0 to 65535, not "65536".', ['65536']],
    ['PORT', 'PORT must be a number from 0 to 65535, not "tcp://10.0.0.1:80".', ['tcp://10.0.0.1:80']],
    ['RELAY_TARGET_ORIGINS', 'RELAY_TARGET_ORIGINS must be an origin ', ['ftp://x']],
    ['RELAY_SQLITE_PATH', 'RELAY_SQLITE_PATH must be the path of a file, not ":memory:".', [':memory:']],
    ['RELAY_MAX_CHANNELS', 'RELAY_MAX_CHANNELS must be a number from 1 to 100000, not "0".', ['0']],
    ['RELAY_MAX_CHANNEL_MB', 'RELAY_MAX_CHANNEL_MB must be a number from 10 to 1000000, not "9".', ['9']],
    ['RELAY_RETENTION_HOURS', 'RELAY_RETENTION_HOURS must be a number from 0 to 8760, not "-1".', ['-1']],
    [
      'RELAY_CHANNEL_FILE',
      'The relay has no setting RELAY_CHANNEL_FILE. Did you mean "RELAY_CHANNELS_FILE"?',
      ['hunter2'],
    ],
    ['RELAY_DATABASE', 'The relay has no setting RELAY_DATABASE. Did you mean "RELAY_DATABASE_URL"?', ['hunter2']],
    ['RELAY_DATABASE_URL', 'RELAY_DATABASE_URL is not a PostgreSQL URL.', ['mysql://u:hunter2@x/y', 'db.example.com']],
    [
      'RELAY_TRUST_PROXY',
      'RELAY_TRUST_PROXY must list addresses or subnets ',
      'true|1|proxy.example.com|10.0.0.0/33|fd00::/129|::/0|10.0.0.1/8/8|10.0.0.0/08|none,loopback| , '.split('|'),
    ],
    [
      'RELAY_TRUST_PROXY',
      'RELAY_TRUST_PROXY must list addresses or subnets of proxies such as 10.0.0.2 or 10.0.0.0/8, or be "loopback" or "none", not "proxy.example.com".',
      ['10.0.0.2, proxy.example.com'],
    ],
    ['RELAY_NIGHTLY_BACKUPS', 'RELAY_NIGHTLY_BACKUPS must be a number from 0 to 100, not "all".', ['all']],
    [
      'RELAY_CLIENT_ADDRESS_HEADER',
      'RELAY_CLIENT_ADDRESS_HEADER must be the name of a header that contains a single address, such as Fly-Client-IP, not ',
      [
        'X-Forwarded-For',
        'forwarded',
        'x-real-ip, x-forwarded-for',
        'X Real IP',
        'x-real-ip:',
        '-',
        '1',
        'true client',
      ],
    ],
    ['RELAY_ADMIN_SOCKET', 'RELAY_ADMIN_SOCKET is too long. ', ['x'.repeat(97), 'é'.repeat(49)]],
    ['LOG_LEVEL', 'LOG_LEVEL must be one of ', ['loud']],
  ])('throws one line without secrets for an invalid %s: %s', (variable, message, values) => {
    const messages = values.map((value) => messageFor({ ...REQUIRED, [variable]: value }));
    expect(messages.filter((text) => !text.startsWith(message))).toEqual([]);
    expect(messages.join('')).not.toMatch(/\n|hunter2/);
  });

  it.each([
    ['a PostgreSQL database', { RELAY_DATABASE_URL: DATABASE }, 'copies a SQLite file, but RELAY_DATABASE_URL is set.'],
    ['no folder', { RELAY_BACKUP_FOLDER: 'off' }, 'needs a folder, but RELAY_BACKUP_FOLDER is "off".'],
  ])('refuses nightly backups with %s', (_with, environment, message) => {
    const nightly = { ...REQUIRED, ...environment, RELAY_NIGHTLY_BACKUPS: '7' };
    expect(messageFor(nightly)).toContain(`RELAY_NIGHTLY_BACKUPS ${message}`);
    expect(readConfig({ ...nightly, RELAY_NIGHTLY_BACKUPS: '0' }).nightlyBackups).toBe(0);
  });
});
