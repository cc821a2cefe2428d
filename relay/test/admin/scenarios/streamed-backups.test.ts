/**
 * Backups that a shell redirects out of a relay and back into a relay. The relays and the commands are separate
 * processes, as on a hosting platform whose shell exists only while the relay runs.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openAttempt } from '../../../harness/opened-deliveries.ts';
import { callApi, callSuccessfully, postWebhook } from '../../../harness/relay-requests.ts';
import { RELAY_MAIN, startRelayProcess, type RelayProcess } from '../../../harness/relay-process.ts';
import { bodyOf } from '../../../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../../harness/target-server.ts';
import { freePort } from '../../../harness/free-port.ts';
import { until } from '../../../harness/until.ts';
import { SUBSCRIPTIONS_PATH } from '../../../../wire/relay-api.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const data = temporaryFolder();
const environment = {
  RELAY_SQLITE_PATH: join(data, 'relay.sqlite'),
  RELAY_ADMIN_SOCKET: join(folder, 'socket'),
  RELAY_NIGHTLY_BACKUPS: '3',
};
const saved = join(folder, 'saved');
const log = join(folder, 'log');

interface Files {
  /** The file that the shell redirects to the standard input of the command. */
  readonly from?: string;
  readonly to?: string;
}

/** Runs a command as a shell would, with redirections of its input and output. */
async function command(args: readonly string[], { from, to }: Files = {}, variables = {}) {
  const input = from === undefined ? 'ignore' : openSync(from, 'r');
  const output = to === undefined ? 'pipe' : openSync(to, 'w');
  const child = spawn(process.execPath, [RELAY_MAIN, ...args], {
    env: { PATH: process.env.PATH, ...environment, ...variables, COMMAND_NAME: 'relay' },
    stdio: [input, output, 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (text += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  for (const file of [input, output]) if (typeof file === 'number') closeSync(file);
  return { code, text };
}

let relay: RelayProcess;
let target: TargetServer;
let isDown = true;
let port: number;
const start = () =>
  startRelayProcess({
    port,
    environment: { ...environment, LOG_LEVEL: 'info', RELAY_TARGET_ORIGINS: target.origin },
    logPath: log,
  });

beforeAll(async () => {
  port = await freePort();
  target = await startTargetServer((response) => {
    response.statusCode = isDown ? 500 : 200;
    response.end();
  });
  relay = await start();
  await callApi(relay.url, 'PUT', '/channel');
  const request = { target_url: `${target.origin}/x`, actions: ['A'] };
  await callSuccessfully(relay.url, 'POST', SUBSCRIPTIONS_PATH, request);
});
afterAll(async () => {
  await relay.kill('SIGKILL');
  target.close();
});

const post = async (id: string): Promise<void> => {
  expect((await postWebhook(relay.url, bodyOf('A', id))).status).toBe(202);
};

it('a relay makes its first backup when it starts', async () => {
  await until(() => readdirSync(data).some((name) => /^backup-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/.test(name)));
  await until(() => readFileSync(log, 'utf8').includes('The nightly backup was made.'));
});

it('a backup can be written to the standard output, and a relay that restores it delivers its events', async () => {
  await post('before');
  expect(await command(['backup', '-'], { to: saved })).toEqual({
    code: 0,
    text: `The backup is complete: ${statSync(saved).size} bytes. Compare this with the size of the file.\n`,
  });
  expect(readFileSync(saved).subarray(0, 15).toString()).toBe('SQLite format 3');
  expect(readdirSync(data).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  await post('after');

  expect(await command(['restore', '-'], { from: saved })).toEqual({
    code: 1,
    text: 'A relay is running. Stop it, and repeat the command, or add --at-restart.\n',
  });
  expect(await command(['restore'])).toMatchObject({
    text: expect.stringMatching(/\nRun "restore \/.*\/backup-.* --at-restart", and restart the relay\.\n$/),
  });
  const { code, text } = await command(['restore', '-', '--at-restart'], { from: saved });
  expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('when it next starts') });
  // The kill and the new start simulate a restart by a supervisor.
  await relay.kill('SIGTERM');
  // The file simulates the unfinished backup that a killed relay leaves behind.
  writeFileSync(join(data, 'unfinished-backup-1'), 'half');
  target.received.length = 0;
  isDown = false;
  relay = await start();
  expect(readFileSync(log, 'utf8')).toContain('The prepared backup was restored.');
  await post('later');
  const received = async () =>
    Promise.all(target.received.map(async ({ body }) => Buffer.from((await openAttempt(body)).body).toString()));
  await until(async () => (await received()).some((body) => body.includes('"later"')));
  const bodies = (await received()).join();
  expect(bodies).toContain('"before"');
  expect(bodies).not.toContain('"after"');
  const left = readdirSync(data).filter((name) => /restore|unfinished/.test(name));
  expect(left).toEqual([]);
});

describe('a backup that is cut off', () => {
  it.each(['nothing', '100 bytes', 'whole pages', 'all but one byte'])('after %s is refused', async (length) => {
    const bytes = readFileSync(saved);
    const lengths = { nothing: 0, '100 bytes': 100, 'whole pages': 4096 * 5, 'all but one byte': bytes.length - 1 };
    const cut = join(folder, 'cut');
    writeFileSync(cut, bytes.subarray(0, lengths[length as keyof typeof lengths]));
    const before = readdirSync(data);
    const { code, text } = await command(['restore', '-', '--at-restart'], { from: cut });
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('(standard input)') });
    expect(readdirSync(data)).toEqual(before);
  });

  it('because the relay stops makes the command fail', async () => {
    const socket = join(folder, 'dying');
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 1000 });
      response.write('SQLite format 3', () => response.destroy());
    }).listen(socket);
    const { code, text } = await command(['backup', '-'], { to: join(folder, 'part') }, { RELAY_ADMIN_SOCKET: socket });
    server.close();
    expect({ code, text }).toEqual({
      code: 1,
      text: expect.stringMatching(/^The backup was interrupted \(.*\)\. Delete the incomplete file/),
    });
  });
});

it('a command fails with a message if the reader of its backup ends', () => {
  const script = '"$0" "$1" backup - | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}';
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', script, process.execPath, RELAY_MAIN], {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining('The backup was interrupted (EPIPE).'),
  });
});

it('a relay starts with its old store if this version cannot use a prepared backup, and does not try the backup again', async () => {
  const prepared = `${environment.RELAY_SQLITE_PATH}.restore`;
  await relay.kill('SIGTERM');
  writeFileSync(prepared, 'of a newer version');
  relay = await start();
  expect(readFileSync(log, 'utf8')).toContain('The prepared backup was not restored. The store is unchanged.');
  expect([existsSync(prepared), existsSync(`${prepared}-refused`)]).toEqual([false, true]);
  await post('still');
});
