import type { ActionFilter } from '../../wire/action-filter.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';

const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** Describes a duration in its largest whole unit, such as "3 minutes". @param duration - milliseconds */
export function describeDuration(duration: number): string {
  for (const [name, milliseconds] of UNITS) {
    const count = Math.floor(duration / milliseconds);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}

/**
 * Returns a clause about a number of events, such as "2 events are waiting", in which the verb agrees with the number.
 */
export const eventsThat = (count: number, [one, several]: readonly [one: string, several: string]): string =>
  count === 1 ? `1 event ${one}` : `${count} events ${several}`;

/** Converts a time in a response of the relay to milliseconds since 1970, UTC; NaN if the value is not a time. */
export const timeOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : NaN);

const sortedText = (list: readonly unknown[]): string => [...new Set(list)].sort().join('\n');

const isSameList = (value: unknown, actions: readonly string[]): boolean =>
  Array.isArray(value) && sortedText(value) === sortedText(actions);

/** Returns the subscriptions of the Zaps that have a trigger with the given filter. */
function zapsOf(subscriptions: unknown, filter: ActionFilter): JsonObject[] {
  const all: unknown[] = Array.isArray(subscriptions) ? subscriptions : [];
  return all
    .filter(isJsonObject)
    .filter(({ actions, all_except }) =>
      'actions' in filter ? isSameList(actions, filter.actions) : isSameList(all_except, filter.all_except),
    );
}

const countOf = (zaps: readonly JsonObject[], key: 'pending' | 'dead_letters'): number =>
  zaps
    .map((zap) => zap[key])
    .filter((count) => typeof count === 'number' && count > 0)
    .reduce<number>((sum, count) => sum + Number(count), 0);

/** Returns true if events are waiting for a Zap that has a trigger with the given filter. */
export const areWaiting = (channel: JsonObject, filter: ActionFilter): boolean =>
  countOf(zapsOf(channel.subscriptions, filter), 'pending') > 0;

/** Describes the reason for a failed attempt in words for the Zap's owner. The relay's own text is never shown. */
export function describeFailure(reason: string): string {
  const [, status] = /^HTTP (\d{3})$/.exec(reason) ?? [];
  if (status !== undefined) return `Zapier responded with ${status}`;
  return /TIME(?:D_?)?OUT/.test(reason) ? 'Zapier did not respond in time' : 'Zapier could not be reached';
}

/** Describes the problems that keep Zaps from receiving all events. */
function problemsOf(zaps: readonly JsonObject[], now: number): string[] {
  const [failing] = zaps
    .map((zap) => ({ since: timeOf(zap.failing_since), reason: String(zap.last_failure) }))
    .filter(({ since }) => !Number.isNaN(since))
    .sort((one, other) => one.since - other.since);
  const [waiting, givenUp] = [countOf(zaps, 'pending'), countOf(zaps, 'dead_letters')];
  const problems: string[] = [];
  if (zaps.some((zap) => typeof zap.paused_since === 'string')) {
    problems.push('paused by the person who operates the relay');
  }
  if (failing) {
    problems.push(`failing for ${describeDuration(now - failing.since)} (${describeFailure(failing.reason)})`);
  }
  if (waiting > 0) problems.push(eventsThat(waiting, ['is waiting', 'are waiting']));
  if (givenUp > 0) problems.push(eventsThat(givenUp, ['was given up', 'were given up']));
  return problems;
}

/**
 * Describes the Zaps that are on.
 *
 * @param refusesNewest - true if the Zaps refuse the newest event because of its signature
 */
function describeActive(zaps: readonly JsonObject[], refusesNewest: boolean, now: number): string {
  if (zaps.length === 0)
    return 'No Zap with this trigger is on. If Zapier shows a Zap with this trigger as on, turn it off and on.';
  const which = zaps.length === 1 ? 'Zap with this trigger' : `${zaps.length} Zaps with this trigger`;
  const problems = problemsOf(zaps, now);
  if (problems.length > 0) return `${which}: ${problems.join(', ')}.`;
  if (refusesNewest) {
    return zaps.length === 1
      ? `The ${which} is on, and refuses such webhooks.`
      : `${which} are on, and refuse such webhooks.`;
  }
  return zaps.length === 1
    ? `The ${which} is on and has received all events.`
    : `${which} are on and have received all events.`;
}

/**
 * Describes the Zaps of a trigger in one text: the Zaps that are on, and the number of events that did not reach Zaps
 * that are off.
 *
 * @param refusesNewest - true if the newest webhook was signed with another private key, as stated in the preceding
 *   text
 */
export function describeZaps(channel: JsonObject, filter: ActionFilter, refusesNewest: boolean, now: number): string {
  const active = describeActive(zapsOf(channel.subscriptions, filter), refusesNewest, now);
  const lost = countOf(zapsOf(channel.gone_subscriptions, filter), 'dead_letters');
  if (lost === 0) return active;
  const events = eventsThat(lost, ['has not reached it: send it', 'have not reached it: send them']);
  return `${active} A Zap with this trigger is off, and ${events} again in the console.`;
}
