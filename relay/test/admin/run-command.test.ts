/** A command in the operator's process: its exit code, its output, and its request to the relay. */

import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { runCommand } from '../../admin/run-command.ts';
import { openFile } from '../../store/sqlite/open-file.ts';
import { runIn, startAdminRelay } from '../support/admin-relay.ts';
import { listenAt } from '../support/stand-in-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const folder = temporaryFolder();

/** Runs a command in an environment. Returns its exit code, and the text that it prints to each of the two outputs. */
async function printedBy(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const [printed, errors]: [string[], string[]] = [[], []];
  const output = { log: (line: string) => void printed.push(line), error: (line: string) => void errors.push(line) };
  return { code: await runCommand(args, environment, output), printed, errors };
}

it.each([
  [{ RELAY_ADMIN_SOCKET: '/no/such/socket' }, 'No relay is running at /no/such/socket. Start the relay, or set'],
  [{ RELAY_ADMIN_SOCKET: 'off' }, 'RELAY_ADMIN_SOCKET is "off".'],
  [{ RELAY_SQLITE_PATH: '/no/relay.sqlite' }, 'No relay is running at /no/relay.sqlite.sock.'],
  [{ RELAY_DATABASE_URL: 'postgres://x/y' }, 'No relay is running at relay.sock.'],
])('a command exits with code 1 if no relay is running, in the environment %j', async (environment, message) => {
  expect(await runIn(environment, 'channels')).toEqual({ code: 1, output: expect.stringContaining(message) });
});

it('a command without valid arguments prints its usage as an error, and exits with code 2', async () => {
  const message = expect.stringMatching(/^"forget" needs a channel\. Usage: /);
  expect(await printedBy({}, 'forget')).toEqual({ code: 2, printed: [], errors: [message] });
});

describe('check', () => {
  it('prints problems to the standard output', async () => {
    const settings = { RELAY_ADMIN_SOCKET: join(folder, 'out.sock'), RELAY_SQLITE_PATH: join(folder, 'out.sqlite') };
    const text = expect.stringMatching(/^PROBLEM {2}settings/);
    expect(await printedBy(settings, 'check')).toEqual({ code: 1, printed: [text], errors: [] });
    const relay = await startAdminRelay(settings);
    expect(await printedBy(settings, 'check')).toEqual({ code: 1, printed: [text], errors: [] });
    const json = expect.stringMatching(/^\{\s+"message": "PROBLEM /);
    expect(await printedBy(settings, 'check', '--json')).toEqual({ code: 1, printed: [json], errors: [] });
    await relay.stop();
  });

  it('exits with code 1 if there is a problem', async () => {
    const output = expect.stringMatching(/^PROBLEM {2}settings {5}RELAY_ORIGIN is missing\. Set it .*$/);
    expect(await runIn({ RELAY_ADMIN_SOCKET: 'off' }, 'check')).toEqual({ code: 1, output });
  });
});

describe('a command to a running relay', () => {
  const RELAY_ADMIN_SOCKET = join(folder, 'relay.sock');
  let request: string;
  let response: object;
  let close: () => Promise<void>;
  beforeEach(async () => {
    response = { output: 'Done.' };
    close = await listenAt(RELAY_ADMIN_SOCKET, (reply, received) => {
      request = received;
      reply.statusCode = 'output' in response ? 200 : 409;
      reply.end(JSON.stringify(response));
    });
  });
  afterEach(() => close());

  /** Runs a command. Returns the request that the relay receives, and the result. */
  async function requestOf(environment: NodeJS.ProcessEnv, ...args: readonly string[]) {
    request = '';
    const result = await printedBy({ ...environment, RELAY_ADMIN_SOCKET }, ...args);
    return { request, ...result };
  }

  it('resolves the path of a file against the current folder of the operator', async () => {
    const done = { code: 0, printed: ['Done.'], errors: [] };
    expect(await requestOf({ INIT_CWD: '/home/me' }, 'backup', 'x')).toEqual({
      request: '/backup {"file":"/home/me/x"}',
      ...done,
    });
    expect(await requestOf({ INIT_CWD: '/home/me' }, 'backup', '/srv/x')).toMatchObject({
      request: '/backup {"file":"/srv/x"}',
    });
    expect(await requestOf({}, 'backup', 'x')).toMatchObject({
      request: `/backup {"file":"${process.cwd()}/x"}`,
    });
  });

  it('is not run in another process if the relay refuses the command', async () => {
    response = { detail: 'The relay is busy.' };
    expect(await requestOf({}, 'check')).toEqual({
      request: '/check {}',
      code: 1,
      printed: [],
      errors: ['The relay is busy.'],
    });
  });

  it('throws an error that contains no message for the operator', async () => {
    const closed = new Error('The output is closed.');
    const output = {
      log: () => {
        throw closed;
      },
      error: () => undefined,
    };
    await expect(runCommand(['channels'], { RELAY_ADMIN_SOCKET }, output)).rejects.toBe(closed);
  });

  it('prints a message as JSON if the operator asks for JSON', async () => {
    expect(await requestOf({}, 'pause', '1234', '--json')).toMatchObject({ printed: ['{"message":"Done."}'] });
  });

  it('prints nothing but a backup to the standard output, and no backup to a terminal', async () => {
    const { isTTY } = process.stdout;
    try {
      process.stdout.isTTY = false;
      expect(await requestOf({}, 'backup', '-')).toEqual({
        request: '/backup {"file":"-"}',
        code: 0,
        printed: [],
        errors: ['Done.'],
      });
      process.stdout.isTTY = true;
      expect(await requestOf({}, 'backup', '-')).toEqual({
        request: '',
        code: 2,
        printed: [],
        errors: ['A backup is binary. Write it to a file on your machine: npm run relay -- backup - > FILE'],
      });
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });
});

describeWithDatabase('a command that reports its progress', (database) => {
  it('prints nothing but its result to the standard output with --json', async () => {
    const environment = {
      RELAY_ADMIN_SOCKET: 'off',
      RELAY_SQLITE_PATH: join(folder, 'moved.sqlite'),
      RELAY_DATABASE_URL: await database.newSchema(),
    };
    openFile(environment.RELAY_SQLITE_PATH).close();
    const progress = expect.stringMatching(/^Source: /);
    const result = 'Nothing was moved. To move this data, repeat the command with --yes.';
    expect(await printedBy(environment, 'move')).toEqual({ code: 0, printed: [progress, result], errors: [] });
    expect(await printedBy(environment, 'move', '--json')).toEqual({
      code: 0,
      printed: [JSON.stringify({ message: result })],
      errors: [progress],
    });
  });
});
