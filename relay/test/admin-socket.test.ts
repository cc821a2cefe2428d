/** The admin socket: its mode, its replacement, and relays that share a path. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';

import { sendCommand } from '../admin/client.ts';
import { AdminSocket } from '../admin/socket.ts';
import { systemClock } from '../clock.ts';
import { until } from '../harness/until.ts';
import { temporaryFolder } from './admin-relay.ts';

const folder = temporaryFolder();
const sockets: AdminSocket[] = [];
let count = 0;

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
});
afterAll(folder.remove);

const newPath = (): string => join(folder.path, String(++count));

/** Creates the socket of a relay that responds to every command with its name. */
function socketOf(name: string, path: string, messages: string[] = []): AdminSocket {
  const server: Server = createServer((_request, response) => response.end(JSON.stringify({ name })));
  const write = (_fields: object, message: string): void => void messages.push(message);
  const socket = new AdminSocket(server, path, { info: write, warn: write, error: write });
  sockets.push(socket);
  return socket;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const answerAt = (path: string): Promise<object> => sendCommand(path, 'x', {}, 60_000);

describe('the admin socket', () => {
  it('is created with mode 0600, regardless of the umask', async () => {
    const path = newPath();
    const umask = process.umask(0);
    try {
      const opening = socketOf('a', path).open();
      // The socket first exists under another name. This checks the socket immediately after its creation.
      await until(() => {
        const created = existsSync(`${path}.${process.pid}`) ? `${path}.${process.pid}` : path;
        if (existsSync(created)) expect(modeOf(created)).toBe('600');
        return existsSync(path);
      });
      expect(await opening).toBe(true);
      expect(modeOf(path)).toBe('600');
      const file = newPath();
      writeFileSync(file, '');
      expect(modeOf(file)).toBe('666');
    } finally {
      process.umask(umask);
    }
    expect(await answerAt(path)).toEqual({ name: 'a' });
  });

  it('replaces the socket of a relay that has ended', async () => {
    const path = newPath();
    // Node.js removes the socket of a server that it closes, so the test must imitate the socket of a killed process.
    const ended = createSocketServer();
    await new Promise<void>((resolve) => ended.listen(`${path}.old`, resolve));
    renameSync(`${path}.old`, path);
    await new Promise((resolve) => ended.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    await expect(answerAt(path)).rejects.toThrow(`No relay is running at ${path}.`);

    expect(await socketOf('a', path).open()).toBe(true);
    expect(await answerAt(path)).toEqual({ name: 'a' });
  });

  it('leaves the socket of another relay alone, and takes it over when that relay stops', async () => {
    const path = newPath();
    const messages: string[] = [];
    const first = socketOf('first', path);
    expect(await first.open()).toBe(true);
    const second = socketOf('second', path, messages);
    expect(await second.open()).toBe(false);
    expect(await answerAt(path)).toEqual({ name: 'first' });

    const abort = new AbortController();
    const clock = { now: systemClock.now, sleep: (_: number, signal: AbortSignal) => systemClock.sleep(5, signal) };
    const serving = second.serve(clock, abort.signal);
    await until(() => messages.length > 0);
    expect(messages).toEqual([
      'Another relay is serving the admin socket. This relay takes it over when the other one stops.',
    ]);
    await first.close();
    await until(() => second.isOpen);
    expect(await answerAt(path)).toEqual({ name: 'second' });
    abort.abort();
    await serving;
    expect(existsSync(path)).toBe(false);
  });

  it('is opened again after its file was deleted', async () => {
    const path = newPath();
    const socket = socketOf('a', path);
    await socket.open();
    rmSync(path);
    expect(socket.isOpen).toBe(false);
    expect(await socket.open()).toBe(true);
    expect(await answerAt(path)).toEqual({ name: 'a' });
  });

  it('never replaces a file that is not a socket, and reports why it cannot be opened', async () => {
    const file = newPath();
    writeFileSync(file, 'precious');
    await expect(socketOf('a', file).open()).rejects.toMatchObject({ code: 'ENOTSOCK' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    const directory = newPath();
    mkdirSync(directory);
    await expect(socketOf('a', directory).open()).rejects.toMatchObject({ code: 'ENOTSOCK' });
    await expect(socketOf('a', join(folder.path, 'none/x')).open()).rejects.toMatchObject({ code: 'EACCES' });
    await expect(socketOf('a', `/tmp/${'x'.repeat(200)}`).open()).rejects.toMatchObject({ code: 'ENAMETOOLONG' });

    const messages: string[] = [];
    const abort = new AbortController();
    const serving = socketOf('a', file, messages).serve(systemClock, abort.signal);
    await until(() => messages.length > 0);
    expect(messages).toEqual([expect.stringContaining('The admin socket cannot be opened (ENOTSOCK)')]);
    abort.abort();
    await serving;
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
