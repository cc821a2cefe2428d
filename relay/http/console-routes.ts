/** The routes that the console's page calls. The link of a request determines the channel; parameters never do. */

import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';

import * as wire from '../../wire/console-api.ts';
import { envelopeParts } from '../../wire/sealing/envelope-text.ts';
import { channelEventsOf, type ChannelEvents } from '../events/channel-events.ts';
import { selectByConditions, selectOne, successorOf, type Selection } from '../events/send-again.ts';
import { createReusedResults } from '../reused-results.ts';
import type { ChannelState } from '../store/channel-state.ts';
import type { Delivery } from '../store/delivery.ts';
import { createTurns, TooManyWaiting } from '../turns.ts';
import { webhookUrlOf } from '../webhook-url.ts';
import { decideByHeaders } from './authorization.ts';
import { createConsoleAccess } from './console-access.ts';
import { atZapInDetail, eventPage } from './console-events.ts';
import { createEventsResponses } from './events-response.ts';
import { conflict, notFound, tooManyRequests, type Problem } from './problem.ts';
import { ACTION, requiredObject, strictObject, UUID, WHOLE_NUMBER } from './schemas.ts';
import type { RouteOptions } from './server-options.ts';
import { consoleZap, endedZap } from './subscription-state.ts';

/** Maximum time for which a result of the overview is reused, in milliseconds. */
const MAX_OVERVIEW_AGE_MS = 30_000;

/** Number of searches with one link that may wait for a running search with this link. A page needs three. */
const MAX_WAITING_SEARCHES = 10;

const CONDITIONS = {
  outcome: { type: 'string', enum: wire.OUTCOMES },
  zap: UUID,
  action: { type: 'array', items: ACTION, minItems: 1, maxItems: wire.MAX_FILTERED_ACTIONS },
  from: WHOLE_NUMBER,
  to: WHOLE_NUMBER,
} as const;

const EVENTS_SCHEMA = {
  querystring: strictObject({
    ...CONDITIONS,
    before: WHOLE_NUMBER,
    limit: { type: 'integer', minimum: 1, maximum: wire.MAX_LISTED_EVENTS, default: wire.DEFAULT_LISTED_EVENTS },
    known_up_to: WHOLE_NUMBER,
  }),
};

const EVENT_SCHEMA = { params: requiredObject({ number: WHOLE_NUMBER }) };

const SEND_ONE = requiredObject({ dry_run: { type: 'boolean' }, number: WHOLE_NUMBER, zap: UUID });
const SEND_SELECTED = strictObject(
  {
    dry_run: { type: 'boolean' },
    conditions: strictObject(CONDITIONS),
    after: WHOLE_NUMBER,
    up_to: WHOLE_NUMBER,
  },
  ['dry_run', 'conditions'],
);
const SEND_AGAIN_SCHEMA = { body: { oneOf: [SEND_ONE, SEND_SELECTED] } };

const RETRY_SCHEMA = { body: strictObject({ zap: UUID }) };

const noEvent = (): Problem => notFound('This event does not exist, or it is no longer stored.');

/** Yields the JSON of the response about one event in parts. */
function* partsOf(event: wire.EventOutcomesResponse, deliveries: readonly Delivery[]): Generator<string> {
  for (const delivery of deliveries) {
    yield '{"envelope":';
    yield* envelopeParts(delivery);
    yield `,${JSON.stringify(event).slice(1)}`;
  }
}

export const consoleRoutes: FastifyPluginAsync<RouteOptions> = async (app, options) => {
  const { store, dispatcher, clock, origin, maxOverviewAgeMs = MAX_OVERVIEW_AGE_MS } = options;
  const { limit, linkOf } = createConsoleAccess(options);
  const states = createReusedResults<ChannelState | null>({ maxAgeMs: maxOverviewAgeMs });
  const counts = createReusedResults<wire.HourCounts[]>({ maxAgeMs: maxOverviewAgeMs });
  const responses = createEventsResponses();
  const turns = createTurns(MAX_WAITING_SEARCHES);
  await app.register(rateLimit, limit);
  decideByHeaders(app, options.connections, async (request) => (await linkOf(request)).channel);
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });

  /** @throws {Problem} 404 if the channel has no such Zap */
  async function eventsOf(channel: string, zap?: string): Promise<ChannelEvents> {
    const events = await channelEventsOf(store, channel);
    if (zap === undefined || events.zaps.some(({ id }) => id === zap)) return events;
    throw notFound('This Zap does not exist, or it has been turned off.');
  }

  /** Searches events after all earlier searches with the same link. @throws {Problem} 429 if too many searches wait */
  async function search<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> {
    const { tokenHash } = await linkOf(request);
    try {
      return await turns(tokenHash, work);
    } catch (error) {
      throw error instanceof TooManyWaiting
        ? tooManyRequests('Too many searches with this link. Try again soon.')
        : error;
    }
  }

  /** Reads from the store after saving all results, so that its state is current. */
  async function afterResults<T>(read: () => Promise<T>): Promise<T> {
    await dispatcher.saveResults();
    return read();
  }

  /** Returns the channel of a request's link, after saving all results. */
  const channelOf = ({ channel }: FastifyRequest): Promise<string> => afterResults(() => Promise.resolve(channel));

  app.get(wire.CONSOLE_LINK_PATH, async (request): Promise<wire.ConsoleLinkResponse> => {
    const { channel, expiresAt, keys, verdict, verdicts } = await linkOf(request);
    return { channel, expires_at: expiresAt, keys, verdict, verdicts };
  });

  app.get(wire.CONSOLE_OVERVIEW_PATH, async (request): Promise<wire.OverviewResponse> => {
    const { channel } = request;
    const now = clock.now();
    const [state, hours] = await Promise.all([
      states.get(channel, () => afterResults(() => store.channelState(channel, now))),
      counts.get(channel, () => afterResults(() => store.hourCounts(channel, now))),
    ]);
    if (!state) throw notFound('This channel is no longer registered. Open a fresh link in the Zap editor.');
    return {
      now,
      webhook_url: webhookUrlOf(origin, channel, state),
      created_at: state.createdAt,
      last_webhook_at: state.lastEventAt,
      silent_at: state.silentAt,
      zaps: state.subscriptions.map(consoleZap),
      ended_zaps: state.ended.map(endedZap),
      hours,
    };
  });

  app.get<{ Querystring: wire.EventsQuery }>(
    wire.CONSOLE_EVENTS_PATH,
    { schema: EVENTS_SCHEMA },
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

  /** Returns an event with its outcome for each Zap, and its sequence number. @throws {Problem} 404 if there is none */
  async function eventInDetail(channel: string, number: number) {
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

  interface EventRoute {
    Params: { number: number };
  }
  const eventPath = `${wire.CONSOLE_EVENTS_PATH}/:number`;

  app.get<EventRoute>(eventPath, { schema: EVENT_SCHEMA }, async (request, reply) => {
    const channel = await channelOf(request);
    const { detail, seq } = await eventInDetail(channel, request.params.number);
    const read = async (): Promise<Delivery[]> => {
      const delivery = await store.delivery(channel, seq);
      if (!delivery) throw noEvent();
      return [delivery];
    };
    return responses.send(channel, reply, read, (deliveries) => partsOf(detail, deliveries));
  });

  app.get<EventRoute>(
    `${eventPath}/zaps`,
    { schema: EVENT_SCHEMA },
    async (request): Promise<wire.EventOutcomesResponse> => {
      const channel = await channelOf(request);
      return (await eventInDetail(channel, request.params.number)).detail;
    },
  );

  async function selectionOf(channel: string, body: wire.SendAgainRequest): Promise<Selection> {
    const zap = 'conditions' in body ? body.conditions.zap : body.zap;
    const events = await eventsOf(channel, zap);
    const ended = events.zaps.find(({ id, endedAt }) => id === zap && endedAt !== null);
    const successor = ended && successorOf(ended, events.zaps);
    if (ended && !successor) {
      throw conflict(
        'This Zap is off, and no Zap with the same trigger and choices is on. Turn one on in Zapier, then try again.',
      );
    }
    if ('conditions' in body) {
      const { after = 0, up_to = Infinity } = body;
      const range = { after, upTo: Math.min(up_to, await events.newest()) };
      return selectByConditions(events, body.conditions, range, successor);
    }
    const event = await events.event(body.number);
    if (!event) throw noEvent();
    const selection = selectOne(event, body.zap, successor);
    if (selection) return selection;
    throw conflict('The trigger of this Zap does not select this event, so the event cannot be sent to it.');
  }

  app.post<{ Body: wire.SendAgainRequest }>(
    wire.CONSOLE_SEND_AGAIN_PATH,
    { schema: SEND_AGAIN_SCHEMA },
    async (request): Promise<wire.SendAgainResponse> => {
      const channel = await channelOf(request);
      const { repetitions, response } = await search(request, () => selectionOf(channel, request.body));
      if (request.body.dry_run || repetitions.length === 0) return response;
      const sent = await store.sendAgain(channel, repetitions, wire.MAX_SENT_AGAIN, clock.now());
      if (sent === 'busy') {
        throw conflict(
          `Other events are still being sent again. At most ${wire.MAX_SENT_AGAIN} can be sent again at a time. ` +
            'Wait until they have arrived, then send the others.',
        );
      }
      states.forget(channel);
      counts.forget(channel);
      return { ...response, deliveries: sent.marked, waiting: response.waiting + sent.waiting };
    },
  );

  app.post<{ Body: wire.RetryRequest }>(
    wire.CONSOLE_RETRY_PATH,
    { schema: RETRY_SCHEMA, config: { rateLimit: { max: wire.RETRIES_PER_MINUTE } } },
    async (request): Promise<wire.RetryResponse> => {
      const channel = await channelOf(request);
      const { zap } = request.body;
      await eventsOf(channel, zap);
      const zaps = await store.retryNow(channel, zap ?? null, clock.now());
      states.forget(channel);
      return { zaps };
    },
  );
};
