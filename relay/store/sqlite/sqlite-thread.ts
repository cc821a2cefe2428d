/**
 * A SQLite store in a worker thread. SQLite is synchronous and waits for the disk at each commit. In a separate thread,
 * it does not block the main thread, which keeps sending deliveries and responding to requests.
 */

import { Worker } from 'node:worker_threads';

import { isJsonObject } from '../../../wire/json.ts';
import { MAX_SHARED_BYTES } from '../../bytes-in-flight.ts';
import { SQLITE_WORKER } from '../../paths.ts';
import type { OnChange } from '../database.ts';
import type { Ingested, NewDelivery } from '../new-delivery.ts';
import { StoreUnavailable, type Store } from '../store.ts';
import type { StoreOptions } from '../store-options.ts';

/** The data that the main thread passes to the worker at the start. */
export interface OpenRequest {
  readonly path: string;
  readonly options: StoreOptions;
}

/** A method call, sent from the main thread to the worker. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: unknown[];
}

/** The parts of a worker's error: its code, such as SQLite's, and the property of a {@link StoreUnavailable}. */
export interface WorkerError {
  readonly message: string;
  readonly code: string | null;
  readonly isTemporary?: boolean;
}

/**
 * A message from the worker to the main thread: the result or the error of a call, or a change in a channel. A result
 * with the id {@link OPENED} means that the store is open, and contains the names of its methods.
 */
export type WorkerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerError }
  | { readonly channel: string; readonly what: Parameters<OnChange>[1] };

/** Without this limit, 30,000 events to five Zaps each increase the memory of a relay to 250 instead of 225 MB. */
const WORKER_LIMITS = { maxYoungGenerationSizeMb: 6 };

/** The id of the worker's first message. No call has this id. */
export const OPENED = 0;

const errorOf = ({ message, code, isTemporary }: WorkerError): Error =>
  isTemporary === undefined ? Object.assign(new Error(message), { code }) : new StoreUnavailable(message, isTemporary);

/** Restores the buffers in a result, because messages between threads turn buffers into byte arrays. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(withBuffers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withBuffers(member)]));
}

/**
 * Returns the memory that is transferred to the worker rather than copied: the content of a large delivery that is
 * stored alone. Deliveries that are stored together may be stored again one by one.
 */
function transferableOf(deliveries: readonly NewDelivery[]): ArrayBuffer[] {
  const memory = deliveries.length === 1 ? deliveries[0]?.content?.sealed.buffer : undefined;
  return memory instanceof ArrayBuffer && memory.byteLength > MAX_SHARED_BYTES ? [memory] : [];
}

/** Opens, creates or migrates a store in a worker thread. @throws {StoreUnavailable} if its file cannot be used */
export async function openSqliteInThread(path: string, options: StoreOptions): Promise<Store> {
  const request: OpenRequest = { path, options };
  // An uncaught error in the worker ends the process, so that its supervisor restarts it.
  const worker = new Worker(SQLITE_WORKER, { workerData: request, resourceLimits: WORKER_LIMITS });
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
    const id = ++lastId;
    worker.postMessage({ id, method, args } satisfies Call, transferred);
    return resultOf(id);
  }

  const methods = (await resultOf(OPENED).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  })) as string[];
  const calls = methods.map((method) => [method, (...args: unknown[]) => call(method, args)] as const);
  return {
    ...(Object.fromEntries(calls) as unknown as Store),
    ingest: async (deliveries) => (await call('ingest', [deliveries], transferableOf(deliveries))) as Ingested[],
    listen: (onChange) => {
      listener = onChange;
    },
    close: async () => {
      await call('close', []);
      await worker.terminate();
    },
  };
}
