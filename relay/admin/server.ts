/** The HTTP server of the admin socket. The caller makes it listen. */

import type { Server } from 'node:http';

import fastify, { LogController } from 'fastify';
import type { Logger } from 'pino';

import { handleError, handleNotFound } from '../http/problem.ts';
import { listRoutes, type ListRouteOptions } from './list-routes.ts';
import { repairRoutes, type RepairRouteOptions } from './repair-routes.ts';

/** Names are short, so larger bodies are mistakes. */
const MAX_BODY_BYTES = 16 * 1024;

export interface AdminServerOptions extends ListRouteOptions, Omit<RepairRouteOptions, 'log'> {
  readonly logger: Logger;
}

/** Creates the server. It is separate from the public server, so that no proxy can expose its routes. */
export async function createAdminServer({ logger, ...options }: AdminServerOptions): Promise<Server> {
  const app = fastify({
    loggerInstance: logger,
    bodyLimit: MAX_BODY_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  await app.register(listRoutes, options);
  await app.register(repairRoutes, { ...options, log: logger });
  await app.ready();
  return app.server;
}
