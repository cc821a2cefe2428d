/** The HTTP server: its limits, its plugins, its groups of routes, and the routes for the relay's operator. */

import type { Socket } from 'node:net';

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyInstance, type FastifyRequest } from 'fastify';

import { RELAY_ORIGIN_HEADER } from '../../wire/relay-api.ts';
import type { Unreadiness } from '../monitoring/readiness.ts';
import { apiLimit, decideByHeaders, registeredChannel } from './authorization.ts';
import { channelRoutes, linkRoutes } from './channel-routes.ts';
import { ClosingResponse } from './closing-response.ts';
import { CompactRequest } from './compact-request.ts';
import { limitConnections } from './connections.ts';
import { consoleRoutes } from './console-routes.ts';
import { consolePageRoutes } from './console-page-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { ignoreBodies } from './json-body.ts';
import { limitLargeResponses } from './large-responses.ts';
import { conflict, handleError, handleNotFound, serviceUnavailable, unknownPath, type Problem } from './problem.ts';
import { isForwarded, proxyOf, readAddressFrom } from './proxy-headers.ts';
import type { ServerOptions } from './server-options.ts';
import { subscriptionRoutes } from './subscription-routes.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** Time limit for the headers of a request, including the first request of a connection. */
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTION_TIMEOUT_MS = 60_000;
/**
 * Time in milliseconds for which a connection is kept open for another request. A proxy may send a request just as the
 * relay closes the connection, so proxies must close unused connections first. Caddy closes them after 2 minutes, and
 * nginx after 1 minute.
 */
const KEEP_ALIVE_MS = 150_000;
/** Status lines for errors of Node.js's HTTP parser. All other errors have the status 400. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** Responds to a request that is invalid HTTP or did not arrive in time, and closes its connection. */
function refuseMalformedRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const status = CLIENT_ERRORS[code] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy();
}

/**
 * Returns the error response to an app that was built for another origin; undefined for the relay's origin. Tokens and
 * webhook URLs depend on the origin. The app sends its origin in a separate header, because a proxy may rewrite the
 * Host header. Requests without this header are accepted.
 */
function originProblem({ headers }: FastifyRequest, origin: string): Problem | undefined {
  if ((headers[RELAY_ORIGIN_HEADER] ?? origin) === origin) return undefined;
  return conflict(
    `The app was built for a different relay. The origin of this relay is ${origin}. ` +
      'Developer of the app: build it with RELAY_URL set to this origin. ' +
      'Operator of the relay: if the origin is wrong, correct RELAY_ORIGIN.',
  );
}

/**
 * The messages of a failed readiness check. `full` does not itself refuse webhooks: storing a webhook fails, and
 * `hook-routes.ts` responds with 503.
 */
const MESSAGES: Readonly<Record<Unreadiness, string>> = {
  full: 'The disk of the database is full, so webhooks are refused. Free some space. The relay then resumes automatically.',
  down: 'The database is not responding. Try again in a few seconds.',
  undelivered:
    'The relay stores webhooks, but cannot deliver events, or cannot save that they were delivered, so a restart would ' +
    'send these again. The log of the relay contains the cause.',
};

/** Adds the routes for liveness, readiness and Prometheus metrics. */
function operatorRoutes(app: FastifyInstance, { readiness, metrics }: ServerOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (request) => {
    const problem = await readiness.problem();
    if (problem !== null) throw serviceUnavailable(MESSAGES[problem]);
    return { status: 'ready', ...proxyOf(request) };
  });

  app.get('/metrics', async (request, reply) => {
    // The metrics are for the operator, who requests them without a proxy. A request through a proxy may come from
    // anybody.
    if (isForwarded(request)) throw unknownPath();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** Creates the server. The caller makes it listen. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { logger, trustedProxies, clientAddressHeader, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const headersTimeoutMs = Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs);
  const app = fastify({
    loggerInstance: logger,
    requestTimeout: requestTimeoutMs,
    // Node.js swaps the two limits if the limit for headers is longer. It enforces both limits by checking all
    // connections at the given interval.
    http: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: headersTimeoutMs,
      IncomingMessage: CompactRequest,
      ServerResponse: ClosingResponse,
    },
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Request logs would contain URLs, and URLs contain channels.
    logController: new LogController({ disableRequestLogging: true }),
    // fastify's own handler logs the raw bytes of a malformed request.
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
