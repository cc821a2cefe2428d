/** Runs a SQLite store in worker threads, where synchronous waits for the disk do not block the main thread. */

import { Worker } from 'node:worker_threads';

import { isJsonObject } from '../../../wire/json.ts';
import { MAX_SHARED_BYTES } from '../../free-memory.ts';
import { SQLITE_WORKER } from '../../paths.ts';
import type { OnChange } from '../database/database.ts';
import type { Ingested, NewDelivery } from '../deliveries/new-delivery.ts';
import { StoreUnavailable, type Store, type StoreReads } from '../store.ts';
import type { StoreOptions } from '../store-options.ts';

/** The data that a worker starts with. */
export interface WorkerData {
  readonly path: string;
  readonly options: StoreOptions;
  /** True for the worker that only reads. */
  readonly isReader: boolean;
}

/** A method call that the main thread sends to the worker. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: unknown[];
}

/**
 * The parts of a worker's error: its message, its code (for example a code of SQLite), and `isTemporary` of a {@link
 * StoreUnavailable}.
 */
export interface WorkerError {
  readonly message: string;
  readonly code: string | null;
  readonly isTemporary?: boolean;
}

/** A message from the worker. The result with the id {@link OPENED} contains the names of the methods of the store. */
export type WorkerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerError }
  | { readonly channel: string; readonly what: Parameters<OnChange>[1] };

/**
 * Limits of the worker's memory. Without these limits, sending 30,000 events to five Zaps each increases the memory of
 * a relay to 250 MB instead of 225 MB.
 */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 6 };

/** The id of the worker's first message. No call has this id. */
export const OPENED = 0;

const errorOf = ({ message, code, isTemporary }: WorkerError): Error =>
  isTemporary === undefined ? Object.assign(new Error(message), { code }) : new StoreUnavailable(message, isTemporary);

/**
 * Restores the buffers in a result, because messages between threads turn buffers into byte arrays. Changes the arrays
 * and objects of the result in place, because a message belongs to its receiver.
 */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const members = Array.isArray(value) || isJsonObject(value) ? Object.entries<unknown>(value) : [];
  for (const [name, member] of members) {
    const restored = withBuffers(member);
    if (restored !== member) Reflect.set(value as object, name, restored);
  }
  return value;
}

/**
 * Returns the memory to transfer to the worker. The memory of a group is copied instead, because its deliveries may be
 * stored again, one by one.
 */
function transferableOf(deliveries: readonly NewDelivery[]): ArrayBuffer[] {
  const memory = deliveries.length === 1 ? deliveries[0]?.content?.sealed.buffer : undefined;
  return memory instanceof ArrayBuffer && memory.byteLength > MAX_SHARED_BYTES ? [memory] : [];
}

/** A worker thread that runs the methods of a store by name. */
interface Thread {
  readonly methods: readonly string[];
  readonly call: (method: string, args: unknown[], transferred?: ArrayBuffer[]) => Promise<unknown>;
  /** Registers the listener for changes in channels. */
  readonly listen: (onChange: OnChange) => void;
  readonly close: () => Promise<void>;
}

/** Starts a worker thread. @throws {StoreUnavailable} if the file of the store cannot be used */
async function startThread(data: WorkerData): Promise<Thread> {
  // An uncaught error in the worker ends the process, so that its supervisor restarts it.
  const worker = new Worker(SQLITE_WORKER, { workerData: data, resourceLimits: WORKER_LIMITS });
  const pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let listener: OnChange = () => undefined;
  let lastId = OPENED;

  worker.on('message', (message: WorkerMessage) => {
    if ('channel' in message) {
      listener(message.channel, message.what);
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) call?.reject(errorOf(message.error));
    else call?.resolve(withBuffers(message.result));
  });
  const resultOf = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
    });

  async function call(method: string, args: unknown[], transferred: ArrayBuffer[] = []): Promise<unknown> {
    worker.postMessage({ id: ++lastId, method, args } satisfies Call, transferred);
    return resultOf(lastId);
  }

  const methods = (await resultOf(OPENED).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  })) as string[];
  return {
    methods,
    call,
    listen: (onChange) => {
      listener = onChange;
    },
    close: async () => {
      await call('close', []);
      await worker.terminate();
    },
  };
}

/** Returns a function for each method of a thread. */
const callsOf = ({ methods, call }: Thread) =>
  Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => call(method, args)]));

/**
 * Opens, creates or migrates a store in two worker threads. One thread runs transactions, and the other runs slow
 * reads, such as searches in the console.
 *
 * @throws {StoreUnavailable} if the file cannot be used
 */
export async function openSqliteInThread(path: string, options: StoreOptions): Promise<Store> {
  const writer = await startThread({ path, options, isReader: false });
  const reader = await startThread({ path, options, isReader: true }).catch(async (error: unknown) => {
    await writer.close();
    throw error;
  });
  return {
    ...(callsOf(writer) as unknown as Store),
    ...(callsOf(reader) as unknown as StoreReads),
    ingest: async (deliveries) => (await writer.call('ingest', [deliveries], transferableOf(deliveries))) as Ingested[],
    listen: writer.listen,
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
}
