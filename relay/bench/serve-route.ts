/**
 * The relay's webhook route with a different ingest behind it, so that the compared systems differ only in how they
 * store deliveries.
 */

import { pino } from 'pino';

import { Admission } from '../admission.ts';
import { BytesInFlight } from '../bytes-in-flight.ts';
import { systemClock } from '../clock.ts';
import { createServer, type ServerOptions } from '../http/server.ts';
import type { Ingest } from '../ingest.ts';
import { ChannelTroubles } from '../channel-troubles.ts';
import { createMetrics } from '../metrics.ts';
import { Readiness } from '../readiness.ts';
import { RegisteredChannels } from '../registered-channels.ts';
import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { WebhookRates } from '../webhook-rates.ts';
import { unsealed } from './unsealed.ts';

/** An object whose methods all resolve and do nothing. */
const NO_OP: unknown = new Proxy({}, { get: () => () => Promise.resolve() });

/**
 * Serves `POST /hooks/<channel>` on a free port.
 *
 * @param add - stores a delivery
 * @returns the server's origin
 */
export async function serveRoute(add: Ingest['add']): Promise<string> {
  const store = NO_OP as ServerOptions['store'];
  const readiness = new Readiness(store);
  const logger = pino({ level: 'error' });
  const server = await createServer({
    store,
    origin: 'https://relay.example.com',
    ingest: { add, idle: () => Promise.resolve() },
    sealer: unsealed,
    dispatcher: NO_OP as ServerOptions['dispatcher'],
    metrics: createMetrics({ store, readiness, troubles: new ChannelTroubles(systemClock, logger), maxChannels: 1 }),
    readiness,
    clock: systemClock,
    targetOrigins: [],
    trustedProxies: [],
    maxChannels: 1,
    maxSubscriptions: 1,
    admission: new Admission([], null),
    rates: new WebhookRates(100_000_000),
    inFlight: new BytesInFlight({ perProcess: Infinity, perChannel: Infinity }),
    registered: new RegisteredChannels({
      registration: () => Promise.resolve({ withSecret: true, sealKey: SEAL_KEY }),
    }),
    consolePage: null,
    logger,
  });
  return server.listen({ port: 0, host: '127.0.0.1' });
}
