/** Podman containers, with images and settings that are separate from the machine's. */

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { killAndWait } from '../harness/relay-process.ts';
import { until } from '../harness/until.ts';

const execute = promisify(execFile);

/** Folder for the images, which later runs reuse. */
const FOLDER = '/var/tmp/tutorcruncher-deploy-check';
const SOCKET = join(FOLDER, 'podman.sock');
const MAX_OUTPUT_BYTES = 50_000_000;

/** Environment variables for podman and for docker-compose, which controls podman. */
const environment = {
  ...process.env,
  CONTAINERS_CONF: join(FOLDER, 'containers.conf'),
  CONTAINERS_STORAGE_CONF: join(FOLDER, 'storage.conf'),
  DOCKER_HOST: `unix://${SOCKET}`,
  PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
};

/**
 * Runs a program.
 *
 * @param cwd - its working directory
 * @returns its output
 * @throws {Error} with its output if it fails
 */
export async function run(command: string, args: readonly string[], cwd = '.'): Promise<string> {
  try {
    const { stdout } = await execute(command, [...args], { cwd, env: environment, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`"${command} ${args.join(' ')}" failed: ${output.slice(-4000)}`, { cause: error });
  }
}

export const podman = (...args: readonly string[]): Promise<string> => run('podman', args);

/** Runs a shell script in a container. Returns its output. */
export const runInside = (container: string, script: string): Promise<string> =>
  podman('exec', container, 'bash', '-ec', script);

/** Builds an image with access to this machine's network. */
export const buildImage = (tag: string, folder: string, dockerfile: string): Promise<string> =>
  podman(
    ...['build', '--isolation', 'chroot', '--network', 'host', '--format', 'docker'],
    ...['--quiet', '--tag', tag, '--file', dockerfile, folder],
  );

/** The service that lets docker-compose control podman. */
export interface PodmanService {
  readonly stop: () => Promise<void>;
}

/** Runs the health checks of containers, which podman runs automatically only on systems with systemd. */
async function examineContainers(): Promise<void> {
  const names = (await podman('ps', '--format', '{{.Names}}')).split('\n').filter((name) => name !== '');
  // The command fails for a container that is not healthy or has no health check.
  await Promise.all(names.map((name) => podman('healthcheck', 'run', name).catch(() => undefined)));
}

/** Starts podman's service. */
export async function startPodman(): Promise<PodmanService> {
  mkdirSync(FOLDER, { recursive: true });
  // podman's default limits may exceed this machine's limits.
  const limits = await run('bash', ['-c', 'echo "\\"nofile=$(ulimit -Hn)\\", \\"nproc=$(ulimit -Hu)\\""']);
  writeFileSync(
    environment.CONTAINERS_CONF,
    `[containers]\ndefault_ulimits=[${limits.trim()}]\n[engine]\ncgroup_manager="cgroupfs"\nruntime="runc"\n`,
  );
  writeFileSync(
    environment.CONTAINERS_STORAGE_CONF,
    `[storage]\ndriver="overlay"\ngraphroot="${FOLDER}/storage"\nrunroot="/run/tutorcruncher-deploy-check"\n`,
  );
  const service: ChildProcess = spawn('podman', ['system', 'service', '--time=0', `unix://${SOCKET}`], {
    env: environment,
    stdio: 'ignore',
  });
  await until(() => existsSync(SOCKET));
  let isExamining = false;
  const timer = setInterval(() => {
    if (isExamining) return;
    isExamining = true;
    // An examination fails if a container is removed in the meantime. It is repeated at the next interval.
    void examineContainers()
      .catch(() => undefined)
      .finally(() => (isExamining = false));
  }, 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      await killAndWait(service, 'SIGTERM');
    },
  };
}
