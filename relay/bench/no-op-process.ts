/** A process with the relay's route for events, but without sealing and without a store. */

import { randomUUID } from 'node:crypto';

import { pino } from 'pino';

import { createAdmission } from '../intake/channel-admission.ts';
import { createBytesInFlight } from '../intake/bytes-in-flight.ts';
import { createChannelTroubles } from '../monitoring/channel-troubles.ts';
import { systemClock } from '../clock.ts';
import { NO_MACHINE } from '../harness/no-machine.ts';
import { CHANNEL, ORIGIN, SEAL_KEY } from '../harness/sample-delivery.ts';
import { createServer } from '../http/server.ts';
import type { ServerOptions } from '../http/server-options.ts';
import { createMetrics } from '../monitoring/metrics.ts';
import { createReadiness } from '../monitoring/readiness.ts';
import { createRefusalRecord } from '../intake/refusal-record.ts';
import { createRegisteredChannels } from '../intake/registered-channels.ts';
import { createRoutingReader } from '../sealing/routing-reader.ts';
import { createWebhookRates } from '../intake/webhook-rates.ts';
import { newUrlPart, webhookUrlOf } from '../webhook-url.ts';

/** Replaces the server options that the route does not use. */
const NO_OP: unknown = new Proxy({}, { get: () => () => Promise.resolve() });
const store = NO_OP as ServerOptions['store'];
const readiness = createReadiness(store);
const logger = pino({ level: 'error' });
const troubles = createChannelTroubles(systemClock, logger);
const reader = createRoutingReader();
const empty = Buffer.alloc(0);
const urlParts = { urlPart: newUrlPart(), oldUrlPart: null, oldUrlUntil: null };
const registration = { withSecret: true, sealKey: SEAL_KEY, ...urlParts };

const server = await createServer({
  store,
  origin: ORIGIN,
  ingest: { add: () => Promise.resolve('stored'), idle: () => Promise.resolve() },
  sealer: {
    seal: ({ channel, body, receivedAt }) => {
      const content = { keyId: '', wrappedKey: empty, sealKey: SEAL_KEY, sealed: body };
      const routing = reader(channel, body);
      return Promise.resolve({ channel, id: randomUUID(), receivedAt, ...routing, digest: empty, content });
    },
    forget: () => undefined,
  },
  dispatcher: NO_OP as ServerOptions['dispatcher'],
  metrics: createMetrics({ store, readiness, troubles, machine: NO_MACHINE, maxChannels: 1 }),
  refusals: createRefusalRecord(store, systemClock),
  readiness,
  clock: systemClock,
  targetOrigins: [],
  trustedProxies: [],
  clientAddressHeader: null,
  maxChannels: 1,
  maxSubscriptions: 1,
  admission: createAdmission([], null),
  rates: createWebhookRates(100_000_000),
  inFlight: createBytesInFlight({ perProcess: Infinity, perChannel: Infinity }),
  registered: createRegisteredChannels({ registration: () => Promise.resolve(registration) }),
  consolePage: null,
  logger,
});
process.on('disconnect', () => process.exit());
process.send?.(webhookUrlOf(await server.listen({ port: 0, host: '127.0.0.1' }), CHANNEL, registration));
