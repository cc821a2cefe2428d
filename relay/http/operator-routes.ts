/** The routes for the relay's operator: liveness, readiness and Prometheus metrics. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Unreadiness } from '../readiness.ts';
import { serviceUnavailable } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

const MESSAGES: Readonly<Record<Unreadiness, string>> = {
  full: 'The disk of the database is full, so webhooks are refused. Free some space. The relay then resumes automatically.',
  down: 'The database is not responding. Try again in a few seconds.',
};

/** Returns the trust in the proxy that forwarded a request, for the `check` command; `none` without a proxy. */
function proxyOf({ headers, ips = [] }: FastifyRequest): 'trusted' | 'untrusted' | 'none' {
  if (headers['x-forwarded-for'] === undefined) return 'none';
  // The first address is that of the connection. Others follow only if the relay trusts it.
  return ips.length > 1 ? 'trusted' : 'untrusted';
}

export function operatorRoutes(app: FastifyInstance, { readiness, metrics }: ServerOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (request) => {
    const problem = await readiness.problem();
    if (problem !== null) throw serviceUnavailable(MESSAGES[problem]);
    return { status: 'ready', proxy: proxyOf(request) };
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
