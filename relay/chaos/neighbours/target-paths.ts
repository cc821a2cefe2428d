/** A target server on which each path stands for a Zap, and which records the arrivals at each path. */

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import { startHttpServer, type HttpServer } from '../../harness/target-server.ts';
import { eventIdOf } from '../load-generator.ts';

/** Bytes at the start of a body in which the id of its event is looked for. */
const START_BYTES = 300;

/** A request that arrived at a path. */
export interface Arrival {
  /** Time of the arrival, by `performance.now()`. */
  readonly at: number;
  /** Id of the first event. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
}

export class TargetPaths {
  /** Responds to a request; by default with 200. */
  respond: (response: ServerResponse, path: string, arrival: Arrival) => void = (response) => response.end('ok');
  readonly #arrivals = new Map<string, Arrival[]>();
  #server: HttpServer | null = null;

  static async start(): Promise<TargetPaths> {
    const target = new TargetPaths();
    target.#server = await startHttpServer(({ url, headers, body }, response) => {
      const arrival = { at: performance.now(), id: eventIdOf(body.toString('latin1', 0, START_BYTES)), headers };
      target.at(url).push(arrival);
      target.respond(response, url, arrival);
    });
    return target;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  /** Returns the arrivals at a path so far, in order. */
  at(path: string): Arrival[] {
    let arrivals = this.#arrivals.get(path);
    if (!arrivals) this.#arrivals.set(path, (arrivals = []));
    return arrivals;
  }

  /** Returns the ids of the events that arrived at a path so far, in order. */
  idsAt(path: string): string[] {
    return this.at(path).map(({ id }) => id);
  }

  /** Returns the number of arrivals at all paths. */
  get count(): number {
    return [...this.#arrivals.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Forgets all arrivals. */
  clear(): void {
    this.#arrivals.clear();
  }

  close(): void {
    this.#server?.close();
  }
}
