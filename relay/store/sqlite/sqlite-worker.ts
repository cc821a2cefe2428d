/** The thread of a SQLite store; see `sqlite-thread.ts`. */

import { parentPort, workerData } from 'node:worker_threads';

import { isJsonObject } from '../../../wire/json.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Answer, Call, Opening } from './sqlite-thread.ts';
import { StoreUnavailable, type Store } from '../store.ts';

/** A failure as the other thread needs it: errors lose what they are on their way there. */
const describe = (error: unknown): { message: string; code: string | null } => ({
  message: error instanceof Error ? error.message : String(error),
  code: error instanceof Error && 'code' in error ? String(error.code) : null,
});

async function answer(store: Store, { id, method, args }: Call): Promise<Answer> {
  try {
    const methods = store as unknown as Record<Call['method'], (...args: unknown[]) => Promise<unknown>>;
    return { id, result: await methods[method](...args) };
  } catch (error) {
    return { id, error: describe(error) };
  }
}

/** The memory of bodies, which is handed over instead of copied: each has its own, fresh from the database. */
function memoryOf(result: unknown): ArrayBuffer[] {
  if (!Array.isArray(result)) return [];
  return (result as unknown[]).flatMap((entry) =>
    isJsonObject(entry) && Buffer.isBuffer(entry.body) && entry.body.buffer instanceof ArrayBuffer
      ? [entry.body.buffer]
      : [],
  );
}

async function run(): Promise<void> {
  const port = parentPort;
  if (!port) return;
  const { path, options } = workerData as Opening;
  const send = (message: Answer): void => {
    port.postMessage(message, 'result' in message ? memoryOf(message.result) : []);
  };
  try {
    const store = openSqliteStore(path, options);
    await store.listen('', (channel, what) => {
      send({ channel, what });
    });
    port.on('message', (call: Call) => void answer(store, call).then(send));
    send({ id: 0, result: null });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    send({ id: 0, error: describe(error) });
  }
}

await run();
