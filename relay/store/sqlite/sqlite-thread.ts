/**
 * A SQLite store in a thread of its own. SQLite is synchronous, and waits for the disk with every commit; there, nothing
 * but the store waits with it: neither deliveries, nor the answer that says that the disk does not.
 */

import { Worker } from 'node:worker_threads';

import {
  StoreUnavailable,
  type Delivery,
  type Ingested,
  type NewDelivery,
  type OnChange,
  type Store,
  type StoreOptions,
} from '../store.ts';

/** What the thread is started with. */
export interface Opening {
  readonly path: string;
  readonly options: StoreOptions;
}

/** What is asked of it: a method of the store. */
export interface Call {
  readonly id: number;
  readonly method: Exclude<keyof Store, 'listen'>;
  readonly args: unknown[];
}

/** What it says: an answer, the first of which is that it's open; or that something came for a channel. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string | null } }
  | { readonly channel: string; readonly what: Parameters<OnChange>[1] };

/** What it makes is gone soon; with more room, it would only be left lying about for longer. */
const MAX_YOUNG_MB = 3;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A failure in the thread; the code is SQLite's. */
class SqliteFailure extends Error {
  readonly code: string | null;
  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

/** Bytes come through as bytes, but no longer as a Buffer. */
const withBuffers = (deliveries: Delivery[]): Delivery[] =>
  deliveries.map((delivery) => ({
    ...delivery,
    body: Buffer.from(delivery.body.buffer, delivery.body.byteOffset, delivery.body.byteLength),
  }));

/**
 * Opens the store, and creates or migrates its file.
 *
 * @throws {StoreUnavailable} when another process has the file, or it can't be used
 */
export async function openSqliteInThread(path: string, options: StoreOptions): Promise<Store> {
  const opening: Opening = { path, options };
  // A thread that dies takes the process with it, as an error that nobody handles: whoever watches it starts it again.
  const worker = new Worker(new URL('sqlite-worker.ts', import.meta.url), {
    workerData: opening,
    resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_MB },
  });
  const waiting = new Map<number, Waiting>();
  let onChange: OnChange = () => undefined;
  let count = 0;

  worker.on('message', (answer: Answer) => {
    if ('channel' in answer) {
      onChange(answer.channel, answer.what);
      return;
    }
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new SqliteFailure(answer.error.message, answer.error.code));
    else asked?.resolve(answer.result);
  });
  const expect = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });

  function ask<Method extends Call['method']>(
    method: Method,
    args: Parameters<Store[Method]>,
    moved: ArrayBuffer[] = [],
  ): ReturnType<Store[Method]> {
    const call: Call = { id: ++count, method, args };
    worker.postMessage(call, moved);
    return expect(call.id) as ReturnType<Store[Method]>;
  }

  function ingest(deliveries: readonly NewDelivery[]): Promise<Ingested[]> {
    // Small bodies share memory with what else came, all of which would be copied with each.
    const moved: ArrayBuffer[] = [];
    const exact = deliveries.map((delivery) => {
      const { buffer } = new Uint8Array(delivery.body);
      moved.push(buffer);
      return { ...delivery, body: Buffer.from(buffer) };
    });
    return ask('ingest', [exact], moved);
  }

  try {
    await expect(0);
  } catch (error) {
    await worker.terminate();
    throw error instanceof SqliteFailure ? new StoreUnavailable(error.message) : error;
  }
  return {
    registerChannel: (...args) => ask('registerChannel', args),
    hasChannel: (...args) => ask('hasChannel', args),
    deleteChannel: (...args) => ask('deleteChannel', args),
    channelState: (...args) => ask('channelState', args),
    ingest,
    latest: async (...args) => withBuffers(await ask('latest', args)),
    deliveriesAfter: async (...args) => withBuffers(await ask('deliveriesAfter', args)),
    subscribe: (...args) => ask('subscribe', args),
    subscription: (...args) => ask('subscription', args),
    subscriptions: (...args) => ask('subscriptions', args),
    unsubscribe: (...args) => ask('unsubscribe', args),
    lease: (...args) => ask('lease', args),
    renew: (...args) => ask('renew', args),
    release: (...args) => ask('release', args),
    listen: (_holder, listener) => {
      onChange = listener;
      return Promise.resolve();
    },
    progress: (...args) => ask('progress', args),
    bury: (...args) => ask('bury', args),
    redrive: (...args) => ask('redrive', args),
    redriven: async (...args) => withBuffers(await ask('redriven', args)),
    settleRedriven: (...args) => ask('settleRedriven', args),
    retain: (...args) => ask('retain', args),
    totals: (...args) => ask('totals', args),
    ping: (...args) => ask('ping', args),
    close: async (...args) => {
      await ask('close', args);
      await worker.terminate();
    },
  };
}
