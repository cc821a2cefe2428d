/** The commands that change subscriptions and channels. Each change is logged. */

import { isoTime } from '../http/iso-time.ts';
import { conflict, notFound } from '../http/problem.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { DescribedSubscription, SubscriptionName } from '../store/operator.ts';
import type { CommandContext, CommandOptions } from './command-context.ts';
import { findChannel, findActiveSubscription } from './lookup.ts';
import { skipEvent } from './skip.ts';

/** Logs a repair and returns the response to its request. */
function repaired(
  { log }: CommandContext,
  command: string,
  { channel, id, description }: DescribedSubscription,
  events: number,
) {
  const response = { subscription: id, channel: shortNameOf(channel), ...zapNamesOf(description), events };
  log.info({ command, ...response }, 'An operator changed the state of a subscription.');
  return response;
}

/** The response to a repair, with the number of events that it affects. */
export type RepairResponse = ReturnType<typeof repaired>;

export async function redrive(context: CommandContext, subscription: string): Promise<RepairResponse> {
  const { store } = context;
  const found = await findActiveSubscription(store, subscription);
  const count = await store.redrive(found.channel, found.id);
  if (count > 0) return repaired(context, 'redrive', found, count);
  throw notFound('The subscription has no dead letters. "waiting" lists the events that are still to be delivered.');
}

async function waitingFor({ store, clock }: CommandContext, { channel, id }: SubscriptionName): Promise<number> {
  const state = await store.channelState(channel, clock.now());
  return state?.subscriptions.find((candidate) => candidate.id === id)?.pending ?? 0;
}

export async function pause(context: CommandContext, subscription: string): Promise<RepairResponse> {
  const { store, clock } = context;
  const found = await findActiveSubscription(store, subscription);
  if (!(await store.pause(found, clock.now()))) throw conflict('The subscription is already paused.');
  return repaired(context, 'pause', found, await waitingFor(context, found));
}

export async function resume(context: CommandContext, subscription: string): Promise<RepairResponse> {
  const { store, clock } = context;
  const found = await findActiveSubscription(store, subscription);
  const events = await waitingFor(context, found);
  if (await store.resume(found, clock.now())) return repaired(context, 'resume', found, events);
  throw conflict('The subscription is not paused. If nothing is delivered, "subscriptions" shows its failures.');
}

export async function skip(context: CommandContext, subscription: string, { number }: CommandOptions) {
  const found = await findActiveSubscription(context.store, subscription);
  const response = await skipEvent(context.store, found, number, context.clock);
  repaired(context, 'skip', found, response.result === 'delivered' ? 0 : 1);
  return response;
}

/** Gives a channel a new webhook URL. Only the connector shows the URL, so that it stays out of terminals and logs. */
export async function replaceUrl(
  { store, registered, clock, log }: CommandContext,
  name: string,
  { isNow }: CommandOptions,
) {
  const found = await findChannel(store, name);
  const channel = shortNameOf(found);
  const oldUrlUntil = await store.replaceUrl(found, isNow, clock.now());
  if (oldUrlUntil === null) throw notFound('The channel was just deleted.');
  if (oldUrlUntil === 'busy') {
    throw conflict(
      'The URL of this channel was replaced less than a day ago, so TutorCruncher may still use the old one. Wait until ' +
        'the day has passed, or end both URLs with "new-url --now".',
    );
  }
  registered.forget(found);
  log.info({ command: 'new-url', channel, isNow }, 'An operator replaced the webhook URL of a channel.');
  return { channel, old_url_works_until: isNow ? null : isoTime(oldUrlUntil) };
}

/** Deletes a channel with all its data. */
export async function forget({ store, log }: CommandContext, name: string) {
  const found = await findChannel(store, name);
  const channel = shortNameOf(found);
  await store.deleteChannel(found);
  log.info({ command: 'forget', channel }, 'An operator deleted a channel and all its data.');
  return { channel };
}
