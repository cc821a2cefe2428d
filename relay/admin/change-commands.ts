/** The commands that change subscriptions and channels. Each change is logged. */

import { conflict, notFound } from '../http/problem.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { DescribedSubscription, SendSummary, SubscriptionName } from '../store/outcomes/operator.ts';
import type { CommandContext, CommandValues } from './command-context.ts';
import { findChannel, findSubscription, type LookupStore } from './find-by-name.ts';
import { countOf, momentOf } from './formatting.ts';

/** Time limit of `skip`, in milliseconds. An attempt in progress never takes longer. */
const SKIP_MS = 25_000;
const POLL_MS = 50;

/**
 * Returns the active subscription whose id starts with a text.
 *
 * @throws {Problem} if no subscription or several subscriptions match, or if the subscription has ended
 */
export async function findActiveSubscription(store: LookupStore, text: string): Promise<DescribedSubscription> {
  const found = await findSubscription(store, text);
  if (found.endedAt === null) return found;
  throw conflict(
    'The Zap is off, so its subscription has ended. Ask its owner to turn on a Zap with the same trigger and ' +
      'choices. The console can then send the dead letters to it.',
  );
}

function logChange(
  { log }: Pick<CommandContext, 'log'>,
  command: string,
  { channel, id, description }: DescribedSubscription,
  events: number,
): void {
  const fields = { command, subscription: id, channel: shortNameOf(channel), ...zapNamesOf(description), events };
  log.info(fields, 'An operator changed the state of a subscription.');
}

export async function redrive(context: CommandContext, { subscription = '' }: CommandValues): Promise<string> {
  const found = await findActiveSubscription(context.store, subscription);
  const count = await context.store.redrive(found.channel, found.id);
  if (count === 0) {
    throw notFound('The subscription has no dead letters. "waiting" lists the events that are still to be delivered.');
  }
  logChange(context, 'redrive', found, count);
  return `${countOf(count, 'dead letter')} will be delivered again. "dead" lists the dead letters that remain.`;
}

async function waitingFor({ store, clock }: CommandContext, { channel, id }: SubscriptionName): Promise<number> {
  const state = await store.channelState(channel, clock.now());
  return state?.subscriptions.find((candidate) => candidate.id === id)?.pending ?? 0;
}

export async function pause(context: CommandContext, { subscription = '' }: CommandValues): Promise<string> {
  const { store, clock } = context;
  const found = await findActiveSubscription(store, subscription);
  if (!(await store.pause(found, clock.now()))) throw conflict('The subscription is already paused.');
  const events = await waitingFor(context, found);
  logChange(context, 'pause', found, events);
  return `Paused. ${countOf(events, 'event')} will wait until "resume". The pause does not count towards their age.`;
}

export async function resume(context: CommandContext, { subscription = '' }: CommandValues): Promise<string> {
  const { store, clock } = context;
  const found = await findActiveSubscription(store, subscription);
  const events = await waitingFor(context, found);
  if (!(await store.resume(found, clock.now()))) {
    throw conflict('The subscription is not paused. If nothing is delivered, "subscriptions" shows its failures.');
  }
  logChange(context, 'resume', found, events);
  return `Resumed. ${countOf(events, 'waiting event')} will be delivered.`;
}

/**
 * Waits until the process that delivers the channel's events has skipped an event. Returns the result, as the end of a
 * sentence about the event.
 */
async function resultOfSkip(
  { store, clock }: Pick<CommandContext, 'store' | 'clock'>,
  { channel, id }: SubscriptionName,
  { seq, number }: SendSummary,
) {
  const end = clock.now() + SKIP_MS;
  while (clock.now() < end) {
    const [[first], subscription] = await Promise.all([
      store.sendSummaries('waiting', id, 1, number),
      store.subscription(channel, id),
    ]);
    if (!subscription) throw notFound('The Zap was just turned off, which ended the subscription.');
    if (first?.seq !== seq) {
      const [letter] = await store.sendSummaries('dead', id, 1, number);
      return letter?.seq === seq
        ? 'was skipped. It is a dead letter now, so "redrive" can deliver it.'
        : 'was just delivered, so it was not skipped.';
    }
    await clock.sleep(POLL_MS, AbortSignal.timeout(SKIP_MS));
  }
  return 'will be skipped when the attempt in progress ends.';
}

/** Skips the oldest event that is waiting for a subscription, or the waiting event with the given event number. */
export async function skip(
  context: Pick<CommandContext, 'store' | 'clock' | 'log'>,
  { subscription = '', number }: CommandValues,
): Promise<string> {
  const { store } = context;
  const found = await findActiveSubscription(store, subscription);
  const [event] = await store.sendSummaries('waiting', found.id, 1, Number(number ?? 0));
  if (number !== undefined && event?.number !== Number(number)) {
    throw notFound(`Event ${number} is not waiting for this subscription. "waiting" lists the waiting events.`);
  }
  if (!event) throw notFound('No events are waiting for this subscription, so there is nothing to skip.');
  if (!(await store.requestSkip(found, event.seq))) {
    throw conflict('An event is being delivered or skipped right now. List the "waiting" events, and then try again.');
  }
  logChange(context, 'skip', found, 1);
  return `Event ${event.number} ${await resultOfSkip(context, found, event)}`;
}

/**
 * Gives a channel a new webhook URL. Only the connector shows the URL, so terminals and logs do not contain the URL.
 */
export async function replaceUrl(
  { store, registered, clock, log }: CommandContext,
  { channel: name = '', now }: CommandValues,
): Promise<string> {
  const found = await findChannel(store, name);
  const channel = shortNameOf(found);
  const isNow = now !== undefined;
  const oldUrlUntil = await store.replaceUrl(found, isNow, clock.now());
  if (oldUrlUntil === null) throw notFound('The channel was just deleted.');
  if (oldUrlUntil === 'busy') {
    throw conflict(
      'The URL of this channel was replaced less than a day ago, so TutorCruncher may still use the old URL. Wait until ' +
        'the day has passed, or end both URLs with "new-url --now".',
    );
  }
  registered.forget(found);
  log.info({ command: 'new-url', channel, isNow }, 'An operator replaced the webhook URL of a channel.');
  const old = isNow
    ? 'The old URL no longer works, so events are refused until the new URL is in TutorCruncher.'
    : `The old URL works until ${momentOf(oldUrlUntil)}.`;
  return (
    `The channel ${channel} has a new webhook URL. ${old}\nAsk the owner of its Zaps to open a trigger in Zapier, copy the ` +
    'webhook URL that the trigger shows, and paste the URL into the integration in TutorCruncher.'
  );
}

/** Deletes a channel with all of its data. */
export async function forget({ store, log }: CommandContext, { channel: name = '' }: CommandValues): Promise<string> {
  const found = await findChannel(store, name);
  const channel = shortNameOf(found);
  const result = await store.deleteChannel(found);
  log.info({ command: 'forget', channel }, 'An operator deleted a channel and all its data.');
  if (result !== 'in log') return `Deleted the channel ${channel} and all its data.`;
  return (
    `Deleted the channel ${channel}. A long read keeps the deleted data in the write-ahead log of the database for now. The ` +
    'relay tries every minute to remove it, and logs "Deleting expired data failed." until this succeeds.'
  );
}
