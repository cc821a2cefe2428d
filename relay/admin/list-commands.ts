/**
 * The commands that list channels, subscriptions and events. The lists do not show the contents of events. Because
 * webhook URLs and the URLs of Zaps grant access, channels appear as short names, and targets appear as hosts and
 * hashes.
 */

import { notFound } from '../http/problem.ts';
import { shortNameOf, targetNameOf, zapNamesOf } from '../short-name.ts';
import { REFUSALS } from '../refusal-reasons.ts';
import type { RefusalRecord } from '../intake/refusal-record.ts';
import { columnOf } from '../store/database/tables.ts';
import type { ChannelSummary } from '../store/outcomes/operator.ts';
import { GONE, type SubscriptionWithCounts } from '../store/rows/subscription.ts';
import type { CommandContext, CommandOutput, CommandValues } from './command-context.ts';
import { findChannel, findSubscription } from './find-by-name.ts';
import { actionsOf, ageOf, agoOf, countOf, durationOf, momentOf, sizeOf, tableOf } from './formatting.ts';

/** Maximum number of events in a list. */
export const MAX_LIMIT = 1000;

const SHORT_ID_LENGTH = 8;
const DEFAULT_LIMIT = '20';

/** Converts a row to the format for scripts, with underscores in the keys and with times as text. */
const dataOf = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      columnOf(name),
      typeof value === 'number' && /(?:At|Since)$/.test(name) ? new Date(value).toISOString() : (value as unknown),
    ]),
  );

/**
 * Describes the last refusal of a channel with the status of the response. TutorCruncher's log shows the same status.
 */
const refusalText = ({ lastRefusal, lastRefusalAt }: ChannelSummary, now: number): string =>
  lastRefusal === null ? '-' : `${agoOf(lastRefusalAt, now)} (${REFUSALS[lastRefusal]} ${lastRefusal})`;

/** Returns the sentence about webhooks at unknown URLs; null if there were no such webhooks. */
function unknownText({ startedAt, unknown }: RefusalRecord, now: number): string | null {
  const found = unknown();
  if (!found) return null;
  return (
    `Since this process started ${agoOf(startedAt, now)}, it has refused ${countOf(found.webhooks, 'webhook')} at unknown ` +
    `URLs (404), most recently ${agoOf(found.lastAt, now)} for the channel ${shortNameOf(found.lastChannel)}.`
  );
}

export async function listChannels({ store, dispatcher, refusals, clock }: CommandContext): Promise<CommandOutput> {
  await dispatcher.saveResults();
  const found = await store.channelSummaries();
  const summaries = found.map((summary) => ({ ...summary, channel: shortNameOf(summary.channel) }));
  const now = clock.now();
  const rows = summaries.map((summary) => ({
    CHANNEL: summary.channel,
    ZAPS: summary.subscriptions,
    FAILING: summary.failing,
    PAUSED: summary.paused,
    WAITING: summary.waiting,
    OLDEST: ageOf(summary.oldestWaitingAt, now),
    DEAD: summary.deadLetters,
    REMEMBERED: summary.rememberedDeliveries,
    STORED: sizeOf(summary.storedBytes),
    'LAST EVENT': agoOf(summary.lastEventAt, now),
    'LAST REFUSAL': refusalText(summary, now),
  }));
  const text = [tableOf(rows) || 'This relay has no channels.', unknownText(refusals, now)];
  const { webhooks, lastAt, lastChannel } = refusals.unknown() ?? { webhooks: 0, lastAt: null, lastChannel: null };
  const unknown = { webhooks, lastAt, lastChannel: lastChannel === null ? null : shortNameOf(lastChannel) };
  return {
    text: text.filter((line) => line !== null).join('\n\n'),
    data: { channels: summaries.map(dataOf), unknown_urls: dataOf(unknown) },
  };
}

/** Describes the state of a subscription. */
function stateText(state: SubscriptionWithCounts, now: number): string {
  const { failures, failingSince, lastFailure, nextAttemptAt, pausedAt, isRedriving, endedAt } = state;
  if (endedAt !== null)
    return `off for ${ageOf(endedAt, now)} (${lastFailure === GONE ? 'HTTP 410' : 'turned off'}); the console can send its events to another Zap`;
  const states = [];
  if (pausedAt !== null) states.push(`paused for ${ageOf(pausedAt, now)}`);
  if (failures > 0) states.push(`failing for ${ageOf(failingSince, now)} (${lastFailure ?? 'unknown'}, ${failures}x)`);
  if (failures > 0 && pausedAt === null) {
    states.push(`next try ${nextAttemptAt > now ? `in ${durationOf(nextAttemptAt - now)}` : 'now'}`);
  }
  if (isRedriving) states.push('redriving');
  return states.join(', ') || 'ok';
}

function subscriptionRow(state: SubscriptionWithCounts, now: number) {
  const { filter } = state;
  const { trigger, zap } = zapNamesOf(state.description);
  return {
    SUBSCRIPTION: state.id.slice(0, SHORT_ID_LENGTH),
    CHANNEL: shortNameOf(state.channel),
    ZAP: zap ?? '-',
    TRIGGER: trigger ?? '-',
    WAITING: state.pending,
    OLDEST: ageOf(state.oldestPendingAt, now),
    DEAD: state.deadLetters,
    STATE: stateText(state, now),
    'LAST SUCCESS': agoOf(state.lastSuccessAt, now),
    TARGET: state.targetUrl === '' ? '' : targetNameOf(state.targetUrl),
    EVENTS: 'actions' in filter ? actionsOf(filter.actions) : `all except ${filter.all_except.length}`,
  };
}

/** Converts a subscription to the format for scripts, without the URL of its Zap, because this URL grants access. */
function subscriptionData(state: SubscriptionWithCounts): object {
  const { channel, id, description, filter, pending, oldestPendingAt, targetUrl, failures, nextAttemptAt } = state;
  const { deadLetters, failingSince, lastFailure, pausedAt, isRedriving, endedAt, lastSuccessAt } = state;
  return dataOf({
    subscription: id,
    channel: shortNameOf(channel),
    ...zapNamesOf(description),
    ...filter,
    waiting: pending,
    oldestWaitingAt: oldestPendingAt,
    deadLetters,
    failures,
    failingSince,
    lastFailure,
    nextAttemptAt: failures > 0 ? nextAttemptAt : null,
    pausedSince: pausedAt,
    isRedriving,
    endedAt,
    lastSuccessAt,
    target: targetUrl === '' ? '' : targetNameOf(targetUrl),
  });
}

async function statesOf({ store, clock }: CommandContext, channel: string): Promise<readonly SubscriptionWithCounts[]> {
  const state = await store.channelState(channel, clock.now());
  return state ? [...state.subscriptions, ...state.ended.filter(({ deadLetters }) => deadLetters > 0)] : [];
}

/** Lists the subscriptions of a channel, or of all channels if no channel is given. */
export async function listSubscriptions(context: CommandContext, { channel }: CommandValues): Promise<CommandOutput> {
  const { store, dispatcher, clock } = context;
  await dispatcher.saveResults();
  const channels =
    channel === undefined ? await store.channelSummaries() : [{ channel: await findChannel(store, channel) }];
  const states: SubscriptionWithCounts[] = [];
  for (const found of channels) states.push(...(await statesOf(context, found.channel)));
  // The subscription whose events have waited longest comes first.
  const waitsSince = ({ oldestPendingAt }: SubscriptionWithCounts) => oldestPendingAt ?? Infinity;
  states.sort((one, other) => waitsSince(one) - waitsSince(other) || other.deadLetters - one.deadLetters);
  const table = tableOf(states.map((state) => subscriptionRow(state, clock.now())));
  return {
    text: table || 'There are no subscriptions: no Zap is on.',
    data: { subscriptions: states.map(subscriptionData) },
  };
}

/**
 * Creates a command that lists the oldest waiting events or dead letters of a Zap.
 *
 * @param none - the text for an empty list
 */
const listSends =
  (list: 'waiting' | 'dead', none: string) =>
  async (
    context: CommandContext,
    { subscription = '', limit = DEFAULT_LIMIT }: CommandValues,
  ): Promise<CommandOutput> => {
    const { store, dispatcher, clock } = context;
    await dispatcher.saveResults();
    const { channel, id } = await findSubscription(store, subscription);
    const state = (await statesOf(context, channel)).find((candidate) => candidate.id === id);
    if (!state) throw notFound('The subscription was just deleted.');
    const sends = await store.sendSummaries(list, id, Number(limit));
    const now = clock.now();
    const rows = sends.map((send, index) => ({
      NUMBER: send.number,
      RECEIVED: momentOf(send.receivedAt),
      AGE: ageOf(send.receivedAt, now),
      ...(list === 'waiting'
        ? // Only the oldest event is attempted, so its attempts are the Zap's consecutive failures.
          { ATTEMPTS: index === 0 ? state.failures : 0 }
        : {
            'GIVEN UP': agoOf(send.endedAt, now),
            REASON: `${send.failure ?? ''}${send.isRedriven ? ' (redriving)' : ''}`,
          }),
      SIZE: sizeOf(send.bytes),
      EVENTS: actionsOf(send.actions),
    }));
    const left = (list === 'waiting' ? state.pending : state.deadLetters) - rows.length;
    const more = left > 0 ? `\n... and ${left} more. --limit shows up to ${MAX_LIMIT}.` : '';
    return {
      text: `${tableOf(rows)}${more}` || none,
      data: { subscription: subscriptionData(state), events: sends.map(dataOf) },
    };
  };

/** Lists the events that are waiting for a Zap. */
export const listWaiting = listSends('waiting', 'No events are waiting for this subscription.');
/** Lists the dead letters of a Zap. */
export const listDead = listSends('dead', 'This subscription has no dead letters.');
