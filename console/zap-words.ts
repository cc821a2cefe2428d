/** Names and states of Zaps as text. */

import type { ConsoleAttempt, ConsoleZap, EndedZap, EventAtZapInDetail, Outcome } from '../wire/console-api.ts';
import { listedActions } from '../wire/action-filter.ts';
import { eventText, TRIGGERS } from './event-words.ts';
import { counted, dayAndTime, dueText } from './times.ts';

/** The outcome of an event as text. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  failed: 'Will retry',
  given_up: 'Stopped',
  waiting: 'Waiting',
  delivered: 'Delivered',
  not_wanted: 'No Zap for this',
};

/** Removes characters that change the direction of the text around them. */
const withoutDirections = (text: string): string => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');

/** Returns the label of a Zap's trigger. If the connector sent no label, returns a name based on the action filter. */
function triggerLabel(zap: ConsoleZap): string {
  if (zap.description) return withoutDirections(zap.description.trigger);
  const [action] = listedActions('actions' in zap ? { actions: zap.actions } : { all_except: zap.all_except });
  if (action === undefined) return 'New Event';
  return TRIGGERS.find(({ actions }) => actions.includes(action))?.label ?? 'New Event';
}

/** Returns the choices in a Zap's trigger, such as `Status: complete`. The events of New Event are described in words. */
export const optionsText = ({ description }: Pick<ConsoleZap, 'description'>): string =>
  (description?.options ?? [])
    .map(({ label, value }) => `${label}: ${value.replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (action) => eventText(action))}`)
    .map(withoutDirections)
    .join(' · ');

/** Returns the number by which Zapier identifies a Zap, such as `Zap 284561172`; null if it is not known. */
export const zapNumber = ({ description }: Pick<ConsoleZap, 'description'>): string | null =>
  /^\d{1,20}$/.test(description?.zap_id ?? '') ? `Zap ${description?.zap_id}` : null;

/**
 * Returns names for Zaps by their ids: the label of the trigger. The relay does not know the titles of Zaps, so Zaps
 * with the same trigger are distinguished by their choices, and if necessary by their numbers or by the times at which they
 * were turned on.
 */
export function zapNames(zaps: readonly ConsoleZap[], now: number): ReadonlyMap<string, string> {
  const withOptions = (zap: ConsoleZap) =>
    [triggerLabel(zap), optionsText(zap)].filter((text) => text !== '').join(', ');
  const withNumber = (zap: ConsoleZap) =>
    `${withOptions(zap)}, ${zapNumber(zap) ?? `on since ${dayAndTime(zap.created_at, now)}`}`;
  return new Map(
    zaps.map((zap) => {
      const isUnique = (nameOf: (zap: ConsoleZap) => string) =>
        zaps.filter((other) => nameOf(other) === nameOf(zap)).length === 1;
      return [zap.id, ([triggerLabel, withOptions].find(isUnique) ?? withNumber)(zap)];
    }),
  );
}

/** Returns names for Zaps that are off by their ids: the label of the trigger, and the time when they were turned off. */
export const endedZapNames = (zaps: readonly EndedZap[], now: number): ReadonlyMap<string, string> =>
  new Map(
    zaps.map(({ id, description, ended_at: at }) => [
      id,
      `${withoutDirections(description?.trigger ?? 'A Zap')}, off since ${dayAndTime(at, now)}`,
    ]),
  );

/** Returns the URL of a Zap's editor; null if the Zap's id is not known. */
export const editorUrl = (zap: Pick<ConsoleZap, 'description'>): string | null =>
  zapNumber(zap)?.replace('Zap ', 'https://zapier.com/editor/') ?? null;

/** The reasons for which the relay gives up an event without an attempt. */
const NOT_SENDABLE = new Map([
  ['too large for Zapier', 'The event is too large for Zapier'],
  ['content not stored', 'The relay no longer has the content of the event'],
]);

/** Describes a failed attempt or another reason for giving up, given the relay's short form, such as `HTTP 500`. */
export function failureText(failure: string): string {
  const [, status] = /^HTTP (\d{3})$/.exec(failure) ?? [];
  if (status === '429') return 'Zapier is receiving too many events at once (429)';
  if (status?.startsWith('5')) return `Zapier had an internal problem (${status})`;
  if (status !== undefined) return `Zapier refused the event (${status})`;
  if (/TIME(?:D_?)?OUT/.test(failure)) return 'Zapier did not respond in time';
  return NOT_SENDABLE.get(failure) ?? 'Zapier could not be reached';
}

/**
 * Describes the reason for giving up an event after a number of failed attempts. Returns null for an unknown reason.
 */
function givenUpText(reason: string | null, failures: number): string {
  if (reason?.startsWith('skipped')) return "The relay's operator skipped it";
  const text = reason === null ? 'Zapier did not accept the event' : failureText(reason);
  return failures > 1 ? `${text} in ${failures} attempts` : text;
}

const failuresOf = (attempts: readonly ConsoleAttempt[]): readonly ConsoleAttempt[] =>
  attempts.filter(({ failure }) => failure !== null);

/**
 * Describes the outcome of an event for a Zap in one or two sentences.
 *
 * @param isOn - false if the Zap has been turned off
 */
export function fateText(fate: EventAtZapInDetail, now: number, isOn: boolean): string {
  const { outcome, attempts, next_attempt_at: next, given_up_reason: reason } = fate;
  const failed = failuresOf(attempts);
  const last = failed.at(-1);
  const notSendable = NOT_SENDABLE.get(reason ?? '');
  switch (outcome) {
    case 'delivered':
      return failed.length === 0
        ? 'Zapier accepted the event on the first attempt.'
        : `Zapier accepted the event after ${counted(failed.length, 'failed attempt')}.`;
    case 'failed':
      return (
        `${last?.failure ? `${failureText(last.failure)}.` : 'The last attempt failed.'} ` +
        (next === null ? 'The relay tries again.' : `The next attempt is due ${dueText(next, now)}.`)
      );
    case 'given_up':
      if (notSendable !== undefined) return `${notSendable}, so it cannot be sent.`;
      return (
        `${givenUpText(reason, failed.length)}. The relay has stopped trying. ` +
        (isOn
          ? 'Press Send again to try once more.'
          : 'The Zap is off. Press Send again to send the event to a Zap with the same trigger and choices that is on.')
      );
    case 'waiting':
      return fate.is_sent_again ? 'The event is about to be sent again.' : 'The event is waiting for its turn.';
    case 'not_wanted':
      return fate.was_on
        ? 'The trigger of the Zap does not select this event.'
        : 'The Zap was turned on after the event had arrived.';
  }
}
