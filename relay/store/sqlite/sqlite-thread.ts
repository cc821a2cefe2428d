/**
 * A SQLite store in a worker thread. SQLite is synchronous and waits for the disk at each commit. In a separate thread,
 * it does not block the main thread, which keeps sending deliveries and responding to requests.
 */

import { Worker } from 'node:worker_threads';

import { SQLITE_WORKER } from '../../paths.ts';
import type { Delivery, PreviousDelivery } from '../delivery.ts';
import { StoreUnavailable, type OnChange, type Store, type StoreOptions } from '../store.ts';

/** The data that the main thread passes to the worker at the start. */
export interface OpenRequest {
  readonly path: string;
  readonly options: StoreOptions;
}

/** A method call, sent from the main thread to the worker. */
export interface Call {
  readonly id: number;
  readonly method: Exclude<keyof Store, 'listen' | 'announce'>;
  readonly args: unknown[];
}

/** The parts of a worker's error. `isTemporary` is copied from a {@link StoreUnavailable}. */
export interface WorkerError {
  readonly message: string;
  readonly code: string | null;
  readonly isTemporary?: boolean;
}

/**
 * A message from the worker to the main thread: the result or the error of a call, or a change in a channel. A result
 * with the id {@link OPENED} means that the store is open.
 */
export type WorkerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerError }
  | { readonly channel: string; readonly what: Parameters<OnChange>[1] };

/** The id of the worker's first message. No call has this id. */
export const OPENED = 0;

/**
 * Maximum size of the worker's young generation in megabytes. Its objects are short-lived, so more memory would only
 * defer garbage collection.
 */
const MAX_YOUNG_MB = 3;

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** An error of the worker, with SQLite's error code. */
class SqliteFailure extends Error {
  readonly code: string | null;
  readonly isTemporary: boolean;
  constructor({ message, code, isTemporary = false }: WorkerError) {
    super(message);
    this.code = code;
    this.isTemporary = isTemporary;
  }
}

/** Restores a buffer, because messages between threads turn buffers into byte arrays. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const withOwnBuffers = <T extends PreviousDelivery>(delivery: T): T => ({
  ...delivery,
  wrappedKey: bufferOf(delivery.wrappedKey),
  sealed: bufferOf(delivery.sealed),
});

const withBuffers = (deliveries: Delivery[]): Delivery[] =>
  deliveries.map((delivery) => ({
    ...withOwnBuffers(delivery),
    previous: delivery.previous && withOwnBuffers(delivery.previous),
  }));

const withSealKey = <T extends { readonly sealKey: Buffer }>(channel: T | null): T | null =>
  channel && { ...channel, sealKey: bufferOf(channel.sealKey) };

const withWrappedKey = <T extends { readonly wrappedKey: Buffer }>(key: T): T => ({
  ...key,
  wrappedKey: bufferOf(key.wrappedKey),
});

/**
 * Opens the store in a worker thread, and creates or migrates its file.
 *
 * @throws {StoreUnavailable} if another process uses the file, or the file cannot be used
 */
export async function openSqliteInThread(path: string, options: StoreOptions): Promise<Store> {
  const request: OpenRequest = { path, options };
  // An uncaught error in the worker ends the process, so that its supervisor restarts it.
  const worker = new Worker(SQLITE_WORKER, {
    workerData: request,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_MB },
  });
  const pending = new Map<number, PendingCall>();
  let listener: OnChange = () => undefined;
  let lastId = OPENED;

  worker.on('message', (message: WorkerMessage) => {
    if ('channel' in message) {
      listener(message.channel, message.what);
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) call?.reject(new SqliteFailure(message.error));
    else call?.resolve(message.result);
  });
  const expectResult = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
    });

  function call<Method extends Call['method']>(
    method: Method,
    args: Parameters<Store[Method]>,
  ): ReturnType<Store[Method]> {
    const id = ++lastId;
    worker.postMessage({ id, method, args } satisfies Call);
    return expectResult(id) as ReturnType<Store[Method]>;
  }

  try {
    await expectResult(OPENED);
  } catch (error) {
    await worker.terminate();
    throw error instanceof SqliteFailure ? new StoreUnavailable(error.message, error.isTemporary) : error;
  }
  return {
    registerChannel: (...args) => call('registerChannel', args),
    registration: async (...args) => withSealKey(await call('registration', args)),
    deleteChannel: (...args) => call('deleteChannel', args),
    channelState: async (...args) => withSealKey(await call('channelState', args)),
    ingest: (...args) => call('ingest', args),
    latest: async (...args) => withBuffers(await call('latest', args)),
    deliveriesAfter: async (...args) => withBuffers(await call('deliveriesAfter', args)),
    subscribe: (...args) => call('subscribe', args),
    subscription: (...args) => call('subscription', args),
    subscriptionWithSecret: (...args) => call('subscriptionWithSecret', args),
    subscriptions: (...args) => call('subscriptions', args),
    unsubscribe: (...args) => call('unsubscribe', args),
    lease: (...args) => call('lease', args),
    renew: (...args) => call('renew', args),
    release: (...args) => call('release', args),
    announce: () => Promise.resolve(null),
    listen: (_holder, onChange) => {
      listener = onChange;
      return Promise.resolve();
    },
    progress: (...args) => call('progress', args),
    bury: (...args) => call('bury', args),
    redrive: (...args) => call('redrive', args),
    redriven: async (...args) => withBuffers(await call('redriven', args)),
    settleRedriven: (...args) => call('settleRedriven', args),
    channelSummaries: (...args) => call('channelSummaries', args),
    channelsStartingWith: (...args) => call('channelsStartingWith', args),
    subscriptionsStartingWith: (...args) => call('subscriptionsStartingWith', args),
    deliverySummaries: (...args) => call('deliverySummaries', args),
    deadLetterSummaries: (...args) => call('deadLetterSummaries', args),
    pause: (...args) => call('pause', args),
    resume: (...args) => call('resume', args),
    requestSkip: (...args) => call('requestSkip', args),
    backup: (...args) => call('backup', args),
    dataKeys: async (...args) => (await call('dataKeys', args)).map(withWrappedKey),
    addLink: (...args) => call('addLink', args),
    link: (...args) => call('link', args),
    recordAttempts: (...args) => call('recordAttempts', args),
    eventIndex: (...args) => call('eventIndex', args),
    eventsIn: (...args) => call('eventsIn', args),
    notableEvents: (...args) => call('notableEvents', args),
    eventFacts: (...args) => call('eventFacts', args),
    countEvents: (...args) => call('countEvents', args),
    listedDeliveries: async (...args) =>
      (await call('listedDeliveries', args)).map((each) => ({
        ...withWrappedKey(each),
        sealed: each.sealed && bufferOf(each.sealed),
      })),
    attemptsOf: (...args) => call('attemptsOf', args),
    sendAgain: (...args) => call('sendAgain', args),
    retain: (...args) => call('retain', args),
    now: (...args) => call('now', args),
    totals: (...args) => call('totals', args),
    backlog: (...args) => call('backlog', args),
    ping: (...args) => call('ping', args),
    close: async (...args) => {
      await call('close', args);
      await worker.terminate();
    },
  };
}
