/**
 * The Zaps of a chaos run, on one target server. Each Zap fails in a different way and checks the events that it
 * receives.
 */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { EnvelopeOpener, type OpenedContent } from '../../wire/sealing/envelope-opener.ts';
import { readEnvelope } from '../../wire/sealing/format.ts';
import { sign } from '../../wire/signature.ts';
import { ORIGIN } from '../harness/sample-delivery.ts';
import { startHttpServer } from '../harness/target-server.ts';
import { eventIdOf, type Sender } from './sender.ts';

/** Response time of the slow Zap, in milliseconds. */
const SLOW_MS = 3;
/** Number of requests that a Zap accepts before the Zap is deleted. */
const REQUESTS_UNTIL_GONE = 30;

/**
 * Returns the status of the response to a request; null to close the connection instead. `count` is the number of the
 * request, from 1.
 */
type Respond = (count: number) => number | null | Promise<number>;

/** Creates a Zap that has not received any event. */
const createZap = (name: string, sender: Sender, respond: Respond) => ({
  name,
  /** The sender of the Zap's account. */
  sender,
  respond,
  opener: new EnvelopeOpener(sender.account.key, ORIGIN),
  /** The delivery id of each event's first arrival, by event id, in the order of arrival. */
  arrivals: new Map<string, string>(),
  /** Ids of the events that were accepted with 200. */
  accepted: new Set<string>(),
  requests: 0,
  /**
   * Number of requests with a forged envelope. Such an envelope cannot be opened, for example because it belongs to
   * another account, or contains data that the sender did not sign and send.
   */
  forged: 0,
  /** Number of accompanying earlier events that are about another lesson, or that had not arrived before. */
  misplaced: 0,
  /** Number of events that arrived again after they had been accepted. */
  repeated: 0,
  /** Number of events that arrived again with a different delivery id, because the relay stored a duplicate. */
  storedTwice: 0,
});

export type Zap = ReturnType<typeof createZap>;

/** Returns the earlier deliveries that an envelope contains. */
const earlierIn = <Earlier>(envelope: { previous: Earlier | null; burst: readonly Earlier[] }): Earlier[] =>
  envelope.previous ? [envelope.previous, ...envelope.burst] : [...envelope.burst];

export type Zaps = Awaited<ReturnType<typeof startZaps>>;

/** Starts the Zaps. The Zaps fail rarely, because a relay pauses for 5 s after each failure. */
export async function startZaps(sender: Sender, otherSender: Sender) {
  const healthy = createZap('healthy', sender, () => 200);
  const deleted = createZap('deleted (410)', sender, (count) => (count > REQUESTS_UNTIL_GONE ? 410 : 200));
  const ofOtherChannel = createZap('of another channel', otherSender, () => 200);
  /** The Zaps that must receive every event of their account. */
  const live: readonly Zap[] = [
    healthy,
    createZap('failing (500)', sender, (count) => (count % 1000 === 50 ? 500 : 200)),
    createZap('rate-limiting (429)', sender, (count) => (count % 200 === 20 ? 429 : 200)),
    createZap('disconnecting', sender, (count) => (count % 1000 === 70 ? null : 200)),
    createZap('slow', sender, () => sleep(SLOW_MS, 200)),
    ofOtherChannel,
  ];
  const all: readonly Zap[] = [...live, deleted];

  /** Returns the id of an event that was sent. @throws {Error} if the sender did not sign and send these bytes */
  function eventIn({ sender: { account, events } }: Zap, { body, signature }: OpenedContent): string {
    const text = Buffer.from(body).toString();
    const id = eventIdOf(text);
    if (signature === sign(text, account.key) && events.get(id)?.body === text) return id;
    throw new Error('The delivery differs from every event that was sent.');
  }

  /**
   * Opens and verifies a delivery, as a Zap does, and records the delivery.
   *
   * @throws {Error} if the delivery is invalid
   */
  async function record(zap: Zap, text: string): Promise<string> {
    const envelope: unknown = JSON.parse(text);
    const opened = await zap.opener.open(envelope);
    const { events } = zap.sender;
    const earlier = earlierIn(opened).map((content) => eventIn(zap, content));
    if (earlier.length < earlierIn(readEnvelope(envelope)).length)
      throw new Error('An earlier event cannot be opened.');
    const id = eventIn(zap, opened);
    const deliveryId = opened.metadata.id;
    const lesson = events.get(id)?.lesson;
    zap.misplaced += earlier.filter((one) => events.get(one)?.lesson !== lesson || !zap.arrivals.has(one)).length;
    if (zap.accepted.has(id)) zap.repeated++;
    const isStoredTwice = (zap.arrivals.get(id) ?? deliveryId) !== deliveryId;
    if (isStoredTwice && !events.get(id)?.isUncertain) zap.storedTwice++;
    if (!zap.arrivals.has(id)) zap.arrivals.set(id, deliveryId);
    return id;
  }

  async function receive(url: string, body: Buffer, response: ServerResponse): Promise<void> {
    const zap = all[Number(url.slice(1))];
    if (!zap) throw new Error(`A relay sent a request to ${url}, which belongs to no Zap.`);
    const count = ++zap.requests;
    const id = await record(zap, body.toString()).catch(() => null);
    if (id === null) zap.forged++;
    response.once('finish', () => {
      if (id !== null && response.statusCode === 200) zap.accepted.add(id);
    });
    const status = await zap.respond(count);
    if (status === null) response.destroy();
    else response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {}).end();
  }

  const { origin, close } = await startHttpServer(({ url, body }, response) => void receive(url, body, response));
  return {
    origin,
    close,
    healthy,
    ofOtherChannel,
    live,
    all,
    /** Returns the number of requests to the deleted Zap after its first 410 response. */
    requestsAfterGone: (): number => Math.max(0, deleted.requests - REQUESTS_UNTIL_GONE - 1),
  };
}
