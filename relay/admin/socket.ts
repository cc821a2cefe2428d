/**
 * The Unix socket for the operator's commands, and the HTTP server behind the socket. `POST /<command>` with the values
 * as JSON returns the output. Anyone who can open the socket can use all commands, so the socket's mode is 0600.
 */

import { lstatSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { Server } from 'node:http';

import fastify, { LogController } from 'fastify';
import type { Logger } from 'pino';

import type { Clock } from '../clock.ts';
import { isSocketPath } from '../config.ts';
import { handleError, handleNotFound } from '../http/problem.ts';
import { nameOf, type Log } from '../log.ts';
import type { CommandContext, CommandValues } from './command-context.ts';
import { COMMANDS } from './commands.ts';
import { FILE_TYPE, isServed } from './socket-client.ts';

/**
 * Interval between two checks of the socket, in milliseconds. A relay checks that the socket is still its own, or tries
 * to take it over.
 */
const CHECK_MS = 2_000;
/** The umask while a socket is created. */
const UMASK = 0o177;

/** The schema of the values of a command: names, numbers and paths of files. */
const VALUES = { type: 'object', additionalProperties: { type: 'string', maxLength: 4096 } } as const;

/**
 * Creates the server, which does not listen yet. The routes are not part of the public server, so no proxy can expose
 * them.
 */
export async function createAdminServer(context: Omit<CommandContext, 'log'>, logger: Logger): Promise<Server> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  for (const { name, run } of COMMANDS) {
    if (!run) continue;
    app.post<{ Body: CommandValues }>(`/${name}`, { schema: { body: VALUES } }, async ({ body }, reply) => {
      const output = await run({ ...context, log: logger }, body);
      if (typeof output === 'string' || !('file' in output)) return { output };
      return reply.type(FILE_TYPE).header('content-length', output.bytes).send(output.file);
    });
  }
  await app.ready();
  return app.server;
}

/** Opens the socket. Returns false if another relay serves the socket. @throws if the socket cannot be created */
async function open(server: Server, path: string): Promise<boolean> {
  if (!isSocketPath(path)) throw Object.assign(new Error('path too long'), { code: 'ENAMETOOLONG' });
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isSocket()) throw Object.assign(new Error('not a socket'), { code: 'ENOTSOCK' });
  if (existing && (await isServed(path))) return false;
  // The socket is renamed only once it accepts connections. The renaming replaces an old socket atomically.
  const newPath = `${path}.${process.pid}`;
  rmSync(newPath, { force: true });
  const listening = once(server, 'listening');
  const umask = process.umask(UMASK);
  try {
    // `listen` creates the socket before it returns, so no other file is created with the umask.
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

/**
 * Serves the socket until the signal is aborted. Waits while another relay serves the socket. Logs each change, and
 * logs each failure once.
 */
export async function serveAdminSocket(
  server: Server,
  path: string,
  clock: Pick<Clock, 'sleep'>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  // The inode number shows whether another relay has replaced the socket.
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
        report(
          'warn',
          'Another relay is serving the admin socket. This relay takes over the socket when the other relay stops.',
        );
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
