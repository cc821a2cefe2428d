/** Descriptions of the Zaps that use a trigger, based on the subscriptions that the relay reports. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject } from '../../wire/json.ts';
import { describeDuration } from './duration.ts';

/** The parts of a subscription's state that concern the owner of its Zap. Times are milliseconds since 1970. */
interface ZapState {
  /** Time at which the Zap was turned on. */
  readonly onSince: number;
  /** Time of the first failed attempt since the last success; NaN if there is none. */
  readonly failingSince: number;
  readonly lastFailure: string;
  /** True while the relay's operator has paused the Zap's events. */
  readonly isPaused: boolean;
  readonly waiting: number;
  readonly givenUp: number;
}

const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);
const countOf = (value: unknown): number => (typeof value === 'number' && value > 0 ? Math.floor(value) : 0);

const sortedText = (list: readonly unknown[]): string => [...new Set(list)].sort().join('\n');

/** Returns true if a value is a list of exactly these actions, in any order. */
const isSameList = (value: unknown, actions: readonly string[]): boolean =>
  Array.isArray(value) && sortedText(value) === sortedText(actions);

/** Returns the states of the subscriptions with a filter. Ignores malformed subscriptions. */
function statesOf(subscriptions: unknown, filter: ActionFilter): ZapState[] {
  const values: unknown[] = Array.isArray(subscriptions) ? subscriptions : [];
  return values
    .filter(isJsonObject)
    .filter(({ actions, all_except }) =>
      'actions' in filter ? isSameList(actions, filter.actions) : isSameList(all_except, filter.all_except),
    )
    .map((value) => ({
      onSince: timeOf(value.created_at),
      failingSince: timeOf(value.failing_since),
      lastFailure: typeof value.last_failure === 'string' ? value.last_failure : '',
      isPaused: typeof value.paused_since === 'string',
      waiting: countOf(value.pending),
      givenUp: countOf(value.dead_letters),
    }));
}

/** Describes the reason for a failed attempt. The relay's own text is not shown. */
export function describeFailure(reason: string): string {
  const [, status] = /^HTTP (\d{3})$/.exec(reason) ?? [];
  if (status !== undefined) return `Zapier responded with ${status}`;
  return /TIME(?:D_?)?OUT/.test(reason) ? 'Zapier did not respond in time' : 'Zapier could not be reached';
}

/** Returns what is wrong with a Zap, such as "failing for 2 hours (Zapier responded with 500), 12 events are waiting". */
function problemsOf({ failingSince, lastFailure, isPaused, waiting, givenUp }: ZapState, now: number): string[] {
  return [
    ...(isPaused ? ['paused by the person who operates the relay'] : []),
    ...(Number.isNaN(failingSince)
      ? []
      : [`failing for ${describeDuration(now - failingSince)} (${describeFailure(lastFailure)})`]),
    ...(waiting === 0 ? [] : [waiting === 1 ? '1 event is waiting' : `${waiting} events are waiting`]),
    ...(givenUp === 0 ? [] : [givenUp === 1 ? '1 event was given up' : `${givenUp} events were given up`]),
  ];
}

/**
 * Sorts Zaps by the severity of their problems: the longest failure first, then the most events given up, then the most
 * events waiting.
 */
const bySeverity = (a: ZapState, b: ZapState): number =>
  (Number.isNaN(a.failingSince) ? Infinity : a.failingSince) -
    (Number.isNaN(b.failingSince) ? Infinity : b.failingSince) ||
  b.givenUp - a.givenUp ||
  b.waiting - a.waiting;

/** Describes the Zaps with a filter that the relay has ended, because Zapier said that they are off; empty if there are none. */
function describeGone(subscriptions: unknown, filter: ActionFilter): string {
  const count = statesOf(subscriptions, filter).reduce((sum, { givenUp }) => sum + givenUp, 0);
  if (count === 0) return '';
  return ` A Zap with this trigger is off, and ${count === 1 ? '1 event has not reached it: send it' : `${count} events have not reached it: send them`} again in the console.`;
}

/**
 * Describes the Zaps that are on with a trigger. If several Zaps have problems, describes only the worst, because
 * Zapier limits the length of a help text.
 *
 * @param subscriptions - the subscriptions of the connection's channel, as the relay reports them
 * @param filter - the action filter of the trigger
 * @param gone - the subscriptions that the relay has ended
 */
export function describeZaps(subscriptions: unknown, filter: ActionFilter, now: number, gone?: unknown): string {
  return describeCurrent(subscriptions, filter, now) + describeGone(gone, filter);
}

function describeCurrent(subscriptions: unknown, filter: ActionFilter, now: number): string {
  const zaps = statesOf(subscriptions, filter);
  if (zaps.length === 0) return 'No Zap with this trigger is on.';
  const [worst, ...others] = zaps.filter((zap) => problemsOf(zap, now).length > 0).sort(bySeverity);
  if (!worst) {
    return zaps.length === 1
      ? 'The Zap with this trigger is on and has received all events.'
      : `${zaps.length} Zaps with this trigger are on and have received all events.`;
  }
  const which =
    zaps.length === 1 ? 'Zap with this trigger' : `Zap turned on ${describeDuration(now - worst.onSince)} ago`;
  const more = others.length === 0 ? '' : ` Other Zaps with problems: ${others.length}.`;
  return `${which}: ${problemsOf(worst, now).join(', ')}.${more}`;
}
