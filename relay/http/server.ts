/** The HTTP server: its limits, its plugins and its groups of routes. */

import type { Socket } from 'node:net';

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyInstance } from 'fastify';

import { originProblem } from './app-origin.ts';
import { decideByHeaders, registeredChannel } from './authorization.ts';
import { channelRoutes } from './channel-routes.ts';
import { readAddressFrom } from './client-address.ts';
import { ClosingResponse } from './closing-response.ts';
import { CompactRequest } from './compact-request.ts';
import { limitConnections } from './connection-limits.ts';
import { consoleRoutes } from './console-routes.ts';
import { consolePageRoutes } from './console-page-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { ignoreBodies } from './json-body.ts';
import { limitLargeResponses } from './large-responses.ts';
import { linkRoutes } from './link-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { handleError, handleNotFound } from './problem.ts';
import { apiLimit } from './rate-limits.ts';
import type { ServerOptions } from './server-options.ts';
import { subscriptionRoutes } from './subscription-routes.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** Time limit for the headers of a request, including the first request of a connection, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTION_TIMEOUT_MS = 60_000;
/**
 * Time that a connection is kept open for another request, in milliseconds. A proxy might send a request just as the
 * relay closes the connection, so proxies must close unused connections first. Caddy closes unused connections after 2
 * minutes, and nginx after 1 minute.
 */
const KEEP_ALIVE_MS = 150_000;
/** Status lines for errors of Node.js's HTTP parser. All other errors have the status 400. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** Responds to a request that is invalid HTTP or did not arrive in time, and closes the connection. */
function refuseMalformedRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const status = CLIENT_ERRORS[code] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy();
}

/** Creates the server, which does not listen yet. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { logger, trustedProxies, clientAddressHeader, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const headersTimeoutMs = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs);
  const app = fastify({
    loggerInstance: logger,
    requestTimeout: requestTimeoutMs,
    // Node.js swaps `headersTimeout` and `requestTimeout` if the limit for headers is longer. To enforce the limits,
    // Node.js checks all connections at the given interval.
    http: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: headersTimeoutMs,
      IncomingMessage: CompactRequest,
      ServerResponse: ClosingResponse,
    },
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Request logs would contain URLs, and the URLs contain channels.
    logController: new LogController({ disableRequestLogging: true }),
    // fastify's default handler logs the raw bytes of a malformed request.
    clientErrorHandler: refuseMalformedRequest,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
  });
  if (clientAddressHeader !== null) readAddressFrom(app, clientAddressHeader);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  const connections = limitConnections(app, options.maxConnections);
  ignoreBodies(app);
  limitLargeResponses(app);

  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(hookRoutes, { ...options, connections });
  await app.register(async (api) => {
    await api.register(rateLimit, apiLimit(options));
    api.addHook('onRequest', (request, _reply, next) => {
      next(originProblem(request, options.origin));
    });
    decideByHeaders(api, connections, (request) =>
      (request.routeOptions.config.channelOf ?? registeredChannel)(request, options),
    );
    for (const addRoutes of [channelRoutes, linkRoutes, subscriptionRoutes]) addRoutes(api, options);
  });
  operatorRoutes(app, options);
  await app.register(consoleRoutes, { ...options, connections });
  consolePageRoutes(app, options);
  return app;
}
