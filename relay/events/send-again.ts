/** The selection of events to be sent again. */

import {
  MAX_SENT_AGAIN,
  type EventAtZap,
  type EventConditions,
  type SendAgainResponse,
} from '../../wire/console-api.ts';
import type { Repetition } from '../store/dead-letters.ts';
import type { NumberRange } from '../store/events.ts';
import type { Subscription } from '../store/subscription.ts';
import type { ChannelEvents, FoundEvent } from './channel-events.ts';

/** The deliveries to send again, and the response to be sent if nothing changes before they are marked. */
export interface Selection {
  readonly repetitions: readonly Repetition[];
  readonly response: SendAgainResponse;
}

/** Returns true for a delivery that need not be marked, because an attempt is already due. */
const isWaiting = ({ outcome }: EventAtZap): boolean => outcome === 'waiting' || outcome === 'failed';

/**
 * Returns the newest Zap that is on and has the trigger and the choices of a Zap that is off, preferably the same Zap
 * turned on again; undefined if there is none.
 */
export function successorOf(ended: Subscription, zaps: readonly Subscription[]): Subscription | undefined {
  const choicesOf = ({ filter, description }: Subscription) =>
    JSON.stringify([filter, description?.trigger, description?.options]);
  const matching = zaps.filter((zap) => zap.endedAt === null && choicesOf(zap) === choicesOf(ended)).reverse();
  const id = ended.description?.zap_id ?? null;
  return matching.find(({ description }) => id !== null && description?.zap_id === id) ?? matching[0];
}

/** Selects dead letters of a Zap that is off for its successor, except events that the successor already has. */
const selectForSuccessor = (
  { seq, zaps }: Pick<FoundEvent, 'seq' | 'zaps'>,
  insteadOf: string,
  { id }: Subscription,
): Repetition[] =>
  zaps.some(({ zap, outcome }) => zap === insteadOf && outcome === 'given_up') &&
  !zaps.some(({ zap, outcome }) => zap === id && outcome !== 'not_wanted')
    ? [{ subscriptionId: id, seq, insteadOf }]
    : [];

/** Selects one dead letter of a Zap that is off for its successor. */
export function selectOneForSuccessor(event: FoundEvent, insteadOf: string, successor: Subscription): Selection {
  const repetitions = selectForSuccessor(event, insteadOf, successor);
  const deliveries = repetitions.length;
  return { repetitions, response: { events: deliveries, deliveries, waiting: 0, next: null, up_to: event.number } };
}

/** Selects one event and one Zap. */
export function selectOne({ seq, number }: FoundEvent, atZap: EventAtZap): Selection {
  const repetitions = isWaiting(atZap) ? [] : [{ subscriptionId: atZap.zap, seq }];
  const deliveries = repetitions.length;
  const response = { events: deliveries, deliveries, waiting: 1 - deliveries, next: null, up_to: number };
  return { repetitions, response };
}

/**
 * Selects the oldest deliveries that meet conditions, at most {@link MAX_SENT_AGAIN}, for Zaps that are on. Deliveries
 * from before a Zap was turned on are selected only if the conditions have the outcome `not_wanted`.
 *
 * @param range - numbers of the events to consider
 * @param successor - the Zap that receives the dead letters of the Zap in the conditions, if that Zap is off
 */
export async function selectByConditions(
  channelEvents: ChannelEvents,
  conditions: EventConditions,
  range: NumberRange,
  successor?: Subscription,
): Promise<Selection> {
  const { zap, outcome } = conditions;
  const on = new Set(channelEvents.zaps.filter(({ endedAt }) => endedAt === null).map(({ id }) => id));
  const isMeant = (atZap: EventAtZap): boolean =>
    on.has(atZap.zap) &&
    (zap === undefined || atZap.zap === zap) &&
    (outcome === undefined ? atZap.outcome !== 'not_wanted' : atZap.outcome === outcome);
  const found = await channelEvents.find(conditions, range, MAX_SENT_AGAIN, 'oldest first');
  const repetitions: Repetition[] = [];
  let events = 0;
  let waiting = 0;
  let { next } = found;
  let considered = range.after;
  for (const { seq, number, zaps } of found.events) {
    const meant = zaps.filter(isMeant);
    const wanted =
      successor && zap !== undefined
        ? selectForSuccessor({ seq, zaps }, zap, successor)
        : meant.filter((atZap) => !isWaiting(atZap)).map((atZap) => ({ subscriptionId: atZap.zap, seq }));
    if (repetitions.length + wanted.length > MAX_SENT_AGAIN) {
      next = considered;
      break;
    }
    waiting += meant.length - wanted.length;
    events += Math.sign(wanted.length);
    repetitions.push(...wanted);
    considered = number;
  }
  return { repetitions, response: { events, deliveries: repetitions.length, waiting, next, up_to: range.upTo } };
}
