/** nginx as a proxy of a relay on this machine. */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { freePort } from '../../harness/free-port.ts';
import { hasExited, killAndWait, killOnExit } from '../../harness/relay-process.ts';
import { until } from '../../harness/until.ts';

/**
 * Directives that make nginx reuse connections to the relay for the requests of several clients. By default, nginx
 * opens a connection for each request.
 */
const KEPT_CONNECTIONS = 'proxy_http_version 1.1; proxy_set_header Connection "";';

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

/**
 * Starts nginx with its default settings, except for the maximum size of bodies and the location of its files. Resolves
 * once nginx is listening.
 *
 * @param folder - a folder for nginx's files
 * @param keepsConnections - true to keep connections to the relay open for later requests
 * @throws {Error} if nginx exits
 */
export async function startNginx(folder: string, relayPort: number, keepsConnections: boolean) {
  const port = await freePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `pid ${folder}/nginx.pid; error_log stderr warn; daemon off; master_process off;
    events { worker_connections 2048; }
    http {
      access_log off; ${paths.join(' ')}
      client_max_body_size 11m;
      upstream relay { server 127.0.0.1:${relayPort}; ${keepsConnections ? 'keepalive 16;' : ''} }
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://relay; ${keepsConnections ? KEPT_CONNECTIONS : ''} } }
    }`,
  );
  const logPath = join(folder, 'nginx.log');
  const output = openSync(logPath, 'w');
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: ['ignore', output, output] });
  killOnExit(child);
  closeSync(output);
  const log = (): string => readFileSync(logPath, 'utf8');
  await until(() => {
    if (hasExited(child)) throw new Error(`nginx did not start: ${log()}`);
    return isListening(port);
  });
  return { port, log, stop: () => killAndWait(child, 'SIGKILL') };
}
