/** Caddy with `deploy/Caddyfile`, as a proxy of a relay on this machine. */

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../harness/free-port.ts';
import { hasExited, killAndWait, killOnExit } from '../../harness/relay-process.ts';
import { ORIGIN } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';

const CADDYFILE = fileURLToPath(new URL('../../../deploy/Caddyfile', import.meta.url));

/**
 * Resolves to true if the certificate authority `ca` has issued a certificate for {@link ORIGIN} to the TLS server on a
 * port of this machine.
 */
const isServing = (port: number, ca: string): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, ca, servername: new URL(ORIGIN).hostname };
    const socket = connect(options, () => {
      socket.destroy();
      resolve(true);
    });
    // Caddy listens before it has the certificate. Until then, Caddy ends handshakes with an alert.
    socket.once('error', () => {
      resolve(false);
    });
  });

export type CaddyProcess = Awaited<ReturnType<typeof startCaddy>>;

/**
 * Starts Caddy with `deploy/Caddyfile` and global options that let it run alongside other processes and without a
 * public host name. Resolves once Caddy responds with a certificate from its own authority.
 *
 * @param folder - a folder for Caddy's files
 * @throws {Error} if `deploy/Caddyfile` has no global options, or if Caddy exits
 */
export async function startCaddy(folder: string, relayPort: number) {
  const [port, httpPort] = [await freePort(), await freePort()];
  const options = [
    'admin off',
    'auto_https disable_redirects',
    'default_bind 127.0.0.1',
    `http_port ${httpPort}`,
    `https_port ${port}`,
    'local_certs',
    'skip_install_trust',
    `storage file_system ${folder}`,
  ];
  const text = readFileSync(CADDYFILE, 'utf8');
  const changed = text.replace(/^\{$/m, `{\n${options.join('\n')}`);
  if (changed === text)
    throw new Error('deploy/Caddyfile has no global options. Update relay/test/support/caddy-process.ts.');
  const config = join(folder, 'Caddyfile');
  writeFileSync(config, changed);
  const logPath = join(folder, 'caddy.log');
  const output = openSync(logPath, 'w');
  const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', config], {
    env: { PATH: process.env.PATH, HOME: folder, RELAY_ORIGIN: ORIGIN, RELAY_UPSTREAM: `127.0.0.1:${relayPort}` },
    stdio: ['ignore', output, output],
  });
  killOnExit(child);
  closeSync(output);
  const log = (): string => readFileSync(logPath, 'utf8');
  const caPath = join(folder, 'pki/authorities/local/root.crt');
  await until(() => {
    if (hasExited(child)) throw new Error(`Caddy did not start: ${log()}`);
    // Caddy might not have written the whole file yet.
    return existsSync(caPath) && isServing(port, readFileSync(caPath, 'utf8')).catch(() => false);
  });
  return { port, httpPort, child, ca: readFileSync(caPath, 'utf8'), log, stop: () => killAndWait(child, 'SIGKILL') };
}
