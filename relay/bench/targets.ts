/** The targets of the bench: each path is a Zap, and its beginning determines its behaviour. */

import type { ServerResponse } from 'node:http';

import { startHttpServer } from '../harness/target-server.ts';

/** `zap` responds at once, `slow` after 200 ms, `held` at once after its release, and `hang` never. */
export type Behaviour = 'zap' | 'slow' | 'held' | 'hang';

const SLOW_MS = 200;

/** The time of an event by `performance.now()`, which {@link timestampNow} has put into the event. */
const EVENT_TIME = /"event_time":(\d+)|"timestamp": "([^"]+)"/;

/** Returns the time of `performance.now()` as a timestamp. The relay leaves timestamps unencrypted. */
export const timestampNow = (): string => new Date(performance.now()).toISOString();

export class Targets {
  origin = '';
  /** Number of requests since the last reset, in total and by path. */
  count = 0;
  readonly paths = new Map<string, number>();
  /** Milliseconds from the events' own times to their arrivals at paths of the kind `zap`. */
  latencies: number[] = [];
  #held: ServerResponse[] | null = null;

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
    const [, milliseconds, timestamp = ''] = EVENT_TIME.exec(start) ?? [];
    if (path.startsWith('/zap')) {
      this.latencies.push(performance.now() - (milliseconds ? Number(milliseconds) : Date.parse(timestamp)));
    }
    if (path.startsWith('/hang')) return;
    if (path.startsWith('/slow')) setTimeout(() => response.end(), SLOW_MS);
    else if (this.#held && path.startsWith('/held')) this.#held.push(response);
    else response.end();
  }

  /** Forgets all requests. */
  reset(): void {
    this.count = 0;
    this.paths.clear();
    this.latencies = [];
  }

  /** Holds all responses of `held` from now on. */
  hold(): void {
    this.#held = [];
  }

  /** Ends the responses that were held. */
  release(): void {
    for (const response of this.#held ?? []) response.end();
    this.#held = null;
  }
}
