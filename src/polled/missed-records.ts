/**
 * Records that stopped being due before the Zap could run for them, and the errors that report them to the Zap's owner.
 */

import type { JsonObject } from '../../wire/json.ts';
import type { Locale } from '../record/locale.ts';
import { localTime, textOf, utcText } from '../record/local-time.ts';
import { dueFrom, dueByReminder, dueUntil, LONGEST_PAUSE_MS, markNameIn, type Poll } from './due-rows.ts';
import { markName, type Mark, type ZapNotes } from './zap-notes.ts';

/**
 * Maximum time that a poll looks back for records that were missed during a pause, in milliseconds. A longer time could
 * make the list too long to read.
 */
const MAX_LOOK_BACK_MS = 48 * 3_600_000;

/**
 * Length of a pause in reading rows after which records might have been missed, in milliseconds. Normal pauses last up
 * to 15 minutes. In a longer pause, TutorCruncher did not respond, or Zapier did not poll.
 */
const LONG_PAUSE_MS = 20 * 60_000;

/** Number of details that a poll can read even if other Zaps need some of the requests. */
const CERTAIN_DETAILS = 30;
/** Longest time for which the error about missed records is postponed. */
const MAX_UNTOLD_MS = 30 * 60_000;
/** Longest expected delay of a poll, in milliseconds. */
const DELAY_MS = 2 * 60_000;

/** Returns the time since which the Zap has read no rows: the last reading, or the beginning of the Zap's notes. */
export const unreadSince = ({ since, read }: ZapNotes): number => Math.max(since, read);

/**
 * Returns the time from which records might have been missed since the last reading; null if no record can have been
 * missed.
 */
export function missedFrom(poll: Poll, notes: ZapNotes, now: number): number | null {
  const { from, to } = poll.span;
  const pause = now - unreadSince(notes);
  const isPauseLong = pause > Math.min(to - from, LONG_PAUSE_MS);
  const hasLeft = notes.waiting.some(({ at }) => at < from);
  return isPauseLong || hasLeft ? from - Math.min(pause, MAX_LOOK_BACK_MS) : null;
}

/**
 * Returns the moments of the missed records among past rows: records that waited, records that have become due since
 * the last reading, and records that were still due long after the last reading. All other past records were entered
 * after they had stopped being due.
 */
export function missedAmong(rows: readonly JsonObject[], poll: Poll, notes: ZapNotes, now: number): number[] {
  const nameOf = markNameIn(poll);
  const done = new Set([...(notes.known ?? []), ...notes.returned].map(nameOf));
  const lastRead = unreadSince(notes);
  const waiting = new Set(notes.waiting.map(markName));
  const past = { from: -Infinity, to: poll.span.from - 1 };
  return rows
    .flatMap((row) => dueByReminder(row, poll, past, poll.wasDue))
    .filter((row) => !done.has(nameOf(row)))
    .filter(
      (row) =>
        waiting.has(markName(row)) ||
        dueFrom(poll, row.at, now) > lastRead ||
        dueUntil(poll, row.at, now) > lastRead + LONG_PAUSE_MS,
    )
    .map(({ at }) => at);
}

/**
 * Returns true if a poll must report the missed records in the notes. A poll that throws this error returns no records.
 * The error is therefore postponed, for a limited time, until the next poll can read all waiting records before any of
 * them stops being due.
 */
export function mustTell(
  notes: ZapNotes,
  waiting: readonly Mark[],
  poll: Poll,
  { saved }: ZapNotes,
  now: number,
): boolean {
  if (notes.missed.length === 0) return false;
  const nextPoll = now + Math.min(now - saved, LONGEST_PAUSE_MS) + DELAY_MS;
  const mayFail = waiting.length <= CERTAIN_DETAILS && waiting.every(({ at }) => dueUntil(poll, at, now) > nextPoll);
  return mayFail || now - notes.untoldSince >= MAX_UNTOLD_MS;
}

function timesText(moments: readonly number[], { timeZone }: Locale): string {
  const [first, last] = [Math.min(...moments), Math.max(...moments)].map((moment) => {
    const local = localTime(utcText(moment), timeZone);
    return local ? textOf(local) : utcText(moment);
  });
  return first === last ? `${first}` : `from ${first} to ${last}`;
}

const countText = (moments: readonly number[], noun: string): string =>
  moments.length === 1 ? `1 ${noun}` : `${moments.length.toLocaleString('en')} ${noun}s`;

/**
 * Returns the advice to do the Zap's work by hand. If the rows of the records do not show that the Zap would have run,
 * the advice begins with a check.
 */
const byHand = ({ toCheck }: Poll, forWhom = ''): string =>
  `${toCheck === undefined ? 'Do' : `${toCheck} Then do`} by hand what the Zap would have done${forWhom}.`;

/** Returns the message about missed records, with their number, their times and the advice. */
export function missedMessage({ missed, isMissedCounted }: ZapNotes, noun: string, locale: Locale, poll: Poll): string {
  const count = isMissedCounted ? countText(missed, noun) : `an unknown number of ${noun}s`;
  const them = isMissedCounted && missed.length === 1 ? 'it' : 'them';
  return (
    `This Zap has not run for ${count} (${timesText(missed, locale)}), and will not run for ${them} later: this step could not read ` +
    `${them} in time. ${byHand(poll)} Either TutorCruncher did not ` +
    'respond for a while, or too many records were due at once. If this happens again, limit this step to fewer records, or ' +
    'turn off other Zaps with polled triggers of this connection. The next poll continues as usual.'
  );
}

/**
 * Returns the message about records that were due when the notes of a Zap that runs for each person were lost, or when
 * a Zap began after its first poll had failed.
 */
export const forgottenMessage = (
  moments: readonly number[],
  noun: string,
  locale: Locale,
  poll: Poll,
  isLost = true,
): string =>
  `${isLost ? 'Zapier has lost what this Zap remembered' : 'This step could not read its list when the Zap was turned on'}, so this step cannot tell whether the Zap has run for ${countText(moments, noun)} ` +
  `(${timesText(moments, locale)}). The Zap will not run for them any more, so that nobody gets a message twice. Zap ` +
  `history shows which of them have had a run. ${byHand(poll, ` for the ${noun}s without a run`)} The next poll continues as usual.`;

/** Returns the message for a Zap that has lost its notes, and reads all due records again in several polls. */
export const recoveryMessage = (count: number, noun: string): string =>
  `Zapier has lost what this Zap remembered, so the next polls read ${count.toLocaleString('en')} ${noun}s again. The Zap ` +
  `runs for each ${noun} that has not had a run. You only need to act if this error comes back: the Zap then does not run ` +
  'until fewer records are due at once, so limit this step to fewer records.';

/** Returns the message for a Zap that could not read its list, or could not save its notes, for a long time. */
export const lateMessage = (since: number, noun: string, locale: Locale): string =>
  `This Zap has not been able to look for new ${noun}s since ${timesText([since], locale)}: either the polled triggers of this ` +
  "connection take too many requests, or TutorCruncher or Zapier's cache responds too slowly. The next poll tries again, and " +
  `an error will report the number of missed ${noun}s. If this persists, limit this step to fewer records, or turn off other Zaps with ` +
  'polled triggers of this connection.';
