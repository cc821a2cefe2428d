import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** @type {Promise<import('../../relay/harness/postgres-cluster.ts').Cluster> | undefined} */
let cluster;

async function start() {
  const { startCluster } = await import('../../relay/harness/postgres-cluster.ts');
  return startCluster();
}

/** Lets all test files share one PostgreSQL server, which is started for the first file that asks for its URL. */
export default function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'shared-postgres-'));
  const server = createServer((socket) => {
    cluster ??= start();
    cluster.then(
      ({ url }) => socket.end(url),
      (/** @type {unknown} */ error) => socket.end(String(error)),
    );
  });
  server.listen(join(folder, 'socket'));
  env.TEST_POSTGRES_SOCKET = join(folder, 'socket');
  Object.assign(globalThis, {
    stopSharedPostgres: async () => {
      server.close();
      await (await cluster)?.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
