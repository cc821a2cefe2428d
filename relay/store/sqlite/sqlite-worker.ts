/** The worker thread of `sqlite-thread.ts`. */

import { parentPort, workerData } from 'node:worker_threads';

import { isJsonObject } from '../../../wire/json.ts';
import { freeMemory } from '../../bytes-in-flight.ts';
import type { NewDelivery } from '../new-delivery.ts';
import { StoreUnavailable, type Store } from '../store.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { OPENED, type Call, type OpenRequest, type WorkerError, type WorkerMessage } from './sqlite-thread.ts';

/** Returns the parts of an error that are sent to the main thread: in a message, an error loses its class and code. */
const describe = (error: unknown): WorkerError => ({
  message: error instanceof Error ? error.message : String(error),
  code: error instanceof Error && 'code' in error ? String(error.code) : null,
  ...(error instanceof StoreUnavailable && { isTemporary: error.isTemporary }),
});

/**
 * Returns the memory of the sealed contents in a result. It is transferred, because copies would hold large contents in
 * memory three times. Contents do not share memory, but several deliveries may share a previous delivery.
 */
function memoryOf(result: unknown): ArrayBuffer[] {
  if (Array.isArray(result)) return (result as unknown[]).flatMap(memoryOf);
  if (!isJsonObject(result)) return [];
  const { sealed, previous } = result;
  const own = Buffer.isBuffer(sealed) && sealed.buffer instanceof ArrayBuffer ? [sealed.buffer] : [];
  return previous ? [...own, ...memoryOf(previous)] : own;
}

function run(): void {
  const port = parentPort;
  if (!port) return;
  const { path, options } = workerData as OpenRequest;
  const send = (message: WorkerMessage): void => {
    port.postMessage(message, 'result' in message ? [...new Set(memoryOf(message.result))] : []);
  };
  try {
    const store: Store = openSqliteStore(path, options);
    const methods = new Map<string, unknown>(Object.entries(store));
    methods.set('ingest', async (deliveries: readonly NewDelivery[]) => {
      try {
        return await store.ingest(deliveries);
      } finally {
        for (const { content } of deliveries) if (content) freeMemory(content.sealed);
      }
    });
    const execute = async ({ id, method, args }: Call): Promise<WorkerMessage> => {
      try {
        const run = methods.get(method);
        if (typeof run !== 'function') throw new Error(`The store has no method ${method}.`);
        return { id, result: await (run as (...values: unknown[]) => unknown)(...args) };
      } catch (error) {
        return { id, error: describe(error) };
      }
    };
    store.listen((channel, what) => {
      send({ channel, what });
    });
    port.on('message', (call: Call) => void execute(call).then(send));
    send({ id: OPENED, result: [...methods.keys()] });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    send({ id: OPENED, error: describe(error) });
  }
}

run();
