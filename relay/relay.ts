/** Assembly of a relay process: store, ingest queue, dispatcher, retention and HTTP server. */

import type { AddressInfo } from 'node:net';
import { dirname, resolve } from 'node:path';

import type { Logger } from 'pino';

import { deleteUnfinished } from './admin/backup.ts';
import { runNightlyBackups } from './admin/nightly-backups.ts';
import { otherOriginProblem } from './admin/other-origin.ts';
import { createAdminServer, serveAdminSocket } from './admin/socket.ts';
import { createAdmission } from './intake/channel-admission.ts';
import { createBytesInFlight } from './intake/bytes-in-flight.ts';
import { createChannelTroubles } from './monitoring/channel-troubles.ts';
import { systemClock, withinTime } from './clock.ts';
import { readChannelList } from './channel-list.ts';
import type { Config } from './config.ts';
import { readConsolePage, type ConsolePage } from './console-page.ts';
import { createAttemptSender } from './delivery/attempt-sender.ts';
import { Dispatcher } from './delivery/dispatcher.ts';
import { createServer } from './http/server.ts';
import { createIngestQueue } from './intake/ingest-queue.ts';
import { nameOf, type Log } from './log.ts';
import { createMachine } from './monitoring/machine.ts';
import { createMetrics } from './monitoring/metrics.ts';
import { createRefusalRecord } from './intake/refusal-record.ts';
import { createRegisteredChannels } from './intake/registered-channels.ts';
import { runNotices, type NoticeTimes } from './monitoring/notices.ts';
import { createPauses } from './monitoring/pauses.ts';
import { createReadiness } from './monitoring/readiness.ts';
import { readPlace, volumeProblem } from './monitoring/volume.ts';
import { runRetention, storeOptions } from './periodic-retention.ts';
import { createStoreClock } from './store-clock.ts';
import { createDataKeys } from './sealing/data-keys.ts';
import { createSealer } from './sealing/sealer.ts';
import { openStore, restorePrepared, newestUsableBackup } from './store/open.ts';
import { StoreUnavailable, type Store } from './store/store.ts';
import { createWebhookRates } from './intake/webhook-rates.ts';

const MIB = 1024 * 1024;
/** Time limit for each step of a stop, in milliseconds. */
const STOP_MS = 8_000;
/** Maximum number of subscriptions per channel. A branch has a few dozen Zaps. */
const MAX_SUBSCRIPTIONS = 200;
/**
 * Maximum total size, in bytes, of the webhook bodies above 64 KiB that a process receives or stores at the same time.
 * A channel can use half of this size, which is enough for the largest body of 10 MB.
 */
const IN_FLIGHT = { perProcess: 32 * MIB, perChannel: 16 * MIB };
/** Maximum rates, in deliveries per second. Zapier accepts 30 deliveries per second. */
export const PACE = { pacePerSubscription: 20, pacePerChannel: 30 };

/** Dependencies and limits that tests and benchmarks replace. */
export interface RelayOptions {
  /** A store that the caller has already opened; default: the relay opens its own store. */
  readonly store?: Store;
  /** The console's page; default: the page that has been built. */
  readonly page?: ConsolePage;
  readonly noticeTimes?: NoticeTimes;
  readonly pace?: typeof PACE;
  /** Maximum number of deliveries that the console sends again at a time. */
  readonly maxSentAgain?: number;
}

/** A relay that accepts requests. */
export type RunningRelay = Awaited<ReturnType<typeof startParts>>;

/** Waits at most {@link STOP_MS} for a step of the stop, and ignores a failure of the step. */
const stopped = (step: Promise<unknown>): Promise<unknown> => withinTime(step, STOP_MS).catch(() => undefined);

/**
 * Restores the backup that an operator has prepared for this start. A backup that cannot be restored leaves the store
 * unchanged.
 */
async function finishRestore(config: Config, log: Log): Promise<void> {
  try {
    const restored = await restorePrepared(config);
    if (restored)
      log.info(restored, 'The prepared backup was restored. Delete the previous files when they are no longer needed.');
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.error({ reason: error.message }, 'The prepared backup was not restored. The store is unchanged.');
  }
}

/**
 * Opens the store, after restoring a prepared backup if there is one.
 *
 * @throws {StoreUnavailable} if the store cannot be opened; the message names a backup that fits this version, if any
 */
async function openOwnStore(config: Config, log: Log): Promise<Store> {
  const { backupFolder, nightlyBackups } = config;
  await finishRestore(config, log);
  try {
    return await openStore(config, { ...storeOptions(config), copyFolder: nightlyBackups > 0 ? backupFolder : null });
  } catch (error) {
    const backup = await newestUsableBackup(config, backupFolder);
    if (backup === null || !(error instanceof StoreUnavailable)) throw error;
    const advice = `To go back to this version instead, restore ${backup} as docs/relay.md describes under "Upgrade".`;
    throw new StoreUnavailable(`${error.message} ${advice}`, error.isTemporary);
  }
}

/**
 * Starts a relay.
 *
 * @throws {BadConfig} if the operator's list of channels cannot be used, {@link StoreUnavailable} if the store cannot
 * be opened or belongs to a different origin, or an error of Node.js if the relay cannot listen on the port
 */
export async function startRelay(config: Config, logger: Logger, options: RelayOptions = {}): Promise<RunningRelay> {
  const store = options.store ?? (await openOwnStore(config, logger));
  return startParts(config, logger, store, options).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
}

/** Waits for a call to the store during the start. @throws {StoreUnavailable} if the call fails */
const started = <T>(call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    const message = `The database stopped responding while the relay was starting (${nameOf(error)}).`;
    throw new StoreUnavailable(message, true);
  });

/**
 * Starts the parts of a relay on an open store. The function is long because it lists all parts with their
 * dependencies.
 */
async function startParts(
  config: Config,
  logger: Logger,
  store: Store,
  { page, noticeTimes, pace = PACE, maxSentAgain }: RelayOptions,
) {
  const { host, targetOrigins, maxChannels, channelsFile } = config;
  const list = channelsFile === null ? null : await readChannelList(channelsFile);
  const consolePage = page ?? (await readConsolePage());
  if (!consolePage) logger.warn('The console has not been built. Run "npm run build:relay", and restart the relay.');
  const volume = config.databaseUrl === null ? volumeProblem(config.sqlitePath, readPlace(config.sqlitePath)) : null;
  if (volume !== null) logger.warn(volume);
  // The store remembers the origin of its first relay.
  const otherOrigin = otherOriginProblem(await started(store.rememberOrigin(config.origin)), config.origin);
  if (otherOrigin !== null) throw new StoreUnavailable(otherOrigin);
  const clock = await started(createStoreClock(store, systemClock));
  const readiness = createReadiness(store);
  const watched = { ...store, ...readiness.watch(store) };
  const troubles = createChannelTroubles(clock, logger);
  const refusals = createRefusalRecord(store, clock);
  const machine = createMachine(config, systemClock.now);
  const metrics = createMetrics({ store, readiness, troubles, machine, maxChannels });
  const pauses = createPauses(logger, (ms) => {
    metrics.pauses.inc();
    metrics.pausedSeconds.inc(ms / 1000);
  });

  const dataKeys = createDataKeys(clock, maxChannels);
  const sealer = createSealer(dataKeys);
  const sender = createAttemptSender(targetOrigins, (delivery, text) => sealer.sealResponse(delivery, text));
  const registered = createRegisteredChannels(store);
  const ingest = createIngestQueue(watched);
  const dispatcher = new Dispatcher({ store: watched, sender, clock, ...pace, metrics, log: logger });
  const server = await createServer({
    ...config,
    store,
    ingest,
    sealer,
    dispatcher,
    metrics,
    refusals,
    readiness,
    clock,
    maxSubscriptions: MAX_SUBSCRIPTIONS,
    admission: createAdmission(config.registrationSecrets, list),
    registered,
    rates: createWebhookRates(config.maxEventsPerMinute),
    inFlight: createBytesInFlight(IN_FLIGHT),
    consolePage,
    maxSentAgain,
    logger,
  });

  await server.listen({ port: config.port, host });
  dispatcher.start();
  const background = new AbortController();
  const { signal } = background;
  const { backupFolder: folder, nightlyBackups: kept } = config;
  const backupFolder = folder ?? dirname(resolve(config.sqlitePath));
  const adminServer = await createAdminServer(
    { store, dispatcher, registered, refusals, clock, backupFolder, pauses },
    logger,
  );
  // Only one process uses a SQLite file, so an unfinished backup is left over from an earlier process. With PostgreSQL,
  // another process might be writing the backup.
  if (config.databaseUrl === null) await deleteUnfinished(backupFolder);
  // A stop does not wait for a running backup. The relay makes this backup after its next start.
  if (folder !== null && kept > 0)
    void runNightlyBackups({ store, folder, kept, clock: systemClock, log: logger }, signal);
  const backgroundTasks = Promise.all([
    runRetention(store, clock, logger, signal),
    runNotices({ store, readiness, dataKeys, clock, log: logger, ...noticeTimes }, signal),
    clock.keepSynchronized(logger, signal),
    dataKeys.dropDaily(signal),
    pauses.run(signal),
    config.adminSocket !== null && serveAdminSocket(adminServer, config.adminSocket, systemClock, logger, signal),
  ]);

  return {
    port: (server.server.address() as AddressInfo).port,
    /** Refuses new requests, finishes requests in progress, saves all results and closes the store. */
    stop: async (): Promise<void> => {
      background.abort();
      // Deliveries enter through the server and leave through the dispatcher, so the parts stop in this order.
      await stopped(server.close());
      await stopped(ingest.idle());
      await stopped(dispatcher.stop());
      await sender.close();
      await stopped(backgroundTasks);
      await store.close();
    },
  };
}
