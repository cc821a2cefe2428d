/** Converts events to the formats of the console: a page of the list, limited in size, and the details of one event. */

import * as wire from '../../wire/console-api.ts';
import { sealedFields } from '../../wire/sealing/format.ts';
import type { ChannelEvents, FoundEvent, FoundEvents } from '../events/channel-events.ts';
import type { DeliveryRow } from '../store/deliveries/stored-delivery.ts';
import type { ListedSend, StoredAttempt } from '../store/console/events.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import { explanationOf, failureText } from './outcome-texts.ts';

/**
 * Number of events whose contents are read together. The number limits the memory for contents that do not fit on the
 * page of the list.
 */
const READ_AT_ONCE = 50;
/** Upper bound on the size of the JSON around the list, in bytes. */
const FRAME_BYTES = 128;

function listedEvent({ number, isRepeat, outcome, zaps, sends }: FoundEvent, delivery: DeliveryRow): wire.ListedEvent {
  const { wrappedKey, sealed } = delivery;
  const fields = sealedFields({ metadata: delivery, wrappedKey: wrappedKey.toString('base64'), sealed: '' });
  const envelope = { ...fields, sealed: sealed?.toString('base64') ?? null };
  const atZaps = zaps.map((atZap) => {
    const failure = sends.find(({ subscriptionId }) => subscriptionId === atZap.zap)?.failure ?? null;
    return { ...atZap, failure_text: failure === null ? null : failureText(failure) };
  });
  return { number, envelope, is_repeat: isRepeat, outcome, zaps: atZaps };
}

/**
 * Returns an `EventListResponse` as JSON. A list that would be too large ends early, and `next` continues after the
 * last listed event.
 *
 * @param knownUpTo - event number of the newest event whose contents the page already has; the contents of events up to
 *   this event are left out
 */
export async function eventPage(store: Store, channel: string, found: FoundEvents, knownUpTo: number) {
  const { events, next, newest, searchedFrom } = found;
  const listed: string[] = [];
  let bytes = FRAME_BYTES;
  const page = (end: number | null, from: number | null) =>
    `{"events":[${listed.join(',')}],"next":${end},"newest":${newest},"searched_from":${from}}`;
  for (let start = 0; start < events.length; start += READ_AT_ONCE) {
    const part = events.slice(start, start + READ_AT_ONCE);
    const read = (isKnown: boolean, maxBytes: number) => {
      const seqs = part.filter(({ number }) => number <= knownUpTo === isKnown).map(({ seq }) => seq);
      return store.listedDeliveries(channel, seqs, maxBytes);
    };
    const rows = (await Promise.all([read(false, wire.MAX_LISTED_CONTENT_BYTES), read(true, 0)])).flat();
    const deliveries = new Map(rows.map((row) => [row.seq, row]));
    for (const event of part) {
      const delivery = deliveries.get(event.seq);
      if (!delivery) continue;
      const json = JSON.stringify(listedEvent(event, delivery));
      bytes += Buffer.byteLength(json) + 1;
      if (listed.length > 0 && bytes > wire.MAX_PAGE_BYTES) return page(event.number + 1, event.receivedAt);
      listed.push(json);
    }
  }
  return page(next, searchedFrom);
}

const consoleAttempt = (attempt: StoredAttempt): wire.ConsoleAttempt => ({
  number: attempt.number,
  at: attempt.endedAt,
  failure: attempt.failure,
  failure_text: attempt.failure === null ? null : failureText(attempt.failure),
  response: attempt.response?.toString('base64') ?? null,
  duration_ms: attempt.durationMs,
  is_sent_again: attempt.isSentAgain,
});

/** Returns true if an event is waiting for its turn at a Zap whose last attempt failed. */
function isHeldUp({ outcome }: wire.EventAtZap, send?: ListedSend, subscription?: Subscription): boolean {
  if (outcome !== 'waiting' || send?.state !== 'pending' || !subscription) return false;
  return subscription.failures > 0 && subscription.pausedAt === null;
}

/**
 * Returns the earlier event that holds up an event; null if no event does, or if the earlier event is no longer stored.
 */
async function eventBefore(
  store: Store,
  channel: string,
  events: ChannelEvents,
  { key }: Subscription,
  event: FoundEvent,
): Promise<wire.ListedEvent | null> {
  const first = await store.firstPending(key);
  const before = first === null || first >= event.number ? undefined : await events.event(first);
  if (!before) return null;
  const [delivery] = await store.listedDeliveries(channel, [before.seq], wire.MAX_LISTED_CONTENT_BYTES);
  return delivery ? listedEvent(before, delivery) : null;
}

/** Returns the outcome of an event for a Zap, with the stored attempts to send the event to this Zap. */
export async function atZapInDetail(
  store: Store,
  channel: string,
  events: ChannelEvents,
  event: FoundEvent,
  atZap: wire.EventAtZap,
  attempts: readonly StoredAttempt[],
): Promise<wire.EventAtZapInDetail> {
  const subscription = events.zaps.find(({ id }) => id === atZap.zap);
  const send = event.sends.find(({ subscriptionId }) => subscriptionId === atZap.zap);
  const own = attempts.filter(({ subscriptionId }) => subscriptionId === atZap.zap);
  const failures = own.filter(({ failure }) => failure !== null).length;
  const isOn = subscription?.endedAt === null;
  const isHeld = isHeldUp(atZap, send, subscription);
  const nextAttemptAt = send?.state === 'redriven' ? subscription?.nextRedriveAt : subscription?.nextAttemptAt;
  return {
    ...atZap,
    explanation: explanationOf(atZap, failures, send?.failure ?? null, isOn),
    attempts: own.map(consoleAttempt),
    behind: isHeld && subscription ? await eventBefore(store, channel, events, subscription, event) : null,
    next_attempt_at: atZap.outcome === 'failed' || isHeld ? (nextAttemptAt ?? null) : null,
    given_up_reason: atZap.outcome === 'given_up' ? (send?.failure ?? null) : null,
  };
}
