/**
 * `npm run deploy:check [-- --only sqlite,postgres,systemd]` tests the files in `deploy/`. It builds the relay's image,
 * starts the containers of both Compose files, runs the unit in a container that was booted by systemd, and delivers
 * events through Caddy with certificates from Caddy's own authority. Images that are built from Debian packages replace
 * the images on Docker Hub.
 *
 * It needs Linux, root, the ports 80, 443 and 4100, and these Debian packages: podman, runc, netavark, aardvark-dns, nftables,
 * docker-compose and mmdebstrap. It takes about 15 minutes, and keeps its images in /var/tmp/tutorcruncher-deploy-check.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startTargetServer } from '../harness/target-server.ts';
import { checkCompose } from './compose.ts';
import { buildImage, run, startPodman } from './containers.ts';
import { makeStandIns } from './stand-ins.ts';
import { checkSystemd } from './systemd.ts';

const PROGRAMS = ['podman', 'runc', 'nft', 'docker-compose', 'mmdebstrap'];

/** Returns an address of this machine that its containers can reach. @throws {Error} if it has none */
function ownAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('This machine has no network interface. Connect it to a network.');
  return found.address;
}

/** Copies the files that git tracks into a new folder, like a clean checkout. */
async function cleanCheckout(folder: string): Promise<string> {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  await run('bash', [
    '-c',
    `set -o pipefail; git ls-files -z | xargs -0 cp --parents --target-directory='${checkout}'`,
  ]);
  return checkout;
}

const { values } = parseArgs({ options: { only: { type: 'string', default: 'sqlite,postgres,systemd' } } });
const parts = values.only.split(',');
const missing = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error);
if (process.getuid?.() !== 0 || missing.length > 0) {
  console.error(
    `This check needs root and the programs ${PROGRAMS.join(', ')}. Missing: ${missing.join(', ') || 'root'}.`,
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'deploy-check-'));
const service = await startPodman();
const target = await startTargetServer(undefined, ownAddress());
try {
  await makeStandIns();
  const checkout = await cleanCheckout(folder);
  if (parts.includes('sqlite') || parts.includes('postgres')) {
    console.log('Building the image of the relay.');
    await buildImage('docker.io/library/tutorcruncher-relay', checkout, join(checkout, 'deploy/Dockerfile'));
    if (parts.includes('sqlite')) await checkCompose('SQLite', checkout, target);
    if (parts.includes('postgres')) await checkCompose('PostgreSQL', checkout, target);
  }
  if (parts.includes('systemd')) await checkSystemd(checkout, target);
  console.log('The files of deploy/ work.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  target.close();
  await service.stop();
  rmSync(folder, { recursive: true });
}
