/** Large responses to `GET /channel/events`, from a server that has only this route. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';

import type { EnvelopeFields } from '../../../wire/sealing/format.ts';
import { envelopeText } from '../../../wire/sealing/envelope-text.ts';
import { storedDelivery } from '../support/stored-delivery.ts';
import { SECOND } from '../../harness/durations.ts';
import { durationOf, shortestDuration } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { createEventsResponses, listParts } from '../../http/events-response.ts';
import { handleError } from '../../http/problem.ts';
import type { Delivery } from '../../store/deliveries/stored-delivery.ts';

const MIB = 1024 * 1024;

let app: FastifyInstance;
let url: string;
let responses: ReturnType<typeof createEventsResponses>;
let deliveries: Delivery[];
let reading: number;
let read: () => Promise<Delivery[]>;
/** Called when the server looks up the channel of a request. */
let lookUp: () => Promise<undefined>;
/** Called when the operating system has taken a response. */
let ended: () => void;

const deliveryOf = (sealed: Buffer): Delivery => storedDelivery({ sealed });

beforeEach(async () => {
  responses = createEventsResponses();
  reading = 0;
  read = () => Promise.resolve(deliveries);
  lookUp = () => Promise.resolve(undefined);
  ended = () => undefined;
  app = fastify();
  app.setErrorHandler(handleError);
  app.addHook('preParsing', () => lookUp());
  app.addHook('onResponse', (_request, _reply, next) => {
    ended();
    next();
  });
  app.get<{ Params: { channel: string } }>('/:channel', async ({ params: { channel } }, reply) =>
    responses.send(
      channel,
      reply,
      () => {
        reading++;
        return read();
      },
      (found) => listParts(found, null),
    ),
  );
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

it.each([
  [[], null, { events: [] }],
  [[], 7, { events: [], next: 7 }],
  [[1, 2], 7, { events: [1, 2], next: 7 }],
])('the JSON of the deliveries %j with the next page %j is %j', (seqs, next, expected) => {
  const all = seqs.map((seq) => storedDelivery({ seq }));
  const text = [...listParts(all, next)].join('');
  const envelope: unknown = JSON.parse(envelopeText(storedDelivery()));
  expect(JSON.parse(text)).toEqual({ ...expected, events: expected.events.map(() => envelope) });
});

/** Requests a channel's events without reading the response. */
async function stall(channel: string): Promise<() => void> {
  const count = reading;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.pause();
  socket.write(`GET /${channel} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(socket, 'connect');
  await until(() => reading > count);
  return () => socket.destroy();
}

describe('GET /channel/events', () => {
  it('returns envelopes of any length', async () => {
    const lengths = [0, 1, 2, 3, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, MIB];
    deliveries = lengths.map((length) => deliveryOf(Buffer.alloc(length, 'é"\\')));
    const response = await fetch(`${url}/a`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { events } = (await response.json()) as { events: EnvelopeFields[] };
    expect(events.map((event) => JSON.stringify(event))).toEqual(deliveries.map(envelopeText));
  });

  it('sends one large response of a channel at a time, and responds with 503 to requests that have waited for a second', async () => {
    deliveries = [deliveryOf(Buffer.alloc(10 * MIB))];
    const end = await stall('a');
    const count = reading;
    const refused = async () => {
      const { status, headers } = await fetch(`${url}/a`);
      expect([status, headers.get('retry-after')]).toEqual([503, '10']);
    };
    // The connector's time limit is two seconds.
    const waited = await shortestDuration(2 * SECOND, () => durationOf(refused));
    expect(waited).toBeGreaterThan(0.9 * SECOND);
    expect(waited).toBeLessThan(2 * SECOND);
    // The server reads no delivery into memory before there is room.
    expect(reading).toBe(count);
    const waiting = fetch(`${url}/a`);
    end();
    expect((await waiting).status).toBe(200);
    await (await waiting).arrayBuffer();
    await until(() => responses.inFlight.total === 0);
  });

  it('keeps the bytes of a large response, and no more, until the client closes the connection', async () => {
    deliveries = [deliveryOf(Buffer.alloc(MIB / 8))];
    const hasEnded = Promise.withResolvers<undefined>();
    ended = () => {
      hasEnded.resolve(undefined);
    };
    const end = await stall('a');
    await hasEnded.promise;
    expect(responses.inFlight.total).toBe(MIB / 8);
    end();
    await until(() => responses.inFlight.total === 0);
  });

  it('releases all bytes if the deliveries cannot be read, or if the client disconnects during the read', async () => {
    deliveries = [deliveryOf(Buffer.alloc(100))];
    read = () => Promise.reject(new Error('disk'));
    expect([(await fetch(`${url}/a`)).status, reading]).toEqual([503, 1]);
    await until(() => responses.inFlight.total === 0);
    const held = Promise.withResolvers<Delivery[]>();
    read = () => held.promise;
    (await stall('a'))();
    await until(() => responses.inFlight.total === 0);
    held.resolve(deliveries);
  });

  it('limits the bytes of all responses, and releases the bytes of small responses after the read', async () => {
    deliveries = [deliveryOf(Buffer.alloc(10 * MIB))];
    const ends: (() => void)[] = [];
    for (const channel of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) ends.push(await stall(channel));
    expect((await fetch(`${url}/h`)).status).toBe(503);
    for (const end of ends) end();
    await until(() => responses.inFlight.total === 0);
    deliveries = [deliveryOf(Buffer.alloc(100))];
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await fetch(`${url}/h`)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('keeps no bytes for clients that disconnect while their channel is looked up', async () => {
    deliveries = [deliveryOf(Buffer.alloc(10 * MIB))];
    const { promise: found, resolve: find } = Promise.withResolvers<undefined>();
    const looking = new Set<Socket>();
    app.server.on('connection', (socket) => looking.add(socket));
    let lookUps = 0;
    lookUp = () => {
      lookUps++;
      return found;
    };
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => lookUps === 1);
    socket.destroy();
    await until(() => [...looking].every(({ closed }) => closed));
    find(undefined);
    const response = await fetch(`${url}/a`);
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    await until(() => responses.inFlight.total === 0);
  });
});
