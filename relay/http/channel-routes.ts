/** The routes that register, inspect and delete the channel of a token, and the route that returns its events. */

import type { FastifyInstance } from 'fastify';

import { MAX_VERDICTS } from '../../wire/link-api.ts';
import * as wire from '../../wire/relay-api.ts';
import { sealKeyFingerprint } from '../../wire/sealing/seal-key.ts';
import type { ChannelState, Registration } from '../store/rows/channel-state.ts';
import { webhookUrlOf } from '../webhook-url.ts';
import { notRegistered } from './authorization.ts';
import { createEventsResponses, listParts } from './events-response.ts';
import { register, registrableChannel } from './registration.ts';
import { ACTION, strictObject, WHOLE_NUMBER } from './schemas.ts';
import type { ServerOptions } from './server-options.ts';
import { goneSubscription, isoTime, optionalIsoTime, subscriptionState } from './subscription-formats.ts';

const EVENTS_SCHEMA = {
  querystring: strictObject({
    action: ACTION,
    limit: { type: 'integer', minimum: 1, maximum: MAX_VERDICTS, default: 3 },
    alone: { type: 'boolean', default: false },
    before: WHOLE_NUMBER,
  }),
};

const channelResponse = (origin: string, channel: string, registration: Registration): wire.ChannelResponse => ({
  channel,
  seal_key_fingerprint: sealKeyFingerprint(registration.sealKey),
  webhook_url: webhookUrlOf(origin, channel, registration),
});

function channelStateResponse(origin: string, state: ChannelState, now: number): wire.ChannelStateResponse {
  const subscriptions = state.subscriptions.map((subscription) => subscriptionState(now, subscription));
  return {
    ...channelResponse(origin, state.channel, state),
    created_at: isoTime(state.createdAt),
    last_event_at: optionalIsoTime(state.lastEventAt),
    old_webhook_url:
      state.oldUrlUntil === null
        ? null
        : { works_until: isoTime(state.oldUrlUntil), last_event_at: optionalIsoTime(state.oldUrlEventAt) },
    events_24h: state.events24h,
    others_24h: state.others24h,
    silent_at: optionalIsoTime(state.silentAt),
    stored_bytes: state.storedBytes,
    lag_seconds: Math.max(0, ...subscriptions.map(({ lag_seconds }) => lag_seconds)),
    subscriptions,
    gone_subscriptions: state.ended.filter(({ deadLetters }) => deadLetters > 0).map(goneSubscription),
  };
}

/** Adds the routes that register, inspect and delete the channel of a token, and the route that returns its events. */
export function channelRoutes(app: FastifyInstance, options: ServerOptions): void {
  const events = createEventsResponses();
  const { store, dispatcher, clock, registered, sealer, origin } = options;

  app.put(wire.CHANNEL_PATH, { config: { channelOf: registrableChannel } }, async (request) =>
    channelResponse(origin, request.channel, await register(request, options)),
  );

  app.get(wire.CHANNEL_PATH, async ({ channel }): Promise<wire.ChannelStateResponse> => {
    await dispatcher.saveResults();
    const now = clock.now();
    const state = await store.channelState(channel, now);
    if (!state) throw notRegistered();
    return channelStateResponse(origin, state, now);
  });

  app.delete(wire.CHANNEL_PATH, async ({ channel }, reply) => {
    await store.deleteChannel(channel);
    registered.forget(channel);
    sealer.forget(channel);
    return reply.code(204).send();
  });

  app.get<{ Querystring: { action?: string; limit: number; alone: boolean; before?: number } }>(
    wire.EVENTS_PATH,
    { schema: EVENTS_SCHEMA },
    async ({ channel, query }, reply) => {
      const { action = null, limit, alone, before = Number.MAX_SAFE_INTEGER } = query;
      let next: number | null = null;
      const read = async () => {
        const { range, end } = await store.window(channel, { after: 0, upTo: before - 1 }, 'newest first');
        const latest = await store.latest(channel, action, limit, alone, range);
        if (latest.length === 0) next = end;
        return latest;
      };
      return events.send(channel, reply, read, (deliveries) => listParts(deliveries, next));
    },
  );
}
