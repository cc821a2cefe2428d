/** The targets of a benchmark, in a thread of their own: each path is a Zap, and its beginning determines its behaviour. */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** `zap` responds at once, `slow` after 200 ms, `held` as `zap` once it has been released, and `hang` never. */
export type Behaviour = 'zap' | 'slow' | 'held' | 'hang';

const SLOW_MS = 200;

/** Requests since the last reset. Times are values of {@link sharedNow}. */
export interface Report {
  readonly count: number;
  readonly lastAt: number;
  /** Number of requests by path. */
  readonly paths: ReadonlyMap<string, number>;
  /** Milliseconds from the event's own time to its arrival, for all events at paths of the kind `zap`. */
  readonly latencies: readonly number[];
}

type Command = 'reset' | 'release' | 'report';

/** Returns the time of the monotonic clock that all processes and threads share, in milliseconds. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The time of an event, in its envelope or in its body. */
const EVENT_TIME = /"event_time":(\d+)|"timestamp": "([^"]+)"/;

function serveTargets(port: NonNullable<typeof parentPort>): void {
  let held: ServerResponse[] | null = [];
  let [count, lastAt] = [0, 0];
  const paths = new Map<string, number>();
  const latencies: number[] = [];

  function respond(path: string, response: ServerResponse): void {
    if (path.startsWith('/hang')) return;
    if (path.startsWith('/slow')) setTimeout(() => response.end(), SLOW_MS);
    else if (held && path.startsWith('/held')) held.push(response);
    else response.end();
  }

  const server = createServer((request, response) => {
    let start = '';
    request.on('data', (chunk: Buffer) => (start ||= chunk.toString('latin1', 0, 1000)));
    request.on('end', () => {
      const path = request.url ?? '';
      count++;
      lastAt = sharedNow();
      paths.set(path, (paths.get(path) ?? 0) + 1);
      const [, milliseconds, text = ''] = EVENT_TIME.exec(start) ?? [];
      if (path.startsWith('/zap')) latencies.push(lastAt - (milliseconds ? Number(milliseconds) : Date.parse(text)));
      respond(path, response);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    port.postMessage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  port.on('message', (command: Command) => {
    if (command === 'report') {
      port.postMessage({ count, lastAt, paths, latencies } satisfies Report);
      return;
    }
    for (const response of held ?? []) response.end();
    held = command === 'reset' ? [] : null;
    if (command === 'reset') {
      [count, lastAt, latencies.length] = [0, 0, 0];
      paths.clear();
    }
    port.postMessage('done');
  });
}

export class Targets {
  readonly #worker: Worker;
  readonly origin: string;

  private constructor(worker: Worker, origin: string) {
    this.#worker = worker;
    this.origin = origin;
  }

  static async start(): Promise<Targets> {
    const worker = new Worker(new URL(import.meta.url));
    worker.unref();
    return new Targets(worker, await Targets.#next<string>(worker));
  }

  static #next<T>(worker: Worker): Promise<T> {
    return new Promise((resolve) => worker.once('message', resolve));
  }

  #ask<T>(command: Command): Promise<T> {
    const response = Targets.#next<T>(this.#worker);
    this.#worker.postMessage(command);
    return response;
  }

  /** Forgets all requests, and holds the responses of `held` from now on. */
  reset(): Promise<void> {
    return this.#ask('reset');
  }

  /** Ends the responses of `held`. Resolves with the time. */
  async release(): Promise<number> {
    const now = sharedNow();
    await this.#ask('release');
    return now;
  }

  report(): Promise<Report> {
    return this.#ask('report');
  }
}

if (!isMainThread && parentPort) serveTargets(parentPort);
