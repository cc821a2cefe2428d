/** The scripts of the relay's image in `deploy/image/`, run as the image runs them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, it } from '@jest/globals';

import { freePort } from '../../relay/harness/free-port.ts';

type Environment = Readonly<Record<string, string>>;

/** Runs a program. Returns its exit code and its output. */
async function run(command: string, args: readonly string[], environment: Environment) {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...environment } });
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, 'close')) as [number];
  return { status, output: (await outputs).join('') };
}

describe('relay-health', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Starts a server that responds to `/readyz`. Returns its port. */
  async function startServer(status: number): Promise<string> {
    const server = createServer(({ url }, response) => response.writeHead(url === '/readyz' ? status : 404).end());
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return String((server.address() as AddressInfo).port);
  }

  const health = async (environment: Environment) => (await run('deploy/image/relay-health', [], environment)).status;

  it('succeeds while the relay is ready, and fails if it is not, or does not listen', async () => {
    expect(await health({ RELAY_PORT: await startServer(200) })).toBe(0);
    expect(await health({ RELAY_PORT: await startServer(503) })).toBe(1);
    expect(await health({ RELAY_PORT: String(await freePort()) })).toBe(1);
  });

  it('uses the port on which the relay listens: that of RELAY_PORT, or else that of PORT', async () => {
    const [ready, other] = [await startServer(200), await startServer(503)];
    expect(await health({ PORT: ready })).toBe(0);
    expect(await health({ RELAY_PORT: '', PORT: ready })).toBe(0);
    expect(await health({ RELAY_PORT: ready, PORT: other })).toBe(0);
    expect(await health({ RELAY_PORT: other, PORT: ready })).toBe(1);
  });
});
