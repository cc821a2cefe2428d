/** The admin socket: its mode, its replacement, and relays that share a path. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { sendCommand } from '../../admin/socket-client.ts';
import { serveAdminSocket } from '../../admin/socket.ts';
import { systemClock } from '../../clock.ts';
import { until } from '../../harness/until.ts';
import { startAdminRelay } from '../support/admin-relay.ts';
import { listenAt } from '../support/stand-in-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const closers: (() => Promise<void>)[] = [];
/** A clock with short sleeps, so that a relay checks the socket often. */
const clock = { sleep: (_: number, signal: AbortSignal) => systemClock.sleep(5, signal) };
let count = 0;

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const newPath = (): string => join(folder, String(++count));

/** Serves an admin socket that responds to every command with the given name. */
function serve(name: string, path: string) {
  const server = createServer((_request, response) => response.end(JSON.stringify({ output: name })));
  const messages: string[] = [];
  const write = (_fields: object, message: string): void => void messages.push(message);
  const abort = new AbortController();
  const serving = serveAdminSocket(server, path, clock, { info: write, warn: write, error: write }, abort.signal);
  const close = (): Promise<void> => {
    abort.abort();
    return serving;
  };
  closers.push(close);
  return { messages, close, isOpen: () => until(() => messages.at(-1) === OPEN) };
}

const OPEN = 'The admin socket accepts commands.';
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const answerAt = (path: string): Promise<unknown> => sendCommand(path, 'x', {}, 60_000);

describe('the admin socket', () => {
  it('is created with mode 0600, regardless of the umask', async () => {
    const path = newPath();
    const umask = process.umask(0);
    try {
      const { isOpen } = serve('a', path);
      // The socket is created under another name, and the test checks its mode immediately after the creation.
      await until(() => {
        const created = existsSync(`${path}.${process.pid}`) ? `${path}.${process.pid}` : path;
        if (existsSync(created)) expect(modeOf(created)).toBe('600');
        return existsSync(path);
      });
      await isOpen();
      expect(modeOf(path)).toBe('600');
      const file = newPath();
      writeFileSync(file, '');
      expect(modeOf(file)).toBe('666');
    } finally {
      process.umask(umask);
    }
    expect(await answerAt(path)).toBe('a');
  });

  it('replaces the socket of a relay that has ended', async () => {
    const path = newPath();
    // Node.js removes the socket of a server that it closes. The test therefore renames the socket, to imitate a killed
    // process.
    const ended = createSocketServer();
    await new Promise<void>((resolve) => ended.listen(`${path}.old`, resolve));
    renameSync(`${path}.old`, path);
    await new Promise((resolve) => ended.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    await expect(answerAt(path)).rejects.toThrow(`No relay is running at ${path}.`);

    await serve('a', path).isOpen();
    expect(await answerAt(path)).toBe('a');
  });

  it('leaves the socket of another relay alone, and takes it over when that relay stops', async () => {
    const path = newPath();
    const first = serve('first', path);
    await first.isOpen();
    const second = serve('second', path);
    await until(() => second.messages.length > 0);
    expect(second.messages).toEqual([
      'Another relay is serving the admin socket. This relay takes over the socket when the other relay stops.',
    ]);
    expect(await answerAt(path)).toBe('first');
    await first.close();
    await second.isOpen();
    expect(await answerAt(path)).toBe('second');
    await second.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is opened again after its file was deleted', async () => {
    const path = newPath();
    await serve('a', path).isOpen();
    rmSync(path);
    await until(() => existsSync(path));
    expect(await answerAt(path)).toBe('a');
  });

  it('stays open if it belongs to another relay when this relay stops', async () => {
    const path = newPath();
    const first = serve('first', path);
    await first.isOpen();
    const other = newPath();
    closers.push(await listenAt(other, (response) => response.end(JSON.stringify({ output: 'other' }))));
    // The replacement happens at once, so the first relay cannot notice it.
    renameSync(other, path);
    await first.close();
    expect(await answerAt(path)).toBe('other');
  });

  it('never replaces a file that is not a socket, and reports why it cannot be opened', async () => {
    const [file, directory] = [newPath(), newPath()];
    writeFileSync(file, 'precious');
    mkdirSync(directory);
    for (const [path, code] of [
      [file, 'ENOTSOCK'],
      [directory, 'ENOTSOCK'],
      [join(folder, 'none/x'), 'EACCES'],
      [`/tmp/${'x'.repeat(200)}`, 'ENAMETOOLONG'],
    ] as const) {
      const { messages } = serve('a', path);
      await until(() => messages.length > 0);
      expect(messages).toEqual([expect.stringContaining(`The admin socket cannot be opened (${code})`)]);
    }
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('the server of the admin socket', () => {
  it('accepts only the commands that a relay runs, with values of up to 4,096 characters', async () => {
    const [path, sqlitePath] = [newPath(), newPath()];
    const relay = await startAdminRelay({ RELAY_SQLITE_PATH: sqlitePath, RELAY_ADMIN_SOCKET: path });
    const send = (command: string, subscription: string) => sendCommand(path, command, { subscription }, 60_000);
    try {
      await expect(send('pause', 'x'.repeat(4096))).rejects.toThrow('This is not the id of a subscription.');
      await expect(send('pause', 'x'.repeat(4097))).rejects.toThrow('must NOT have more than 4096 characters');
      for (const command of ['restore', 'move', 'x']) await expect(send(command, 'x')).rejects.toThrow(/./);
    } finally {
      await relay.stop();
    }
  });
});
