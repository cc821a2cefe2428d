/** The targets of the bench: each path is a Zap, and its beginning determines its behaviour. */

import type { ServerResponse } from 'node:http';

import { startHttpServer } from '../harness/target-server.ts';

/** `zap` responds at once, `slow` after 200 ms, `held` when {@link Targets.held} resolves, and `hang` never. */
export type Behaviour = 'zap' | 'slow' | 'held' | 'hang';

const SLOW_MS = 200;

/** Returns the time of `performance.now()` as a timestamp. The relay leaves timestamps unencrypted. */
export const timestampNow = (): string => new Date(performance.now()).toISOString();
/** The same time in a delivery of the relay. */
const EVENT_TIME = /"event_time":(\d+)/;

export class Targets {
  origin = '';
  held: Promise<unknown> = Promise.resolve();
  /** Number of requests since the last reset, in total and by path. */
  count = 0;
  readonly paths = new Map<string, number>();
  /** Milliseconds from the events' own times to their arrivals at paths of the kind `zap`. */
  latencies: number[] = [];

  static async start(): Promise<Targets> {
    const targets = new Targets();
    const server = await startHttpServer(({ url, body }, response) => {
      targets.#receive(url, body.toString('latin1', 0, 1000), response);
    });
    server.server.keepAliveTimeout = 60_000;
    targets.origin = server.origin;
    return targets;
  }

  #receive(path: string, start: string, response: ServerResponse): void {
    this.count++;
    this.paths.set(path, (this.paths.get(path) ?? 0) + 1);
    if (path.startsWith('/zap')) this.latencies.push(performance.now() - Number(EVENT_TIME.exec(start)?.[1]));
    if (path.startsWith('/hang')) return;
    if (path.startsWith('/slow')) setTimeout(() => response.end(), SLOW_MS);
    else if (path.startsWith('/held')) void this.held.then(() => response.end());
    else response.end();
  }

  /** Forgets all requests. */
  reset(): void {
    this.count = 0;
    this.paths.clear();
    this.latencies = [];
  }
}
