/** A target server on which each path represents a Zap. The server opens and records the deliveries to each path. */

import type { ServerResponse } from 'node:http';

import { isJsonObject } from '../../../wire/json.ts';
import type { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import type { DeliveryContent } from '../../../wire/sealing/format.ts';
import { startHttpServer, type HttpServer, type ReceivedRequest } from '../../harness/target-server.ts';
import { eventIdOf } from '../sent-event.ts';

/** Number of bytes to search for the id of the event at the start of a body. */
const START_BYTES = 300;

/** Larger envelopes are not opened, because that would take processor time from the relay that is being measured. */
const MAX_OPENED_BYTES = 256 * 1024;

/** A request that arrived at a path. */
export interface Arrival {
  /** Time of the arrival, by `performance.now()`. */
  readonly at: number;
  /** Id of the first event; empty if the envelope was not opened. */
  readonly id: string;
  /** Content-Type of the request in which the relay received the event. */
  readonly contentType: string;
}

const parse = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
};

export class TargetPaths {
  /** Responds to a request, by default with status 200. */
  respond: (response: ServerResponse, path: string, arrival: Arrival) => void = (response) => response.end('ok');
  /** Number of requests whose envelope could not be opened. */
  rejected = 0;
  readonly #arrivals = new Map<string, Arrival[]>();
  readonly #openers = new Map<string, EnvelopeOpener>();
  #server: HttpServer | null = null;

  static async start(): Promise<TargetPaths> {
    const target = new TargetPaths();
    target.#server = await startHttpServer((request, response) => void target.#receive(request, response));
    return target;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  /** Registers a channel whose deliveries are opened from now on. */
  addOpener(channel: string, opener: EnvelopeOpener): void {
    this.#openers.set(channel, opener);
  }

  async #receive({ url, body }: ReceivedRequest, response: ServerResponse): Promise<void> {
    const at = performance.now();
    const isOpened = body.length <= MAX_OPENED_BYTES;
    const content = isOpened ? await this.#open(parse(body)) : null;
    if (isOpened && !content) this.rejected++;
    const start = Buffer.from(content?.body.subarray(0, START_BYTES) ?? []);
    const arrival = { at, id: eventIdOf(start.toString('latin1')), contentType: content?.contentType ?? '' };
    this.at(url).push(arrival);
    this.respond(response, url, arrival);
  }

  /** Opens an envelope. Returns null for an invalid delivery. */
  async #open(envelope: unknown): Promise<DeliveryContent | null> {
    const opener = isJsonObject(envelope) ? this.#openers.get(String(envelope.channel)) : undefined;
    return (await opener?.open(envelope).catch(() => null)) ?? null;
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
