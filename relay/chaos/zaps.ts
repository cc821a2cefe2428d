/** The Zaps of a chaos run, on one target server. Each fails in a different way and checks the events it receives. */

import type { ServerResponse } from 'node:http';

import type { OpenedContent } from '../../wire/sealing/envelope-opener.ts';
import { readEnvelope } from '../../wire/sealing/format.ts';
import { sign } from '../../wire/signature.ts';
import { openEnvelope } from '../harness/opened-deliveries.ts';
import { KEY } from '../harness/sample-delivery.ts';
import { startHttpServer, type HttpServer } from '../harness/target-server.ts';
import { eventIdOf, type Sender } from './sender.ts';

/** Response time of the slow Zap. */
const SLOW_MS = 3;
/** Number of requests that the deleted Zap accepts. */
const REQUESTS_UNTIL_GONE = 30;

/** A verified delivery. */
interface Arrival {
  readonly id: string;
  readonly deliveryId: string;
  /** Ids of the earlier events in the envelope. */
  readonly earlier: readonly string[];
}

export class Zap {
  readonly name: string;
  /** Responds to the request with this number, from 1. */
  readonly respond: (response: ServerResponse, count: number) => void;
  /** The delivery id of each event's first arrival, by event id, in the order of arrival. */
  readonly arrivals = new Map<string, string>();
  /** Ids of the events that were accepted with 200. */
  readonly accepted = new Set<string>();
  requests = 0;
  /** Number of requests whose envelope cannot be opened, or contains anything that the sender did not sign and send. */
  forged = 0;
  /** Number of earlier events in requests that are about another lesson, or had not arrived yet. */
  misplaced = 0;
  /** Number of events that arrived again after they had been accepted. */
  repeated = 0;
  /** Number of events that arrived again with another delivery id, because the relay stored a duplicate. */
  storedTwice = 0;

  constructor(name: string, respond: Zap['respond']) {
    this.name = name;
    this.respond = respond;
  }
}

const respondWith = (response: ServerResponse, status: number, headers: Record<string, string> = {}): void => {
  response.writeHead(status, headers).end();
};

/** Returns the earlier deliveries in an envelope. */
const earlierIn = <Earlier>({
  previous,
  burst,
}: {
  readonly previous: Earlier | null;
  readonly burst: readonly Earlier[];
}): Earlier[] => (previous ? [previous, ...burst] : [...burst]);

export class Zaps {
  readonly healthy = new Zap('healthy', (response) => {
    respondWith(response, 200);
  });
  readonly deleted = new Zap('deleted (410)', (response, count) => {
    respondWith(response, count > REQUESTS_UNTIL_GONE ? 410 : 200);
  });
  /** The Zaps at which every event must arrive. They fail rarely, because a relay pauses for 5 s after a failure. */
  readonly live: readonly Zap[] = [
    this.healthy,
    new Zap('failing (500)', (response, count) => {
      respondWith(response, count % 1000 === 50 ? 500 : 200);
    }),
    new Zap('rate-limiting (429)', (response, count) => {
      if (count % 200 === 20) respondWith(response, 429, { 'retry-after': '1' });
      else respondWith(response, 200);
    }),
    new Zap('disconnecting', (response, count) => {
      if (count % 1000 === 70) response.destroy();
      else respondWith(response, 200);
    }),
    new Zap('slow', (response) => {
      setTimeout(respondWith, SLOW_MS, response, 200);
    }),
  ];
  readonly all: readonly Zap[] = [...this.live, this.deleted];
  readonly #sender: Sender;
  #server: HttpServer | null = null;

  private constructor(sender: Sender) {
    this.#sender = sender;
  }

  static async start(sender: Sender): Promise<Zaps> {
    const zaps = new Zaps(sender);
    zaps.#server = await startHttpServer(({ url, body }, response) => void zaps.#receive(url, body, response));
    return zaps;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  /** Number of requests to the deleted Zap after its first 410 response. */
  get requestsAfterGone(): number {
    return Math.max(0, this.deleted.requests - REQUESTS_UNTIL_GONE - 1);
  }

  /** Returns the id of an event that was sent. @throws {Error} if the sender did not sign and send these bytes */
  #eventIn({ body, signature }: OpenedContent): string {
    const text = Buffer.from(body).toString();
    const id = eventIdOf(text);
    const isSent = signature === sign(text, KEY) && this.#sender.events.get(id)?.body === text;
    if (!isSent) throw new Error('The delivery differs from every event that was sent.');
    return id;
  }

  /** Opens and verifies a delivery, as a Zap does. @throws {Error} if any part of it is invalid */
  async #verify(text: string): Promise<Arrival> {
    const envelope: unknown = JSON.parse(text);
    const opened = await openEnvelope(envelope);
    const earlier = earlierIn(opened);
    if (earlier.length < earlierIn(readEnvelope(envelope)).length)
      throw new Error('An earlier event cannot be opened.');
    return {
      id: this.#eventIn(opened),
      deliveryId: opened.metadata.id,
      earlier: earlier.map((delivery) => this.#eventIn(delivery)),
    };
  }

  #record(zap: Zap, { id, deliveryId, earlier }: Arrival): void {
    const { events } = this.#sender;
    const lesson = events.get(id)?.lesson;
    zap.misplaced += earlier.filter((one) => events.get(one)?.lesson !== lesson || !zap.arrivals.has(one)).length;
    if (zap.accepted.has(id)) zap.repeated++;
    if ((zap.arrivals.get(id) ?? deliveryId) !== deliveryId) zap.storedTwice++;
    if (!zap.arrivals.has(id)) zap.arrivals.set(id, deliveryId);
  }

  async #receive(url: string, body: Buffer, response: ServerResponse): Promise<void> {
    const zap = this.all[Number(url.slice(1))];
    if (!zap) throw new Error(`A relay sent a request to ${url}, which belongs to no Zap.`);
    const count = ++zap.requests;
    const arrival = await this.#verify(body.toString()).catch(() => null);
    if (arrival) this.#record(zap, arrival);
    else zap.forged++;
    response.once('finish', () => {
      if (arrival && response.statusCode === 200) zap.accepted.add(arrival.id);
    });
    zap.respond(response, count);
  }

  close(): void {
    this.#server?.close();
  }
}
