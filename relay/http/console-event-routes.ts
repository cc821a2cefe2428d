/** The routes that return the console's events: a page of the list, a single event, and the outcomes of an event. */

import type { FastifyInstance } from 'fastify';

import * as wire from '../../wire/console-api.ts';
import { envelopeParts } from '../../wire/sealing/envelope-text.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import { atZapInDetail, eventPage } from './event-formats.ts';
import { noEvent, type ConsoleParts } from './console-parts.ts';
import { createEventsResponses } from './events-response.ts';
import { EVENT_CONDITIONS, requiredObject, strictObject, WHOLE_NUMBER } from './schemas.ts';

const LIST_SCHEMA = {
  querystring: strictObject({
    ...EVENT_CONDITIONS,
    before: WHOLE_NUMBER,
    limit: { type: 'integer', minimum: 1, maximum: wire.MAX_LISTED_EVENTS, default: wire.DEFAULT_LISTED_EVENTS },
    known_up_to: WHOLE_NUMBER,
  }),
};

const EVENT_PATH = `${wire.CONSOLE_EVENTS_PATH}/:number`;
const EVENT_SCHEMA = { params: requiredObject({ number: WHOLE_NUMBER }) };

interface EventRoute {
  Params: { number: number };
}

/** Yields, in parts, the JSON of the response about a single event. */
function* partsOf(event: wire.EventOutcomesResponse, deliveries: readonly Delivery[]): Generator<string> {
  for (const delivery of deliveries) {
    yield '{"envelope":';
    yield* envelopeParts(delivery);
    yield `,${JSON.stringify(event).slice(1)}`;
  }
}

/**
 * Returns an event with the event's sequence number, and the outcome for each Zap.
 *
 * @throws {Problem} 404 if there is no such event
 */
async function eventInDetail({ store, eventsOf }: ConsoleParts, channel: string, number: number) {
  const events = await eventsOf(channel);
  const event = await events.event(number);
  if (!event) throw noEvent();
  const attempts = await store.attemptsOf(channel, event.seq);
  const zaps = await Promise.all(
    event.zaps.map((atZap) => atZapInDetail(store, channel, events, event, atZap, attempts)),
  );
  const detail: wire.EventOutcomesResponse = { number, outcome: event.outcome, zaps };
  return { detail, seq: event.seq };
}

/** Adds the console's routes that return events. */
export function consoleEventRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, channelOf, eventsOf, search } = parts;
  const responses = createEventsResponses();

  app.get<{ Querystring: wire.EventsQuery }>(
    wire.CONSOLE_EVENTS_PATH,
    { schema: LIST_SCHEMA },
    async (request, reply) => {
      const channel = await channelOf(request);
      const { before = Infinity, limit = wire.DEFAULT_LISTED_EVENTS, known_up_to = 0, ...conditions } = request.query;
      const upTo = Math.min(before, Number.MAX_SAFE_INTEGER) - 1;
      const found = await search(request, async () =>
        (await eventsOf(channel, conditions.zap)).find(conditions, { after: 0, upTo }, limit),
      );
      return reply.type('application/json; charset=utf-8').send(await eventPage(store, channel, found, known_up_to));
    },
  );

  app.get<EventRoute>(EVENT_PATH, { schema: EVENT_SCHEMA }, async (request, reply) => {
    const channel = await channelOf(request);
    const { detail, seq } = await eventInDetail(parts, channel, request.params.number);
    const read = async (): Promise<Delivery[]> => {
      const delivery = await store.delivery(channel, seq);
      if (!delivery) throw noEvent();
      return [delivery];
    };
    return responses.send(channel, reply, read, (deliveries) => partsOf(detail, deliveries));
  });

  app.get<EventRoute>(
    `${EVENT_PATH}/zaps`,
    { schema: EVENT_SCHEMA },
    async (request): Promise<wire.EventOutcomesResponse> => {
      const channel = await channelOf(request);
      return (await eventInDetail(parts, channel, request.params.number)).detail;
    },
  );
}
