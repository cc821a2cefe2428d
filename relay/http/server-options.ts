import type { FastifyBaseLogger } from 'fastify';

import type { Admission } from '../intake/channel-admission.ts';
import type { BytesInFlight } from '../intake/bytes-in-flight.ts';
import type { Clock } from '../clock.ts';
import type { ConsolePage } from '../console-page.ts';
import type { Dispatcher } from '../delivery/dispatcher.ts';
import type { IngestQueue } from '../intake/ingest-queue.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Readiness } from '../monitoring/readiness.ts';
import type { RefusalRecord } from '../intake/refusal-record.ts';
import type { RegisteredChannels } from '../intake/registered-channels.ts';
import type { Sealer } from '../sealing/sealer.ts';
import type { Store } from '../store/store.ts';
import type { WebhookRates } from '../intake/webhook-rates.ts';
import type { Connections } from './connection-limits.ts';

/** Dependencies and limits of the server. */
export interface ServerOptions {
  readonly store: Store;
  readonly ingest: IngestQueue;
  readonly sealer: Pick<Sealer, 'seal' | 'forget'>;
  readonly dispatcher: Pick<Dispatcher, 'saveResults'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly refusals: RefusalRecord;
  readonly readiness: Pick<Readiness, 'problem'>;
  readonly registered: RegisteredChannels;
  readonly admission: Admission;
  readonly inFlight: BytesInFlight;
  readonly rates: WebhookRates;
  readonly origin: string;
  /** Origins that subscriptions are allowed to deliver to. */
  readonly targetOrigins: readonly string[];
  readonly maxChannels: number;
  readonly maxSubscriptions: number;
  /** The console's page; null if the page has not been built. */
  readonly consolePage: ConsolePage | null;
  readonly logger: FastifyBaseLogger;
  /** Maximum number of connections; default: 500. */
  readonly maxConnections?: number;
  /**
   * Maximum number of requests per minute for each registered channel or link, or else for each address; default: 300.
   */
  readonly apiRequestsPerMinute?: number;
  /** Maximum time that parts of the console's overview are reused, in milliseconds; default: 30,000. */
  readonly maxOverviewAgeMs?: number;
  /** Maximum number of deliveries that are sent again at a time; default: {@link MAX_SENT_AGAIN}. */
  readonly maxSentAgain?: number;
  /** Proxies that are trusted to report client addresses, in the format of fastify's option `trustProxy`. */
  readonly trustedProxies: readonly string[];
  /** The header that trusted proxies use to report the client's address, in lower case; null for `X-Forwarded-For`. */
  readonly clientAddressHeader: string | null;
  /**
   * Time limit for the arrival of a complete request, in milliseconds. The limit is checked every 10 s, so a request
   * can take up to 10 s longer.
   */
  readonly requestTimeoutMs?: number;
}

/**
 * Options of the plugins whose routes admit requests to channels: the server's options, and its limits on connections.
 */
export interface RouteOptions extends ServerOptions {
  readonly connections: Connections;
}
