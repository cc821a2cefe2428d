/**
 * The Unix socket on which a relay accepts the operator's commands. Anyone who can open it can use all commands, so its
 * mode is at most 0600.
 */

import { lstatSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import { isSocketPath } from '../config.ts';

/** Interval at which a relay checks that the socket is still its own, or tries to take it over. */
const CHECK_MS = 2_000;
/** Interval between log lines about a socket that cannot be used. */
const LOG_MS = 60_000;
/** Umask for a new socket. */
const UMASK = 0o177;

/**
 * Returns the inode number of the file at a path; null if there is no file. Each socket has a different inode number.
 */
function inodeOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

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

/** Serves the admin socket at a path whenever no other relay does. */
export class AdminSocket {
  readonly #server: Server;
  readonly #path: string;
  readonly #log: Log;
  /** The inode of the socket on which this relay listens; null if it does not listen. */
  #inode: number | null = null;
  #logAt = -Infinity;

  constructor(server: Server, path: string, log: Log) {
    this.#server = server;
    this.#path = path;
    this.#log = log;
  }

  /** True while this relay listens on the socket at the path. */
  get isOpen(): boolean {
    return this.#inode !== null && inodeOf(this.#path) === this.#inode;
  }

  /**
   * Opens the socket. Replaces a socket whose relay has ended, but not a socket that another relay serves.
   *
   * @returns false if another relay serves the socket
   * @throws if the socket cannot be created
   */
  async open(): Promise<boolean> {
    await this.close();
    if (!isSocketPath(this.#path)) throw Object.assign(new Error('path too long'), { code: 'ENAMETOOLONG' });
    const existing = lstatSync(this.#path, { throwIfNoEntry: false });
    if (existing && !existing.isSocket()) throw Object.assign(new Error('not a socket'), { code: 'ENOTSOCK' });
    if (existing && (await isServed(this.#path))) return false;
    // Rename the socket only once it accepts connections. This replaces an old socket atomically.
    const newPath = `${this.#path}.${process.pid}`;
    rmSync(newPath, { force: true });
    const listening = once(this.#server, 'listening');
    const umask = process.umask(UMASK);
    try {
      // `listen` creates the socket before it returns, so no other file is created with this umask.
      this.#server.listen(newPath);
    } finally {
      process.umask(umask);
    }
    await listening;
    this.#inode = inodeOf(newPath);
    renameSync(newPath, this.#path);
    return true;
  }

  /** Keeps the socket open until the signal is aborted, and then closes it. Takes it over when another relay ends. */
  async serve(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.isOpen) await this.#tryToOpen(clock.now());
      await clock.sleep(CHECK_MS, signal);
    }
    await this.close();
  }

  async #tryToOpen(now: number): Promise<void> {
    try {
      const isOpen = await this.open();
      this.#logAt = isOpen ? -Infinity : this.#logAt;
      if (isOpen) this.#log.info({ socket: this.#path }, 'The admin socket accepts commands.');
      else
        this.#warn(
          now,
          'Another relay is serving the admin socket. This relay takes it over when the other one stops.',
        );
    } catch (error) {
      this.#warn(
        now,
        `The admin socket cannot be opened (${nameOf(error)}), so no command can reach this relay. Set RELAY_ADMIN_SOCKET to a path in a directory that the relay may write to. The relay keeps trying.`,
      );
    }
  }

  #warn(now: number, message: string): void {
    if (now < this.#logAt) return;
    this.#logAt = now + LOG_MS;
    this.#log.warn({ socket: this.#path }, message);
  }

  /** Stops listening and removes the socket, unless another relay has replaced it. */
  async close(): Promise<void> {
    if (this.#inode === null) return;
    if (this.isOpen) rmSync(this.#path, { force: true });
    this.#inode = null;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
