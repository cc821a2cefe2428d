/**
 * The HTTP server of the admin socket, which carries out the operator's commands: `POST /<command>` with the values as
 * JSON returns its output. The caller makes it listen.
 */

import type { Server } from 'node:http';

import fastify, { LogController } from 'fastify';
import type { Logger } from 'pino';

import { handleError, handleNotFound } from '../http/problem.ts';
import type { CommandContext, CommandValues } from './command-context.ts';
import { COMMANDS } from './commands.ts';

/** Values are names, numbers and the path of a file. */
const VALUES = { type: 'object', additionalProperties: { type: 'string', maxLength: 4096 } } as const;

/** Creates the server. It is separate from the public server, so that no proxy can expose its routes. */
export async function createAdminServer(context: Omit<CommandContext, 'log'>, logger: Logger): Promise<Server> {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  for (const { name, run } of COMMANDS) {
    if (!run) continue;
    app.post<{ Body: CommandValues }>(`/${name}`, { schema: { body: VALUES } }, async ({ body }) => ({
      output: await run({ ...context, log: logger }, body),
    }));
  }
  await app.ready();
  return app.server;
}
