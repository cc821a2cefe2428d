/** The Compose files, checked with Docker Compose. */

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from '@jest/globals';

import { readConfig } from '../../relay/config.ts';
import { folder, itWith, replaceIn, run } from './deploy-folder.ts';

describe('the Compose files', () => {
  const itWithCompose = itWith('docker-compose', 'docker-compose');

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])('%s meets the schema of Docker Compose', (name) => {
    cpSync(join(folder, 'env.example'), join(folder, '.env'));
    replaceIn('.env', 'POSTGRES_PASSWORD=', 'POSTGRES_PASSWORD=a-password');
    replaceIn('.env', 'RELAY_REGISTRATION_SECRET=', 'RELAY_REGISTRATION_SECRET=a-registration-secret');
    expect(run('docker-compose', ['--file', name, 'config', '--quiet'])).toEqual({ status: 0, output: '' });
  });

  itWithCompose.each([
    ['compose.yaml', '', 0],
    ['compose.sqlite.yaml', '', 7],
    ['compose.sqlite.yaml', 'RELAY_NIGHTLY_BACKUPS=3\n', 3],
    // The URL of a database that is not in the Compose file.
    ['compose.sqlite.yaml', 'RELAY_NIGHTLY_BACKUPS=0\nRELAY_DATABASE_URL=postgres://relay@db/relay\n', 0],
  ])('%s with "%s" in .env starts a relay, which keeps %i nightly backups', (name, settings, nightlyBackups) => {
    const secret = 'a-registration-secret-of-nobody';
    writeFileSync(
      join(folder, '.env'),
      `RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=${secret}\nPOSTGRES_PASSWORD=a\n${settings}`,
    );
    const { output } = run('docker-compose', ['--file', name, 'config', '--format', 'json']);
    const { services } = JSON.parse(output) as { services: { relay: { environment: Record<string, string> } } };
    expect(readConfig(services.relay.environment)).toMatchObject({ nightlyBackups });
  });

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])(
    '%s runs the relay as node, without privileges',
    (name) => {
      writeFileSync(join(folder, '.env'), 'RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=a\nPOSTGRES_PASSWORD=a\n');
      const { output } = run('docker-compose', ['--file', name, 'config', '--format', 'json']);
      expect(JSON.parse(output)).toMatchObject({
        services: {
          relay: { user: 'node', cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], read_only: true },
        },
      });
    },
  );

  itWithCompose.each(['compose.yaml', 'compose.sqlite.yaml'])('%s limits the log of each container', (name) => {
    writeFileSync(join(folder, '.env'), 'RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=a\nPOSTGRES_PASSWORD=a\n');
    const { output } = run('docker-compose', ['--file', name, 'config']);
    const linesWith = (text: string) => output.split('\n').filter((line) => line.includes(text)).length;
    expect([linesWith('max-size:'), linesWith('max-file:')]).toEqual([linesWith('restart:'), linesWith('restart:')]);
    expect(linesWith('restart:')).toBeGreaterThan(1);
  });

  itWithCompose.each([
    ['RELAY_REGISTRATION_SECRET=a-secret\n', 'Set it in deploy/.env to the public origin of the relay'],
    ['RELAY_ORIGIN=\nRELAY_REGISTRATION_SECRET=a-secret\n', 'Set it in deploy/.env to the public origin of the relay'],
    ['RELAY_ORIGIN=https://x\n', 'Set it in deploy/.env to the output of "openssl rand -hex 32"'],
    ['RELAY_ORIGIN=https://x\nRELAY_REGISTRATION_SECRET=\n', 'Set it in deploy/.env to the output of'],
  ])('say which setting is missing: %j', (environment, message) => {
    writeFileSync(join(folder, '.env'), environment);
    const { status, output } = run('docker-compose', ['--file', 'compose.sqlite.yaml', 'config', '--quiet']);
    expect(status).not.toBe(0);
    expect(output).toContain(message);
  });
});
