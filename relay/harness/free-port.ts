import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Range of ports that operating systems do not assign to outgoing connections, or to servers that ask for any port. */
const PORTS = [20_000, 32_768] as const;

/** Returns true if a server can listen on a port of this machine. */
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });

/**
 * Returns a port of this machine that no process listens on. The operating system does not assign this port to other
 * processes, so it stays free while the caller restarts its server.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...PORTS);
    if (await isFree(port)) return port;
  }
}
