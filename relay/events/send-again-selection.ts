/** The selection of events to send again. */

import type { EventAtZap, EventConditions, SendAgainResponse } from '../../wire/console-api.ts';
import type { Resend } from '../store/outcomes/send-again.ts';
import type { NumberRange } from '../store/console/event-conditions.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import type { ChannelEvents, FoundEvent } from './channel-events.ts';

/**
 * The deliveries to send again, and the response to the request. The response is correct unless the state changes
 * before the deliveries are marked.
 */
export interface Selection {
  readonly resends: readonly Resend[];
  readonly response: Omit<SendAgainResponse, 'limit'>;
}

/** Returns true if a Zap still waits for the event, so that sending the event again is unnecessary. */
const isWaiting = ({ outcome }: EventAtZap): boolean => outcome === 'waiting' || outcome === 'failed';

/**
 * Selects an event for the successor of a Zap that is off. The event must be a dead letter of the Zap, and must not
 * have been sent to the successor.
 */
const selectForSuccessor = ({ seq, zaps }: FoundEvent, insteadOf: string, { id }: Subscription): Resend[] =>
  zaps.some(({ zap, outcome }) => zap === insteadOf && outcome === 'given_up') &&
  !zaps.some(({ zap, outcome }) => zap === id && outcome !== 'not_wanted')
    ? [{ subscriptionId: id, seq, insteadOf }]
    : [];

/**
 * Selects one event for one Zap, or for the Zap's successor if the Zap is off. Returns null if the Zap does not select
 * the event.
 */
export function selectOne(event: FoundEvent, zap: string, successor?: Subscription): Selection | null {
  const { seq, number, zaps } = event;
  const atZap = zaps.find((each) => each.zap === zap);
  if (!successor && !atZap) return null;
  const waiting = !successor && atZap && isWaiting(atZap) ? 1 : 0;
  const own = waiting === 0 ? [{ subscriptionId: zap, seq }] : [];
  const resends = successor ? selectForSuccessor(event, zap, successor) : own;
  const deliveries = resends.length;
  return { resends, response: { events: deliveries, deliveries, waiting, next: null, up_to: number } };
}

/**
 * Selects the oldest deliveries that meet conditions, for Zaps that are on. Deliveries from before a Zap was turned on
 * are selected only if the conditions have the outcome `not_wanted`.
 *
 * @param range - event numbers of the events to consider
 * @param limit - maximum number of deliveries
 * @param successor - the Zap that receives the dead letters of the Zap in the conditions, if that Zap is off
 */
export async function selectByConditions(
  channelEvents: Pick<ChannelEvents, 'zaps' | 'find'>,
  conditions: EventConditions,
  range: NumberRange,
  limit: number,
  successor?: Subscription,
): Promise<Selection> {
  const { zap, outcome } = conditions;
  const on = new Set(channelEvents.zaps.filter(({ endedAt }) => endedAt === null).map(({ id }) => id));
  const isMeant = (atZap: EventAtZap): boolean =>
    on.has(atZap.zap) &&
    (zap === undefined || atZap.zap === zap) &&
    (outcome === undefined ? atZap.outcome !== 'not_wanted' : atZap.outcome === outcome);
  const found = await channelEvents.find(conditions, range, limit, 'oldest first');
  const resends: Resend[] = [];
  let events = 0;
  let waiting = 0;
  let considered = range.after;
  let { next } = found;
  for (const event of found.events) {
    const meant = event.zaps.filter(isMeant);
    const others = meant.filter((atZap) => !isWaiting(atZap));
    const wanted =
      successor && zap !== undefined
        ? selectForSuccessor(event, zap, successor)
        : others.map((atZap) => ({ subscriptionId: atZap.zap, seq: event.seq }));
    if (resends.length + wanted.length > limit) {
      next = considered;
      break;
    }
    waiting += meant.length - others.length;
    events += Math.sign(wanted.length);
    resends.push(...wanted);
    considered = event.number;
  }
  return { resends, response: { events, deliveries: resends.length, waiting, next, up_to: range.upTo } };
}
