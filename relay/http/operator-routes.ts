/** The routes for the relay's operator: liveness, readiness and Prometheus metrics. */

import type { FastifyPluginCallback } from 'fastify';

import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';
import { serviceUnavailable } from './problem.ts';

export interface OperatorRouteOptions {
  readonly store: Pick<Store, 'ping'>;
  readonly metrics: Metrics;
}

export const operatorRoutes: FastifyPluginCallback<OperatorRouteOptions> = (app, { store, metrics }, done) => {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async () => {
    try {
      await store.ping();
    } catch {
      throw serviceUnavailable('The database is not responding. Try again in a few seconds.');
    }
    return { status: 'ready' };
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  done();
};
