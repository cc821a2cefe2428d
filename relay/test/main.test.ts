/** The process: its start, its end, and what it says. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../wire/signature.ts';
import { bodyOf, CHANNEL, KEY, startTarget, TOKEN, until } from './helpers.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-main-'));
const path = join(folder, 'relay.sqlite');
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(environment: Record<string, string> = {}, args: string[] = []) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      RELAY_ORIGIN: 'https://relay.example.com',
      RELAY_PORT: '0',
      RELAY_SQLITE_PATH: path,
      ...environment,
    },
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { child, output: () => output };
}

async function runToEnd(environment: Record<string, string> = {}, args: string[] = []) {
  const { child, output } = start(environment, args);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output() };
}

/** Starts, and waits until it serves. */
async function serving(environment: Record<string, string> = {}) {
  const run = start(environment);
  await until(() => run.output().includes('The relay listens.') || run.child.exitCode !== null, 20_000);
  const port = /"port":(\d+)/.exec(run.output())?.[1] ?? '';
  return { ...run, url: `http://127.0.0.1:${port}` };
}

const api = (url: string, method: string, path: string, body?: object) =>
  fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });

const post = (url: string, body = bodyOf('A')) =>
  fetch(`${url}/hooks/${CHANNEL}`, { method: 'POST', headers: { 'webhook-signature': sign(body, KEY) }, body });

describe('npm run relay', () => {
  it.each([
    [{ RELAY_ORIGIN: '' }, /^RELAY_ORIGIN is missing: [^\n]*\n$/],
    [{ RELAY_PORT: 'x' }, /^RELAY_PORT must be a number [^\n]*\n$/],
    [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
  ])('ends with one clear line on %j', async (environment, message) => {
    const { code, output } = await runToEnd(environment);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  });

  it('refuses a file that another one uses, and a port that is taken', async () => {
    const { url } = await serving();
    expect(await runToEnd()).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^Another process uses [^\n]*\n$/),
    });
    const { code, output } = await runToEnd({
      RELAY_PORT: new URL(url).port,
      RELAY_SQLITE_PATH: join(folder, 'other'),
    });
    expect([code, output]).toEqual([1, expect.stringMatching(/^Can't listen on RELAY_PORT: .*EADDRINUSE[^\n]*\n$/)]);
  });

  it('loses nothing when it is killed between an answer and a delivery', async () => {
    let isDown = true;
    const target = await startTarget((response) => {
      if (isDown) response.destroy();
      else response.end();
    });
    const environment = { RELAY_TARGET_ORIGINS: target.origin };
    const first = await serving(environment);
    await api(first.url, 'PUT', '/channel');
    await api(first.url, 'POST', '/channel/subscriptions', { target_url: `${target.origin}/x`, actions: ['A'] });
    const bodies = ['A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) expect((await post(first.url, body)).status).toBe(202);
    await until(() => target.received.length > 0);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    isDown = false;
    target.received.length = 0;
    const second = await serving(environment);
    await until(() => target.received.length === 3, 20_000);
    expect(target.received.map(({ body }) => body.toString())).toEqual(bodies.map(String));
    for (const { body, headers } of target.received) expect(headers['webhook-signature']).toBe(sign(body, KEY));
    expect(second.output()).not.toContain(TOKEN);
    target.close();
  }, 60_000);

  it('finishes what is in flight on SIGTERM, and ends with 0', async () => {
    let arrive: () => void = () => undefined;
    const target = await startTarget((response) => {
      arrive = () => response.end();
    });
    const { child, url, output } = await serving({
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_SQLITE_PATH: join(folder, 'term'),
    });
    await api(url, 'PUT', '/channel');
    await api(url, 'POST', '/channel/subscriptions', { target_url: `${target.origin}/x`, actions: ['A'] });
    await post(url);
    await until(() => target.received.length === 1);
    child.kill('SIGTERM');
    await until(() => output().includes('Stopping'));
    await expect(post(url)).rejects.toThrow();
    arrive();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(output()).toContain('Stopped.');
    target.close();
  }, 30_000);

  it('forgets a channel', async () => {
    const file = join(folder, 'forget');
    const { child, url } = await serving({ RELAY_SQLITE_PATH: file });
    await api(url, 'PUT', '/channel');
    await post(url);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const forget = (...args: string[]) => runToEnd({ RELAY_SQLITE_PATH: file }, ['forget', ...args]);
    expect(await forget(CHANNEL)).toEqual({ code: 0, output: 'Forgotten: all that this channel held.\n' });
    expect(await forget(CHANNEL)).toEqual({ code: 0, output: 'This relay holds nothing of that channel.\n' });
    expect(await forget('x')).toMatchObject({ code: 1, output: expect.stringMatching(/^That is no channel/) });
    expect(await runToEnd({}, ['frget'])).toMatchObject({ code: 1, output: expect.stringMatching(/^Usage/) });
  }, 30_000);

  it('logs for people in development', async () => {
    const run = start({ NODE_ENV: '', RELAY_SQLITE_PATH: join(folder, 'dev') });
    await until(() => run.output().includes('The relay listens.'), 20_000);
    expect(run.output()).toMatch(/INFO.*: The relay listens\./);
  }, 30_000);
});
