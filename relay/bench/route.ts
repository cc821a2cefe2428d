/** The relay's own route with another way in behind it: so what is compared differs in how it stores, and in no more. */

import { pino } from 'pino';

import { systemClock } from '../clock.ts';
import type { Ingest } from '../ingest.ts';
import { createMetrics } from '../metrics.ts';
import { createServer, type ServerOptions } from '../http/server.ts';

/** Whatever is called of it does nothing. */
const NOTHING: unknown = new Proxy({}, { get: () => () => Promise.resolve() });

/**
 * Serves `POST /hooks/<channel>`.
 *
 * @returns where
 */
export async function serveRoute(add: Ingest['add']): Promise<string> {
  const store = NOTHING as ServerOptions['store'];
  const server = await createServer({
    store,
    ingest: { add, idle: () => Promise.resolve() },
    dispatcher: NOTHING as ServerOptions['dispatcher'],
    metrics: createMetrics(store),
    clock: systemClock,
    targetOrigins: [],
    maxChannels: 1,
    channels: null,
    logger: pino({ level: 'error' }),
  });
  return server.listen({ port: 0, host: '127.0.0.1' });
}
