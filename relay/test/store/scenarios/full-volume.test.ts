/**
 * A relay on real mounted volumes: a full volume, a restart after a kill, and two relays on one file. The volumes are
 * mounted in a separate mount namespace, which Linux lets most users create.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { CONSOLE_PATH } from '../../../../wire/console-api.ts';
import { hasExited, killAndWait, killOnExit, RELAY_MAIN } from '../../../harness/relay-process.ts';
import { callApi, postWebhook } from '../../../harness/relay-requests.ts';
import { bodyOf, ORIGIN, REGISTRATION_SECRET } from '../../../harness/sample-delivery.ts';
import { until } from '../../../harness/until.ts';
import { whereAllowed } from '../../support/required-tool.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NAMESPACE = ['--map-root-user', '--mount'];
const canMount = spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const REMEDY = 'Install util-linux, and allow user namespaces.';

whereAllowed(
  describe,
  canMount,
  'the tests of mounted volumes',
  REMEDY,
)('a relay on a mounted volume', () => {
  const volume = join(temporaryFolder(), 'volume');
  const path = join(volume, 'relay.sqlite');
  const children: ChildProcess[] = [];
  let holder: ChildProcess;
  /** The folder of the volume, as processes outside the namespace see the volume. */
  let outside: string;

  beforeAll(async () => {
    mkdirSync(volume);
    const script = 'mount -t tmpfs -o size=40m,mode=755 volume "$1" && echo mounted && exec sleep 600';
    holder = spawn('unshare', [...NAMESPACE, 'sh', '-c', script, 'sh', volume], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    killOnExit(holder);
    await once(holder.stdout ?? holder, 'data');
    outside = `/proc/${holder.pid}/root${volume}`;
  });
  afterAll(() => killAndWait(holder, 'SIGKILL'));
  afterEach(async () => {
    for (const child of children.splice(0)) await killAndWait(child, 'SIGKILL');
  });

  /** Starts a relay in the namespace. */
  function start(environment: Readonly<Record<string, string>> = {}) {
    const args = [
      `--target=${holder.pid}`,
      '--user',
      '--preserve-credentials',
      '--mount',
      process.execPath,
      RELAY_MAIN,
    ];
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      RELAY_ORIGIN: ORIGIN,
      RELAY_PORT: '0',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_SQLITE_PATH: path,
      RELAY_ADMIN_SOCKET: 'off',
      ...environment,
    };
    const child = spawn('nsenter', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    killOnExit(child);
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = async () => {
      await until(() => hasExited(child));
      return { code: child.exitCode, output };
    };
    const listening = async (): Promise<string> => {
      await until(() => output.includes('The relay is listening.') || hasExited(child));
      return `http://127.0.0.1:${/"port":(\d+)/.exec(output)?.[1] ?? output}`;
    };
    return { child, output: () => output, ended, listening };
  }
  const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

  it('warns that the volume is in memory', async () => {
    const relay = start();
    await relay.listening();
    expect(relay.output()).toContain(`${path} is in memory (tmpfs), so the next restart of the machine deletes all`);
  });

  it('serves the console while the volume is full, even after a kill, and accepts webhooks once there is room', async () => {
    let relay = start();
    let url = await relay.listening();
    await callApi(url, 'PUT', '/channel');
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
    writeFileSync(join(outside, 'other'), Buffer.alloc(30 * 1024 * 1024));
    for (let starts = 0; starts < 2; starts++) {
      await until(async () => (await statusOf(`${url}/readyz`)) === 503);
      expect([await statusOf(`${url}/healthz`), await statusOf(`${url}${CONSOLE_PATH}`)]).toEqual([200, 200]);
      await killAndWait(relay.child, 'SIGKILL');
      relay = start();
      url = await relay.listening();
    }
    rmSync(join(outside, 'other'));
    await until(async () => (await statusOf(`${url}/readyz`)) === 200);
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
  });

  it('refuses the file of another relay', async () => {
    await start().listening();
    expect(await start().ended()).toEqual({
      code: 1,
      output: expect.stringMatching(
        /Another process uses .*relay\.sqlite, which only one relay can use at a time\. Stop that .* one instance/,
      ),
    });
  });
});
