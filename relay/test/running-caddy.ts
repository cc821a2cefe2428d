/** Caddy in front of a relay, with the configuration in `deploy/Caddyfile`. */

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe } from '@jest/globals';

import { freePort } from '../harness/free-port.ts';
import { hasExited, killAndWait } from '../harness/relay-process.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { whereAvailable } from './required-tool.ts';

const CADDYFILE = fileURLToPath(new URL('../../deploy/Caddyfile', import.meta.url));

/** `describe` for tests that need Caddy. Skips them if Caddy is not installed. */
export const describeWithCaddy = whereAvailable(
  describe,
  spawnSync('caddy', ['version']).status === 0,
  'the tests of deploy/Caddyfile',
  'Install Caddy (Debian: apt-get install caddy).',
);

/** A running Caddy. */
export interface RunningCaddy {
  /** The HTTPS port on 127.0.0.1. */
  readonly port: number;
  /** The certificate of Caddy's own certificate authority, in PEM format. */
  readonly ca: string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * Returns `deploy/Caddyfile` with global options that let it run alongside other processes and without a public host
 * name.
 *
 * @throws {Error} if the beginning of the file is not as expected
 */
function testableCaddyfile(folder: string, port: number): string {
  const options = [
    'admin off',
    'auto_https disable_redirects',
    'default_bind 127.0.0.1',
    `https_port ${port}`,
    'local_certs',
    'skip_install_trust',
    `storage file_system ${folder}`,
  ];
  const text = readFileSync(CADDYFILE, 'utf8');
  const changed = text.replace(/^\{$/m, `{\n${options.join('\n')}`);
  if (changed === text) throw new Error('deploy/Caddyfile has no global options. Update relay/test/running-caddy.ts.');
  return changed;
}

/**
 * Starts Caddy for the host name of an origin. Resolves once Caddy has a certificate from its own authority.
 *
 * @param folder - an empty folder for Caddy's files
 * @throws {Error} if Caddy exits
 */
export async function startCaddy(folder: string, relayPort: number, origin = ORIGIN): Promise<RunningCaddy> {
  const port = await freePort();
  const config = join(folder, 'Caddyfile');
  writeFileSync(config, testableCaddyfile(folder, port));
  const logPath = join(folder, 'caddy.log');
  const output = openSync(logPath, 'w');
  const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', config], {
    env: { PATH: process.env.PATH, HOME: folder, RELAY_ORIGIN: origin, RELAY_UPSTREAM: `127.0.0.1:${relayPort}` },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const log = (): string => readFileSync(logPath, 'utf8');
  const caPath = join(folder, 'pki/authorities/local/root.crt');
  await until(() => {
    if (hasExited(child)) throw new Error(`Caddy did not start: ${log()}`);
    return existsSync(caPath) && log().includes('certificate obtained successfully');
  });
  return { port, ca: readFileSync(caPath, 'utf8'), log, stop: () => killAndWait(child, 'SIGKILL') };
}
