/** The routes that list channels, subscriptions and events. None of them shows the content of an event. */

import type { FastifyPluginCallback } from 'fastify';

import type { Clock } from '../clock.ts';
import type { Dispatcher } from '../delivery/dispatcher.ts';
import { isoTime } from '../http/iso-time.ts';
import { notFound } from '../http/problem.ts';
import { shortNameOf, targetNameOf } from '../short-name.ts';
import type { ChannelSummary } from '../store/operator-store.ts';
import type { Store } from '../store/store.ts';
import type { SubscriptionState } from '../store/subscription.ts';
import { findChannel, findSubscription } from './lookup.ts';
import type {
  ChannelLine,
  ChannelRequest,
  ChannelsResponse,
  DeadResponse,
  ListRequest,
  SubscriptionLine,
  SubscriptionsResponse,
  WaitingResponse,
} from './protocol.ts';
import { LIST_SCHEMA, OPTIONAL_CHANNEL_SCHEMA } from './schemas.ts';

export interface ListRouteOptions {
  readonly store: Store;
  readonly dispatcher: Pick<Dispatcher, 'settle'>;
  readonly clock: Clock;
}

const optionalTime = (time: number | null): string | null => (time === null ? null : isoTime(time));

const channelLine = (summary: ChannelSummary): ChannelLine => ({
  channel: shortNameOf(summary.channel),
  created_at: isoTime(summary.createdAt),
  last_event_at: optionalTime(summary.lastEventAt),
  subscriptions: summary.subscriptions,
  failing: summary.failing,
  paused: summary.paused,
  waiting: summary.waiting,
  oldest_waiting_at: optionalTime(summary.oldestWaitingAt),
  dead_letters: summary.deadLetters,
  remembered: summary.rememberedDeliveries,
  stored_bytes: summary.storedBytes,
});

const subscriptionLine = (state: SubscriptionState): SubscriptionLine => ({
  subscription: state.id,
  channel: shortNameOf(state.channel),
  target: targetNameOf(state.targetUrl),
  actions: 'actions' in state.filter ? state.filter.actions : null,
  all_except: 'all_except' in state.filter ? state.filter.all_except : null,
  created_at: isoTime(state.createdAt),
  last_success_at: optionalTime(state.lastSuccessAt),
  failures: state.failures,
  failing_since: optionalTime(state.failingSince),
  last_failure: state.lastFailure,
  next_attempt_at: state.failures > 0 ? isoTime(state.nextAttemptAt) : null,
  waiting: state.pending,
  oldest_waiting_at: optionalTime(state.oldestPendingAt),
  dead_letters: state.deadLetters,
  paused_since: optionalTime(state.pausedAt),
  is_redriving: state.isRedriving,
});

/** Order of subscriptions in a list: subscriptions whose events have waited longest come first. */
const byOldestWaiting = (one: SubscriptionState, other: SubscriptionState): number =>
  (one.oldestPendingAt ?? Infinity) - (other.oldestPendingAt ?? Infinity) || other.deadLetters - one.deadLetters;

export const listRoutes: FastifyPluginCallback<ListRouteOptions> = (app, { store, dispatcher, clock }, done) => {
  async function statesOf(channel: string): Promise<readonly SubscriptionState[]> {
    return (await store.channelState(channel, clock.now()))?.subscriptions ?? [];
  }

  /** @throws {Problem} if the request names no subscription */
  async function requestedState(text: string): Promise<SubscriptionState> {
    await dispatcher.settle();
    const { channel, id } = await findSubscription(store, text);
    const state = (await statesOf(channel)).find((candidate) => candidate.id === id);
    if (!state) throw notFound('The subscription was just deleted.');
    return state;
  }

  app.post('/channels', async (): Promise<ChannelsResponse> => {
    await dispatcher.settle();
    return { channels: (await store.channelSummaries()).map(channelLine) };
  });

  app.post<{ Body: Partial<ChannelRequest> }>(
    '/subscriptions',
    { schema: OPTIONAL_CHANNEL_SCHEMA },
    async ({ body: { channel } }): Promise<SubscriptionsResponse> => {
      await dispatcher.settle();
      const channels =
        channel === undefined
          ? (await store.channelSummaries()).filter(({ subscriptions }) => subscriptions > 0)
          : [{ channel: await findChannel(store, channel) }];
      const states: SubscriptionState[] = [];
      for (const found of channels) states.push(...(await statesOf(found.channel)));
      return { subscriptions: states.sort(byOldestWaiting).map(subscriptionLine) };
    },
  );

  app.post<{ Body: ListRequest }>(
    '/waiting',
    { schema: LIST_SCHEMA },
    async ({ body: { subscription, limit } }): Promise<WaitingResponse> => {
      const state = await requestedState(subscription);
      const events = await store.waitingSummaries(state.id, limit);
      return {
        subscription: subscriptionLine(state),
        events: events.map(({ seq, receivedAt, actions, bytes }, index) => ({
          number: seq,
          received_at: isoTime(receivedAt),
          actions,
          bytes,
          attempts: index === 0 ? state.failures : 0,
        })),
      };
    },
  );

  app.post<{ Body: ListRequest }>(
    '/dead',
    { schema: LIST_SCHEMA },
    async ({ body: { subscription, limit } }): Promise<DeadResponse> => {
      const state = await requestedState(subscription);
      const events = await store.deadLetterSummaries(state.id, 0, limit);
      return {
        subscription: subscriptionLine(state),
        events: events.map(({ seq, receivedAt, deadAt, actions, bytes, reason, isRedriven }) => ({
          number: seq,
          received_at: isoTime(receivedAt),
          dead_at: isoTime(deadAt),
          actions,
          bytes,
          reason,
          is_redriven: isRedriven,
        })),
      };
    },
  );
  done();
};
