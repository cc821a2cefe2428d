/**
 * The HTTP server of the admin socket, which carries out the operator's commands: `POST /<command>` with a JSON body. The
 * caller makes it listen.
 */

import type { Server } from 'node:http';

import fastify, { LogController } from 'fastify';
import type { Logger } from 'pino';

import { handleError, handleNotFound } from '../http/problem.ts';
import { strictObject } from '../http/strict-object.ts';
import { COMMANDS, type Command } from './commands.ts';
import type { CommandContext } from './command-context.ts';
import { MAX_LIMIT } from './lists.ts';

/** Names are short, so larger bodies are mistakes. */
const MAX_BODY_BYTES = 16 * 1024;

const NAME = { type: 'string', minLength: 1, maxLength: 1000 } as const;

const PROPERTIES = {
  channel: NAME,
  subscription: NAME,
  file: { type: 'string', pattern: '^/', maxLength: 4096 },
  limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT },
  number: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  now: { type: 'boolean' },
} as const;

interface CommandBody extends Readonly<Partial<Record<'channel' | 'subscription' | 'file', string>>> {
  readonly limit?: number;
  readonly number?: number;
  readonly now?: boolean;
}

/** Returns the JSON schema of the body of a command. */
function schemaOf({ argument, isOptional = false, takesNumber = false, isList = false, hasNow = false }: Command) {
  const keys = [
    ...(argument === null ? [] : [argument]),
    ...(isList ? (['limit'] as const) : []),
    ...(hasNow ? (['now'] as const) : []),
  ];
  const properties = Object.fromEntries(keys.map((key) => [key, PROPERTIES[key]]));
  const optional: object = takesNumber ? { number: PROPERTIES.number } : {};
  return strictObject({ ...properties, ...optional }, isOptional ? [] : keys);
}

/** Creates the server. It is separate from the public server, so that no proxy can expose its routes. */
export async function createAdminServer(context: Omit<CommandContext, 'log'>, logger: Logger): Promise<Server> {
  const app = fastify({
    loggerInstance: logger,
    bodyLimit: MAX_BODY_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  for (const command of COMMANDS) {
    const { name, argument, run } = command;
    if (!run) continue;
    app.post<{ Body: CommandBody }>(`/${name}`, { schema: { body: schemaOf(command) } }, ({ body }) =>
      run({ ...context, log: logger }, (argument && body[argument]) ?? '', {
        number: body.limit ?? body.number ?? 0,
        isNow: body.now ?? false,
      }),
    );
  }
  await app.ready();
  return app.server;
}
