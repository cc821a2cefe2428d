/** `render.yaml`: its agreement with the image and with the documents, and a relay that runs with its settings. */

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import ownPackage from '../../package.json' with { type: 'json' };
import { readConfig } from '../../relay/config.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { openAttempt } from '../../relay/harness/opened-deliveries.ts';
import { hasExited, killAndWait, killOnExit, RELAY_MAIN } from '../../relay/harness/relay-process.ts';
import { callApi, postWebhook } from '../../relay/harness/relay-requests.ts';
import { bodyOf, ORIGIN, TOKEN } from '../../relay/harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../relay/harness/target-server.ts';
import { until } from '../../relay/harness/until.ts';
import { EXIT_TIMEOUT_MS } from '../../relay/run.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { relayImage } from '../../scripts/repository.ts';
import { CHANNEL_PATH } from '../../wire/relay-api.ts';
import { startRenderProxy } from './render-proxy.ts';

/** Time that Render gives a process to stop (documented). It is fixed for services with a disk (observed). */
const RENDER_STOP_MS = 30_000;
/** Maximum share of the memory that a measured peak can use. */
const MAX_SHARE = 0.75;

interface Variable {
  readonly key: string;
  readonly value?: string;
  readonly sync?: false;
  readonly generateValue?: true;
}

interface Service {
  readonly plan: string;
  readonly region: string;
  readonly healthCheckPath: string;
  readonly disk: { readonly mountPath: string; readonly sizeGB: number };
  readonly envVars: readonly Variable[];
}

const { services } = parse(readFileSync('render.yaml', 'utf8')) as { services: readonly [Service] };
const [service] = services;
const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');

/** Returns the variables that the last stage of `deploy/Dockerfile` sets. */
function imageEnvironment(): Record<string, string> {
  const instructions = dockerfile.replaceAll('\\\n', ' ').matchAll(/^ENV (.*)$/gm);
  const pairs = [...instructions].flatMap(([, text = '']) => text.trim().split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s) as [string, string]));
}

/** A value in the format of the values that Render generates: 256 bits in base64 (documented). */
const GENERATED = createHash('sha256').update('a fixed seed').digest('base64');
/** The value that the operator enters. */
const ASKED = new Map([['RELAY_ORIGIN', ORIGIN]]);

/** Returns the variables of a service that Render has created from the file. */
function renderEnvironment(): Record<string, string> {
  const valueOf = ({ key, value, generateValue }: Variable) =>
    value ?? (generateValue ? GENERATED : ASKED.get(key)) ?? '';
  return Object.fromEntries(service.envVars.map((variable) => [variable.key, valueOf(variable)]));
}

const environment = { ...imageEnvironment(), ...renderEnvironment() };
const config = readConfig(environment);
/** The memory of the plan, in MB. The name of a plan ends with its memory. */
const memoryMb = Number(/-(\d+)mb$/.exec(service.plan)?.[1]);
/** Numbers in words. */
const COUNTS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven'];

/** Returns the settings for the proxy of a platform in docs/relay-variants.md. */
function proxySettings(platform: string): Record<string, string> {
  const row = new RegExp(`^\\| ${platform} +\\| \`(.+?)\` +\\| \`(.+?)\` +\\|`, 'm');
  const [, trusted = '', header = ''] = row.exec(readFileSync('docs/relay-variants.md', 'utf8')) ?? [];
  return { RELAY_TRUST_PROXY: trusted, RELAY_CLIENT_ADDRESS_HEADER: header };
}

describe('render.yaml', () => {
  it('describes one service with a paid plan and a region, and neither a branch nor a build', () => {
    expect(services).toHaveLength(1);
    expect(Object.keys(service).sort()).toEqual([
      'disk',
      'envVars',
      'healthCheckPath',
      'image',
      'name',
      'plan',
      'region',
      'runtime',
      'type',
    ]);
    expect(service).toMatchObject({ type: 'web', region: 'frankfurt' });
    expect(service.plan).not.toBe('free');
  });

  it('contains no secret, and asks for the origin', () => {
    const without = service.envVars.filter(({ value }) => value === undefined);
    expect(without).toEqual([
      { key: 'RELAY_ORIGIN', sync: false },
      { key: 'RELAY_REGISTRATION_SECRET', generateValue: true },
    ]);
    expect(config.registrationSecrets).toEqual([GENERATED]);
  });

  it('has a plan with the memory of the Compose files, which the measured peaks leave free in part', () => {
    const compose = readFileSync('deploy/compose.sqlite.yaml', 'utf8');
    expect(memoryMb).toBe(Number(/^ {4}mem_limit: (\d+)m$/m.exec(compose)?.[1]));
    const [, table = ''] =
      /^\| Load on one process with SQLite .*\n(?:.*\n)((?:\|.*\n)+)/m.exec(
        readFileSync('docs/performance.md', 'utf8'),
      ) ?? [];
    const peaks = [...table.matchAll(/(\d+) MB\s*\|$/gm)].map(([, peak]) => Number(peak));
    expect(peaks.length).toBeGreaterThan(5);
    expect(Math.max(...peaks)).toBeLessThan(memoryMb * MAX_SHARE);
  });

  it('trusts the proxy of Render as docs/relay-variants.md says', () => {
    expect(environment).toMatchObject(proxySettings('Render'));
  });

  it('stops the relay by force only after the relay would have ended by itself', () => {
    expect(EXIT_TIMEOUT_MS).toBeLessThan(RENDER_STOP_MS);
  });

  it('keeps the store and its backups on the disk', () => {
    expect(dirname(config.sqlitePath)).toBe(service.disk.mountPath);
    expect(config.backupFolder).toBe(service.disk.mountPath);
  });

  it('has a disk for full channels of the smallest events and all backups, by the rule in docs/relay.md', () => {
    const size = readFileSync('docs/relay.md', 'utf8').replace(/\s+/g, ' ');
    expect(size).toContain('at most `RELAY_MAX_CHANNELS` × (4 × `RELAY_MAX_CHANNEL_MB` + 200 MB)');
    expect(size).toContain(
      'once for the store, once for each backup that is kept, and once for a backup that is being',
    );
    const storeBytes = config.maxChannels * (4 * config.maxChannelMb * 2 ** 20 + 200e6);
    const copies = config.nightlyBackups + 2;
    expect(copies * storeBytes).toBeLessThan(service.disk.sizeGB * 1e9);
    // A much larger disk would cost more without any benefit.
    expect(copies * storeBytes).toBeGreaterThan((service.disk.sizeGB / 2) * 1e9);
  });
});

it('docs/render.md names the sizes of render.yaml', () => {
  const page = readFileSync('docs/render.md', 'utf8').replace(/\s+/g, ' ');
  const [channels, backups] = [config.maxChannels, config.nightlyBackups].map((count) => COUNTS[count] ?? '');
  expect(page).toContain(`one instance with ${memoryMb} MB of memory and a disk of ${service.disk.sizeGB} GB.`);
  expect(page).toContain(`There is room for ${channels} branches`);
  expect(page).toContain(`with ${config.maxChannelMb} MB of stored events each`);
  expect(page).toContain(`writes one each night, and keeps ${backups}.`);
  expect(page).toContain(`a region other than ${service.region.replace(/^f/, 'F')}`);
});

it('docs/hosting.md has at most 500 words, apart from fly.toml', () => {
  const text = readFileSync('docs/hosting.md', 'utf8')
    .replace(/^```toml\n[^]*?^```$/m, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
  expect(text.split(/\s+/).filter((word) => /\w/.test(word)).length).toBeLessThanOrEqual(500);
});

describe('fly.toml in docs/hosting.md', () => {
  const [, text = ''] = /^```toml\n([^]*?)^```$/m.exec(readFileSync('docs/hosting.md', 'utf8')) ?? [];
  const lines = text.replace(/ #.*$/gm, '').matchAll(/^(\w+) = (?:'(.*)'|(.*))$/gm);
  const settings: Record<string, string> = Object.fromEntries(
    [...lines].map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]),
  );

  it('has the variables of render.yaml, with the proxy of Fly.io', () => {
    const variables = Object.entries(settings).filter(([name]) => name.startsWith('RELAY_'));
    const others = Object.entries(renderEnvironment()).filter(([name]) => name !== 'RELAY_REGISTRATION_SECRET');
    expect(Object.fromEntries(variables)).toEqual({ ...Object.fromEntries(others), ...proxySettings('Fly.io') });
  });

  it('runs one machine that never sleeps, with the port, the disk and the health check of the image', () => {
    expect(settings).toMatchObject({
      image: relayImage(ownPackage.repository, ownPackage.version),
      destination: service.disk.mountPath,
      initial_size: `${service.disk.sizeGB}gb`,
      internal_port: String(config.port),
      auto_stop_machines: 'off',
      min_machines_running: '1',
      path: service.healthCheckPath,
    });
    expect(Number(settings.kill_timeout) * 1000).toBeGreaterThan(EXIT_TIMEOUT_MS);
  });
});

describe('a relay with the settings of render.yaml', () => {
  const disk = join(temporaryFolder(), 'disk');
  let port: number;
  let relay: ChildProcess;
  let proxy: Awaited<ReturnType<typeof startRenderProxy>>;
  let target: TargetServer;
  let isTargetUp = false;

  /**
   * Starts the command of the image. Its disk and /tmp are in a temporary folder, and Render's port is any free port.
   */
  function start(): void {
    const onDisk = Object.entries(environment).map(
      ([name, value]) => [name, value.replace(/^\/(?:data|tmp)(?=\/)/, disk)] as const,
    );
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      ...Object.fromEntries(onDisk),
      PORT: String(port),
      RENDER: 'true',
      RENDER_EXTERNAL_URL: 'https://tutorcruncher-relay.onrender.com',
      RELAY_TARGET_ORIGINS: target.origin,
    };
    const [, command = ''] = /^CMD (.+)$/m.exec(dockerfile) ?? [];
    const [, ...args] = JSON.parse(command) as string[];
    relay = spawn(process.execPath, args, {
      cwd: dirname(dirname(RELAY_MAIN)),
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    killOnExit(relay);
  }

  /** Waits until the health check of Render succeeds. */
  async function untilHealthy(): Promise<void> {
    const check = () =>
      fetch(`http://127.0.0.1:${port}${service.healthCheckPath}`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(async () => hasExited(relay) || (await check()));
    expect(hasExited(relay)).toBe(false);
  }

  beforeAll(async () => {
    mkdirSync(disk);
    port = await freePort();
    target = await startTargetServer((response) => response.writeHead(isTargetUp ? 200 : 503).end());
    proxy = await startRenderProxy(port);
    start();
    await untilHealthy();
  });
  afterAll(async () => {
    await killAndWait(relay, 'SIGKILL');
    proxy.close();
    target.close();
  });

  it('delivers an event that was accepted before its process was killed', async () => {
    const { origin } = proxy;
    expect(await callApi(origin, 'PUT', CHANNEL_PATH, undefined, TOKEN, GENERATED)).toMatchObject({ status: 200 });
    const subscription = { target_url: `${target.origin}/zap`, actions: ['A'] };
    const subscribed = await callApi(origin, 'POST', `${CHANNEL_PATH}/subscriptions`, subscription);
    expect(subscribed.status).toBe(200);
    const body = bodyOf('A');
    expect(await postWebhook(origin, body)).toMatchObject({ status: 202 });

    await killAndWait(relay, 'SIGKILL');
    expect(await postWebhook(origin, bodyOf('A'))).toMatchObject({ status: 502 });
    isTargetUp = true;
    start();
    await untilHealthy();
    const sentBefore = target.received.length;
    await until(() => target.received.length > sentBefore);
    const attempt = target.received.at(-1);
    expect((await openAttempt(attempt?.body ?? Buffer.of())).body).toEqual(body);
  });

  it('shows its metrics to nobody who comes through the proxy', async () => {
    expect(await fetch(`${proxy.origin}/metrics`)).toMatchObject({ status: 404 });
    expect(await fetch(`http://127.0.0.1:${port}/metrics`)).toMatchObject({ status: 200 });
  });

  it('stops in time when Render replaces it', async () => {
    const begin = performance.now();
    await killAndWait(relay, 'SIGTERM');
    expect(relay.exitCode).toBe(0);
    expect(performance.now() - begin).toBeLessThan(RENDER_STOP_MS);
  });
});
