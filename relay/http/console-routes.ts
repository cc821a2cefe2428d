/** The routes that the console's page calls. The link of a request determines the channel; parameters never do. */

import rateLimit from '@fastify/rate-limit';
import type { FastifyPluginAsync } from 'fastify';

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  DEFAULT_LISTED_EVENTS,
  MAX_SENT_AGAIN,
  CONSOLE_RETRY_PATH,
  RETRIES_PER_MINUTE,
  type ConsoleLinkResponse,
  type EventOutcomesResponse,
  type EventsQuery,
  type HourCounts,
  type OverviewResponse,
  type RetryRequest,
  type RetryResponse,
  type SendAgainRequest,
  type SendAgainResponse,
} from '../../wire/console-api.ts';
import { envelopeParts } from '../../wire/sealing/envelope-text.ts';
import { ChannelEvents } from '../events/channel-events.ts';
import {
  selectByConditions,
  selectOne,
  selectOneForSuccessor,
  successorOf,
  type Selection,
} from '../events/send-again.ts';
import { createReusedResults } from '../reused-results.ts';
import type { ChannelState } from '../store/channels.ts';
import type { Delivery } from '../store/delivery.ts';
import { webhookUrlOf } from '../webhook-url.ts';
import { createConsoleAccess } from './console-access.ts';
import { consoleZap, endedZap, atZapInDetail } from './console-responses.ts';
import { EVENT_SCHEMA, EVENTS_SCHEMA, RETRY_SCHEMA, SEND_AGAIN_SCHEMA } from './console-schemas.ts';
import { createEventsResponses } from './events-response.ts';
import { eventPage } from './event-page.ts';
import { conflict, notFound, type Problem } from './problem.ts';
import type { ServerOptions } from './server-options.ts';

/** Maximum time for which a result of the overview is reused, in milliseconds. */
const MAX_OVERVIEW_AGE_MS = 30_000;

const noChannel = (): Problem => notFound('This channel is no longer registered. Open a fresh link in the Zap editor.');
const noEvent = (): Problem => notFound('This event does not exist, or it is no longer stored.');
const noZap = (): Problem => notFound('This Zap does not exist, or it has been turned off.');
const notSelected = (): Problem =>
  conflict('The trigger of this Zap does not select this event, so the event cannot be sent to it.');
const noSuccessor = (): Problem =>
  conflict(
    'This Zap is off, and no Zap with the same trigger and choices is on. Turn one on in Zapier, then try again.',
  );
const busy = (): Problem =>
  conflict(
    `Other events are still being sent again. At most ${MAX_SENT_AGAIN} can be sent again at a time. ` +
      'Wait until they have arrived, then send the others.',
  );

/** Yields the JSON of the response about one event in parts. */
function* partsOf(event: EventOutcomesResponse, deliveries: readonly Delivery[]): Generator<string> {
  for (const delivery of deliveries) {
    yield '{"envelope":';
    yield* envelopeParts(delivery);
    yield `,${JSON.stringify(event).slice(1)}`;
  }
}

export const consoleRoutes: FastifyPluginAsync<ServerOptions> = async (app, options) => {
  const { store, dispatcher, clock, origin, maxOverviewAgeMs = MAX_OVERVIEW_AGE_MS } = options;
  const access = createConsoleAccess(options);
  const states = createReusedResults<ChannelState | null>(maxOverviewAgeMs);
  const counts = createReusedResults<HourCounts[]>(maxOverviewAgeMs);
  const responses = createEventsResponses();
  await app.register(rateLimit, access.limit);
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
  });

  /** @throws {Problem} 404 if the channel has no such Zap */
  async function eventsOf(channel: string, zap?: string): Promise<ChannelEvents> {
    const events = await ChannelEvents.of(store, channel);
    if (zap !== undefined && !events.zaps.some(({ id }) => id === zap)) throw noZap();
    return events;
  }

  async function afterResults<T>(read: () => Promise<T>): Promise<T> {
    await dispatcher.saveResults();
    return read();
  }

  app.get(CONSOLE_LINK_PATH, async (request): Promise<ConsoleLinkResponse> => {
    const { channel, expiresAt, keys, verdict, verdicts } = await access.linkOf(request);
    return { channel, expires_at: expiresAt, keys, verdict, verdicts };
  });

  app.get(CONSOLE_OVERVIEW_PATH, async (request): Promise<OverviewResponse> => {
    const { channel } = await access.linkOf(request);
    const now = clock.now();
    const [state, hours] = await Promise.all([
      states.get(channel, () => afterResults(() => store.channelState(channel, now))),
      counts.get(channel, () => afterResults(() => store.hourCounts(channel, now))),
    ]);
    if (!state) throw noChannel();
    return {
      now,
      webhook_url: webhookUrlOf(origin, channel, state),
      created_at: state.createdAt,
      last_webhook_at: state.lastEventAt,
      longest_pause_ms: state.longestPauseMs,
      zaps: state.subscriptions.map(consoleZap),
      ended_zaps: state.ended.map(endedZap),
      hours,
    };
  });

  app.get<{ Querystring: EventsQuery }>(CONSOLE_EVENTS_PATH, { schema: EVENTS_SCHEMA }, async (request, reply) => {
    const { channel } = await access.linkOf(request);
    const {
      before = Number.MAX_SAFE_INTEGER,
      limit = DEFAULT_LISTED_EVENTS,
      known_up_to = 0,
      ...conditions
    } = request.query;
    await dispatcher.saveResults();
    const channelEvents = await eventsOf(channel, conditions.zap);
    const found = await channelEvents.find(conditions, { after: 0, upTo: before - 1 }, limit);
    return reply.type('application/json; charset=utf-8').send(await eventPage(store, channel, found, known_up_to));
  });

  /** Returns an event with its outcome for each Zap, and its sequence number. @throws {Problem} 404 if there is none */
  async function eventInDetail(channel: string, number: number): Promise<[detail: EventOutcomesResponse, seq: number]> {
    await dispatcher.saveResults();
    const events = await eventsOf(channel);
    const event = await events.event(number);
    if (!event) throw noEvent();
    const attempts = await store.attemptsOf(channel, event.seq);
    const zaps = event.zaps.map((atZap) =>
      atZapInDetail(
        atZap,
        events.zaps.find(({ id }) => id === atZap.zap),
        event.sends.find(({ subscriptionId }) => subscriptionId === atZap.zap),
        attempts,
      ),
    );
    return [{ number, outcome: event.outcome, zaps }, event.seq];
  }

  app.get<{ Params: { number: number } }>(
    `${CONSOLE_EVENTS_PATH}/:number`,
    { schema: EVENT_SCHEMA },
    async (request, reply) => {
      const { channel } = await access.linkOf(request);
      const [detail, seq] = await eventInDetail(channel, request.params.number);
      const read = async (): Promise<Delivery[]> => {
        const delivery = await store.delivery(channel, seq);
        if (!delivery) throw noEvent();
        return [delivery];
      };
      return responses.send(channel, reply, read, (deliveries) => partsOf(detail, deliveries));
    },
  );

  app.get<{ Params: { number: number } }>(
    `${CONSOLE_EVENTS_PATH}/:number/zaps`,
    { schema: EVENT_SCHEMA },
    async (request): Promise<EventOutcomesResponse> => {
      const { channel } = await access.linkOf(request);
      return (await eventInDetail(channel, request.params.number))[0];
    },
  );

  async function selectionOf(channel: string, body: SendAgainRequest): Promise<Selection> {
    const zap = 'conditions' in body ? body.conditions.zap : body.zap;
    const events = await eventsOf(channel, zap);
    const ended = events.zaps.find(({ id, endedAt }) => id === zap && endedAt !== null);
    const successor = ended && successorOf(ended, events.zaps);
    if (ended && !successor) throw noSuccessor();
    if ('conditions' in body) {
      const { after = 0, up_to = Infinity } = body;
      return selectByConditions(
        events,
        body.conditions,
        { after, upTo: Math.min(up_to, await events.newest()) },
        successor,
      );
    }
    const event = await events.event(body.number);
    if (!event) throw noEvent();
    if (ended && successor) return selectOneForSuccessor(event, ended.id, successor);
    const atZap = event.zaps.find((each) => each.zap === zap);
    if (!atZap) throw notSelected();
    return selectOne(event, atZap);
  }

  app.post<{ Body: SendAgainRequest }>(
    CONSOLE_SEND_AGAIN_PATH,
    { schema: SEND_AGAIN_SCHEMA },
    async (request): Promise<SendAgainResponse> => {
      const { channel } = await access.linkOf(request);
      await dispatcher.saveResults();
      const { repetitions, response } = await selectionOf(channel, request.body);
      if (request.body.dry_run || repetitions.length === 0) return response;
      const sent = await store.sendAgain(channel, repetitions, MAX_SENT_AGAIN, clock.now());
      if (sent === 'busy') throw busy();
      states.forget(channel);
      counts.forget(channel);
      return { ...response, deliveries: sent.marked, waiting: response.waiting + sent.waiting };
    },
  );

  app.post<{ Body: RetryRequest }>(
    CONSOLE_RETRY_PATH,
    { schema: RETRY_SCHEMA, config: { rateLimit: { max: RETRIES_PER_MINUTE } } },
    async (request): Promise<RetryResponse> => {
      const { channel } = await access.linkOf(request);
      const { zap } = request.body;
      await eventsOf(channel, zap);
      await dispatcher.saveResults();
      const zaps = await store.retryNow(channel, zap ?? null, clock.now());
      states.forget(channel);
      return { zaps };
    },
  );
};
