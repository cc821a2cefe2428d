/** A whole relay: store, way in, dispatcher, retention and HTTP, started and stopped in the right order. */

import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createAttemptSender } from './delivery/attempt.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { createIngest } from './ingest.ts';
import { createMetrics } from './metrics.ts';
import { keepTidy, retentionLimits, STORE_OPTIONS } from './retention.ts';
import { createServer } from './http/server.ts';
import { StoreClock } from './store-clock.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';

/** What is in flight may take this long when the relay stops. */
const STOP_MS = 8_000;

export interface RunningRelay {
  readonly port: number;
  /** Takes nothing new, finishes what is in flight, writes everything down. */
  readonly stop: () => Promise<void>;
}

/** Waits for a promise, but not for ever. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  await Promise.race([promise, systemClock.sleep(milliseconds, abort.signal)]);
  abort.abort();
}

/**
 * Starts a relay.
 *
 * @param opening - its store, if it is being opened already
 * @throws {StoreUnavailable} when its store can't be used
 * @throws when its port can't be listened on
 */
export async function startRelay(
  config: Config,
  logger: Logger,
  opening: Promise<Store> = openStore(config, STORE_OPTIONS),
): Promise<RunningRelay> {
  const store = await opening;
  const clock = await StoreClock.create(store, systemClock);
  const metrics = createMetrics(store);
  const sender = createAttemptSender(config.targetOrigins);
  const ingest = createIngest(store);
  const { pacePerSubscription, pacePerChannel } = config;
  const dispatcher = new Dispatcher({
    store,
    sender,
    clock,
    pacePerSubscription,
    pacePerChannel,
    metrics,
    log: logger,
  });
  const tidy = new AbortController();
  const { targetOrigins, maxChannels, channels } = config;
  const server = await createServer({
    store,
    ingest,
    dispatcher,
    metrics,
    clock,
    targetOrigins,
    maxChannels,
    channels,
    logger,
  });

  try {
    await server.listen({ port: config.port, host: config.host });
  } catch (error) {
    await store.close();
    throw error;
  }
  await dispatcher.start();
  const tidying = keepTidy(store, retentionLimits(config.retentionHours), clock, logger, tidy.signal);
  const synchronizing = clock.keepSynchronized(logger, tidy.signal);

  return {
    port: (server.server.address() as AddressInfo).port,
    stop: async () => {
      tidy.abort();
      await within(STOP_MS, server.close());
      await within(STOP_MS, ingest.idle());
      await within(STOP_MS, dispatcher.stop());
      await sender.close();
      await within(STOP_MS, Promise.all([tidying, synchronizing]));
      await store.close();
    },
  };
}
