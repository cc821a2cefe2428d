/**
 * The Unix socket on which a relay accepts the operator's commands. Anyone who can open it can use all commands, so its
 * mode is at most 0600.
 */

import { lstatSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';

import type { Clock } from '../clock.ts';
import { isSocketPath } from '../config.ts';
import { nameOf, type Log } from '../log.ts';

/** Interval at which a relay checks that the socket is still its own, or tries to take it over. */
const CHECK_MS = 2_000;
/** Umask for a new socket. */
const UMASK = 0o177;

/** Returns true if a process listens on the socket at a path, or if this cannot be determined. */
export async function isServed(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ENOENT', 'ECONNREFUSED'].includes(nameOf(error));
  } finally {
    socket.destroy();
  }
}

/** Opens the socket. Returns false if another relay serves it. @throws if it cannot be created */
async function open(server: Server, path: string): Promise<boolean> {
  if (!isSocketPath(path)) throw Object.assign(new Error('path too long'), { code: 'ENAMETOOLONG' });
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isSocket()) throw Object.assign(new Error('not a socket'), { code: 'ENOTSOCK' });
  if (existing && (await isServed(path))) return false;
  // Rename the socket only once it accepts connections. This replaces an old socket atomically.
  const newPath = `${path}.${process.pid}`;
  rmSync(newPath, { force: true });
  const listening = once(server, 'listening');
  const umask = process.umask(UMASK);
  try {
    // `listen` creates the socket before it returns, so no other file is created with this umask.
    server.listen(newPath);
  } finally {
    process.umask(umask);
  }
  await listening;
  renameSync(newPath, path);
  return true;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Serves the socket until the signal is aborted, whenever no other relay does. Logs each change, and each failure once. */
export async function serveAdminSocket(
  server: Server,
  path: string,
  clock: Pick<Clock, 'sleep'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  // Each socket has a different inode number.
  const inodeOf = () => lstatSync(path, { throwIfNoEntry: false })?.ino;
  let ownInode: number | undefined;
  let logged = '';
  const report = (level: 'info' | 'warn', message: string): void => {
    if (message !== logged) log[level]({ socket: path }, message);
    logged = message;
  };
  async function openIfNeeded(): Promise<void> {
    if (server.listening && inodeOf() === ownInode) return;
    try {
      if (server.listening) await close(server);
      if (await open(server, path)) {
        ownInode = inodeOf();
        report('info', 'The admin socket accepts commands.');
      } else {
        report('warn', 'Another relay is serving the admin socket. This relay takes it over when the other one stops.');
      }
    } catch (error) {
      const message = `The admin socket cannot be opened (${nameOf(error)}), so no command can reach this relay. Set RELAY_ADMIN_SOCKET to a path in a directory that the relay may write to. The relay keeps trying.`;
      report('warn', message);
    }
  }
  while (!signal.aborted) {
    await openIfNeeded();
    await clock.sleep(CHECK_MS, signal);
  }
  if (!server.listening) return;
  if (inodeOf() === ownInode) rmSync(path, { force: true });
  await close(server);
}
