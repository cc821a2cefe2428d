/** The worker thread of `sqlite-thread.ts`. */

import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { isJsonObject } from '../../../wire/json.ts';
import { freeMemory } from '../../free-memory.ts';
import type { NewDelivery } from '../deliveries/new-delivery.ts';
import { StoreUnavailable, type Store } from '../store.ts';
import { openSqliteReads, openSqliteStore } from './open-file.ts';
import { OPENED, type Call, type WorkerData, type WorkerError, type WorkerMessage } from './sqlite-thread.ts';

/**
 * Returns the parts of an error to send to the main thread. A message between threads drops the class and the code of
 * an error.
 */
const describe = (error: unknown): WorkerError => ({
  message: error instanceof Error ? error.message : String(error),
  code: error instanceof Error && 'code' in error ? String(error.code) : null,
  ...(error instanceof StoreUnavailable && { isTemporary: error.isTemporary }),
});

/**
 * Returns the memory of the sealed contents in a result, in order to transfer it instead of copying it. With copies,
 * each content would be in memory three times.
 */
function memoryOf(result: unknown): ArrayBuffer[] {
  if (Array.isArray(result)) return (result as unknown[]).flatMap(memoryOf);
  if (!isJsonObject(result)) return [];
  const { sealed, previous } = result;
  const own = Buffer.isBuffer(sealed) && sealed.buffer instanceof ArrayBuffer ? [sealed.buffer] : [];
  return previous ? [...own, ...memoryOf(previous)] : own;
}

/** Opens the whole store for the writing thread, and only its reads for the reading thread. */
function open({ path, options, isReader }: WorkerData): Record<string, unknown> {
  if (isReader) return { ...openSqliteReads(path) };
  const store: Store = openSqliteStore(path, options);
  return {
    ...store,
    ingest: async (deliveries: readonly NewDelivery[]) => {
      try {
        return await store.ingest(deliveries);
      } finally {
        for (const { content } of deliveries) if (content) freeMemory(content.sealed);
      }
    },
  };
}

function run(port: MessagePort, data: WorkerData): void {
  const send = (message: WorkerMessage): void => {
    port.postMessage(message, 'result' in message ? [...new Set(memoryOf(message.result))] : []);
  };
  const methods = open(data);
  const execute = async ({ id, method, args }: Call): Promise<WorkerMessage> => {
    try {
      return { id, result: await (methods[method] as (...values: unknown[]) => unknown)(...args) };
    } catch (error) {
      return { id, error: describe(error) };
    }
  };
  const listen = methods.listen as Store['listen'] | undefined;
  listen?.((channel, what) => {
    send({ channel, what });
  });
  port.on('message', (call: Call) => void execute(call).then(send));
  send({ id: OPENED, result: Object.keys(methods) });
}

if (parentPort) {
  try {
    run(parentPort, workerData as WorkerData);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    parentPort.postMessage({ id: OPENED, error: describe(error) } satisfies WorkerMessage);
  }
}
