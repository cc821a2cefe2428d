/**
 * `npm run chaos [-- --rounds N]`: kills a relay again and again under load, with targets that misbehave in every way,
 * and counts: no event that was acknowledged may be missing at a target that lives, and every body must verify.
 * Everything happens on this machine, and ends by itself.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Agent, request } from 'undici';

import { deriveChannel, deriveToken } from '../../src/relay-capability.ts';

const KEY = 'a-private-key-for-chaos-0123456789abcdef';
const EVENTS_PER_SECOND = 200;
const ROUND_MS = 1500;
const DRAIN_MS = 150_000;
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
  console.error('--rounds takes a whole number from 1 to 1000.');
  process.exit(1);
}

/** A target and what it got. */
interface Target {
  readonly name: string;
  /** Everything acknowledged has to arrive here. */
  readonly isLive: boolean;
  /** How often each event arrived and was answered with 200. */
  readonly got: Map<string, number>;
  requests: number;
  badSignatures: number;
  readonly misbehave: (count: number, response: ServerResponse, request: IncomingMessage) => boolean;
}

const target = (name: string, isLive: boolean, misbehave: Target['misbehave']): Target => ({
  name,
  isLive,
  got: new Map(),
  requests: 0,
  badSignatures: 0,
  misbehave,
});

const end = (response: ServerResponse, status: number, headers: Record<string, string> = {}): true => {
  response.writeHead(status, headers).end();
  return true;
};

// Failures are rare, as each makes the relay wait for five seconds or more.
const targets = [
  target('healthy', true, () => false),
  target('flaky (500)', true, (count, response) => count % 400 === 50 && end(response, 500)),
  target(
    'rate-limiting (429)',
    true,
    (count, response) => count % 100 === 20 && end(response, 429, { 'retry-after': '1' }),
  ),
  target('slow', true, () => false),
  target('resetting', true, (count, response) => {
    if (count % 400 !== 70) return false;
    response.destroy();
    return true;
  }),
  target('redirecting (302)', false, (_count, response) => end(response, 302, { location: '/hooks/redirected' })),
  target('gone (410)', false, (count, response) => count > 30 && end(response, 410)),
];
const redirected = target('redirected', false, () => false);

const idOf = (body: string): string => /"id": "([^"]+)"/.exec(body)?.[1] ?? '';

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const index = Number(/^\/hooks\/(\d+)$/.exec(request.url ?? '')?.[1] ?? NaN);
    const hit = targets[index] ?? redirected;
    hit.requests++;
    const body = Buffer.concat(chunks);
    const signature = createHmac('sha256', KEY).update(body).digest('hex');
    if (request.headers['webhook-signature'] !== signature) hit.badSignatures++;
    if (hit.misbehave(hit.requests, response, request)) return;
    const id = idOf(body.toString());
    hit.got.set(id, (hit.got.get(id) ?? 0) + 1);
    setTimeout(() => response.end('ok'), hit.name === 'slow' ? 3 : 0);
  });
}

const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
const server = createServer(answer).listen(0, '127.0.0.1');
await once(server, 'listening');
const targetOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const agent = new Agent({ connections: 64, pipelining: 1 });

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const token = deriveToken(KEY, origin);
const channel = deriveChannel(token);

const environment = (path: string) => ({
  PATH: process.env.PATH,
  NODE_ENV: 'production',
  LOG_LEVEL: 'error',
  RELAY_ORIGIN: origin,
  RELAY_PORT: String(port),
  RELAY_SQLITE_PATH: path,
  RELAY_TARGET_ORIGINS: targetOrigin,
  RELAY_PACE_PER_SUBSCRIPTION: '5000',
  RELAY_PACE_PER_CHANNEL: '50000',
});

/** Starts a relay; resolves once it serves, with how long that took. */
async function startRelay(path: string, fileLimitKb?: number): Promise<{ child: ChildProcess; milliseconds: number }> {
  const start = performance.now();
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN] as const;
  const options = { env: environment(path), stdio: ['ignore', 'inherit', 'inherit'] as const };
  const child = fileLimitKb
    ? spawn('bash', ['-c', `ulimit -f ${fileLimitKb}; exec "$@"`, 'relay', ...node], { ...options, stdio: 'ignore' })
    : spawn(node[0], node.slice(1), { ...options, stdio: [...options.stdio] });
  for (;;) {
    try {
      const { statusCode, body } = await request(`${origin}/readyz`, { dispatcher: agent });
      await body.dump();
      if (statusCode === 200) return { child, milliseconds: performance.now() - start };
    } catch {
      if (child.exitCode !== null || performance.now() - start > 20_000) throw new Error('The relay does not start.');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

async function api(method: 'PUT' | 'POST', path: string, body?: object): Promise<void> {
  const response = await request(`${origin}${path}`, {
    dispatcher: agent,
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`${method} ${path} answered ${response.statusCode}.`);
}

let sequence = 0;
const acked = new Set<string>();
const statuses = new Map<number | string, number>();
/** What was sent, but not acknowledged: TutorCruncher would send it again. */
let unacked: string[] = [];

async function post(body: string): Promise<void> {
  let status: number | string;
  try {
    const response = await request(`${origin}/hooks/${channel}`, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-signature': createHmac('sha256', KEY).update(body).digest('hex'),
      },
      body,
    });
    await response.body.dump();
    status = response.statusCode;
  } catch {
    status = 'no answer';
  }
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  if (status === 202) acked.add(idOf(body));
  else unacked.push(body);
}

const newBody = (padding = 0): string =>
  `{"events": [{"action": "A", "subject": {"model": "Lesson", "id": "e${++sequence}", "p": "${'x'.repeat(padding)}"}}]}`;

/** Sends events at a steady rate for a while. */
async function load(milliseconds: number, padding = 0): Promise<void> {
  const sent: Promise<void>[] = [];
  const start = performance.now();
  for (let count = 0; performance.now() - start < milliseconds;) {
    while (count < ((performance.now() - start) / 1000) * EVENTS_PER_SECOND) {
      sent.push(post(newBody(padding)));
      count++;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(sent);
}

const missingAt = ({ got }: Target): number => [...acked].filter((id) => !got.has(id)).length;
const isDrained = (): boolean => targets.every((entry) => !entry.isLive || missingAt(entry) === 0);

async function drain(): Promise<void> {
  const start = performance.now();
  while (!isDrained() && performance.now() - start < DRAIN_MS) await new Promise((resolve) => setTimeout(resolve, 100));
}

function table(): void {
  console.log(
    `\n${'target'.padEnd(22)}${'requests'.padStart(10)}${'missing'.padStart(10)}${'twice'.padStart(10)}${'bad HMAC'.padStart(10)}`,
  );
  for (const entry of targets) {
    const twice = [...entry.got.values()].filter((count) => count > 1).length;
    const missing = entry.isLive ? String(missingAt(entry)) : '-';
    console.log(
      entry.name.padEnd(22) +
        String(entry.requests).padStart(10) +
        missing.padStart(10) +
        String(twice).padStart(10) +
        String(entry.badSignatures).padStart(10),
    );
  }
}

const failures: string[] = [];
const check = (isSo: boolean, what: string): void => {
  console.log(`${isSo ? 'ok  ' : 'FAIL'} ${what}`);
  if (!isSo) failures.push(what);
};

async function killing(): Promise<void> {
  const path = join(folder, 'relay.sqlite');
  let { child } = await startRelay(path);
  await api('PUT', '/channel');
  for (const index of targets.keys()) {
    await api('POST', '/channel/subscriptions', { target_url: `${targetOrigin}/hooks/${index}`, actions: ['A'] });
  }
  const restarts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const loading = load(ROUND_MS);
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS * (0.3 + 0.6 * Math.random())));
    await kill(child, 'SIGKILL');
    const started = await startRelay(path);
    ({ child } = started);
    restarts.push(started.milliseconds);
    await loading;
    const again = unacked;
    unacked = [];
    await Promise.all(again.map(post));
  }
  await drain();
  const stopping = performance.now();
  await kill(child, 'SIGTERM');
  const stopped = performance.now() - stopping;

  console.log(`\n${rounds} rounds of SIGKILL under ${EVENTS_PER_SECOND} events a second: ${acked.size} acknowledged.`);
  console.log(`Answers: ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`);
  console.log(
    `From SIGKILL to serving: ${Math.round(Math.max(...restarts))} ms at most. SIGTERM to exit: ${Math.round(stopped)} ms.`,
  );
  table();
  console.log('');
  check(acked.size > rounds * EVENTS_PER_SECOND, 'events were acknowledged at about the rate they were sent');
  for (const entry of targets.filter(({ isLive }) => isLive)) {
    check(missingAt(entry) === 0, `${entry.name}: no acknowledged event is missing`);
  }
  check(
    targets.every(({ badSignatures }) => badSignatures === 0),
    'every body verified by its HMAC',
  );
  check(redirected.requests === 0, 'no redirect was followed');
  const gone = targets.find(({ name }) => name.startsWith('gone'));
  check((gone?.requests ?? 0) <= 31 + rounds, 'a target that is gone was left alone');
  check(stopped < 10_000, 'SIGTERM ended the relay within 10 s');
}

/** A file that may not grow stands for a full disk: the system refuses to write in the same way. */
async function diskFull(): Promise<void> {
  const path = join(folder, 'full.sqlite');
  acked.clear();
  statuses.clear();
  for (const { got } of targets) got.clear();
  let { child } = await startRelay(path, 3000);
  await api('PUT', '/channel');
  await api('POST', '/channel/subscriptions', { target_url: `${targetOrigin}/hooks/0`, actions: ['A'] });
  await load(2 * ROUND_MS, 20_000);
  const full = new Map(statuses);
  await kill(child, 'SIGKILL');
  ({ child } = await startRelay(path));
  const start = performance.now();
  const [healthy] = targets;
  while (healthy && missingAt(healthy) > 0 && performance.now() - start < 20_000) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.log(`\nDisk full: ${[...full].map(([status, count]) => `${status}: ${count}`).join(', ')}`);
  check((full.get(503) ?? 0) > 0, 'with the disk full it says 503');
  check(healthy !== undefined && missingAt(healthy) === 0 && acked.size > 0, 'what it acknowledged before arrived');
  await kill(child, 'SIGTERM');
}

try {
  await killing();
  await diskFull();
} finally {
  server.closeAllConnections();
  server.close();
  await agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures.length === 0 ? '\nNothing was lost.' : `\nFailed: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
