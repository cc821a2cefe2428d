/**
 * The commands that list channels, subscriptions and events. Their responses are also the output with `--json`. They
 * contain no content of events. Channels appear as short names, and targets as hosts and hashes, because webhook URLs
 * and Zaps' URLs grant access.
 */

import { isoTime, optionalIsoTime } from '../http/iso-time.ts';
import { notFound } from '../http/problem.ts';
import { hasGone, progressFields } from '../http/subscription-state.ts';
import { shortNameOf, targetNameOf, zapNamesOf } from '../short-name.ts';
import type { ChannelSummary, SendSummary } from '../store/operator.ts';
import type { SubscriptionState } from '../store/subscription.ts';
import type { CommandContext, CommandOptions } from './command-context.ts';
import { findChannel, findSubscription } from './lookup.ts';

/** Maximum length of a list of events. */
export const MAX_LIMIT = 1000;

const channelLine = (summary: ChannelSummary) => ({
  channel: shortNameOf(summary.channel),
  created_at: isoTime(summary.createdAt),
  last_event_at: optionalIsoTime(summary.lastEventAt),
  subscriptions: summary.subscriptions,
  failing: summary.failing,
  paused: summary.paused,
  waiting: summary.waiting,
  oldest_waiting_at: optionalIsoTime(summary.oldestWaitingAt),
  dead_letters: summary.deadLetters,
  remembered: summary.rememberedDeliveries,
  stored_bytes: summary.storedBytes,
});

const subscriptionLine = (state: SubscriptionState) => ({
  subscription: state.id,
  channel: shortNameOf(state.channel),
  ...zapNamesOf(state.description),
  target: state.targetUrl === '' ? '' : targetNameOf(state.targetUrl),
  /** Null if the subscription receives all actions except `all_except`. */
  actions: 'actions' in state.filter ? state.filter.actions : null,
  all_except: 'all_except' in state.filter ? state.filter.all_except : null,
  ...progressFields(state, isoTime),
  /** Time at which the Zap responded with 410 (off), which ended the subscription; null if it has not ended. */
  ended_at: optionalIsoTime(state.endedAt),
  waiting: state.pending,
  oldest_waiting_at: optionalIsoTime(state.oldestPendingAt),
  dead_letters: state.deadLetters,
  paused_since: optionalIsoTime(state.pausedAt),
  is_redriving: state.isRedriving,
});

/** A subscription in the responses. */
export type SubscriptionLine = ReturnType<typeof subscriptionLine>;

/** Order of subscriptions in a list: subscriptions whose events have waited longest come first. */
const byOldestWaiting = (one: SubscriptionState, other: SubscriptionState): number =>
  (one.oldestPendingAt ?? Infinity) - (other.oldestPendingAt ?? Infinity) || other.deadLetters - one.deadLetters;

async function statesOf({ store, clock }: CommandContext, channel: string): Promise<readonly SubscriptionState[]> {
  const state = await store.channelState(channel, clock.now());
  return state ? [...state.subscriptions, ...state.ended.filter(hasGone)] : [];
}

/** @throws {Problem} if the request names no subscription */
async function requestedState(context: CommandContext, text: string): Promise<SubscriptionState> {
  await context.dispatcher.saveResults();
  const { channel, id } = await findSubscription(context.store, text);
  const state = (await statesOf(context, channel)).find((candidate) => candidate.id === id);
  if (!state) throw notFound('The subscription was just deleted.');
  return state;
}

export async function listChannels({ store, dispatcher }: CommandContext) {
  await dispatcher.saveResults();
  return { channels: (await store.channelSummaries()).map(channelLine) };
}

/** @param channel - a name of the channel; empty for all channels */
export async function listSubscriptions(context: CommandContext, channel: string) {
  const { store, dispatcher } = context;
  await dispatcher.saveResults();
  const channels = channel === '' ? await store.channelSummaries() : [{ channel: await findChannel(store, channel) }];
  const states: SubscriptionState[] = [];
  for (const found of channels) states.push(...(await statesOf(context, found.channel)));
  return { subscriptions: states.sort(byOldestWaiting).map(subscriptionLine) };
}

const eventLine = ({ number, receivedAt, actions, bytes }: SendSummary) => ({
  number,
  received_at: isoTime(receivedAt),
  actions,
  bytes,
});

export async function listWaiting(context: CommandContext, subscription: string, { number: limit }: CommandOptions) {
  const state = await requestedState(context, subscription);
  const sends = await context.store.sendSummaries('waiting', state.id, limit);
  // Only the oldest event is attempted. Its attempts are the consecutive failed ones.
  const events = sends.map((send, index) => ({ ...eventLine(send), attempts: index === 0 ? state.failures : 0 }));
  return { subscription: subscriptionLine(state), events };
}

export async function listDead(context: CommandContext, subscription: string, { number: limit }: CommandOptions) {
  const state = await requestedState(context, subscription);
  const sends = await context.store.sendSummaries('dead', state.id, limit);
  const events = sends.map((send) => ({
    ...eventLine(send),
    dead_at: isoTime(send.endedAt),
    reason: send.failure ?? '',
    is_redriven: send.isRedriven,
  }));
  return { subscription: subscriptionLine(state), events };
}
