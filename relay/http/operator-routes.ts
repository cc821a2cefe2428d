/** The routes for the relay's operator: liveness, readiness and metrics. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Unreadiness } from '../monitoring/readiness.ts';
import { proxyOf } from './client-address.ts';
import { serviceUnavailable, unknownPath } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/**
 * The messages of a failed readiness check. The reason `full` affects only this check: `hook-routes.ts` refuses
 * webhooks with 503 because storing them fails.
 */
const MESSAGES: Readonly<Record<Unreadiness, string>> = {
  full: 'The disk of the database is full, so webhooks are refused. Free some space. The relay then resumes automatically.',
  down: 'The database is not responding. Try again in a few seconds.',
  undelivered:
    'The relay stores webhooks, but cannot deliver events, or cannot save that they were delivered, so a restart would ' +
    'send delivered events again. The log of the relay contains the cause.',
};

/**
 * Returns true if a proxy has forwarded a request. A client can add these headers, but cannot keep a proxy from adding
 * them.
 */
const isForwarded = ({ headers }: FastifyRequest): boolean =>
  Object.keys(headers).some((name) => ['forwarded', 'via'].includes(name) || name.startsWith('x-forwarded-'));

/** Adds the routes for liveness, readiness and Prometheus metrics. */
export function operatorRoutes(app: FastifyInstance, { readiness, metrics }: ServerOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (request) => {
    const problem = await readiness.problem();
    if (problem !== null) throw serviceUnavailable(MESSAGES[problem]);
    return { status: 'ready', ...proxyOf(request) };
  });

  app.get('/metrics', async (request, reply) => {
    // The metrics are for the operator, who requests them without a proxy. A request through a proxy can come from
    // anyone.
    if (isForwarded(request)) throw unknownPath();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
