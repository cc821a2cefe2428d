/** Records that stopped being due before the Zap could run for them, and the errors that tell the Zap's owner. */

import type { JsonObject } from '../../wire/json.ts';
import type { Locale } from '../record/locale.ts';
import { localTime, textOf, utcText } from '../record/local-time.ts';
import { dueFrom, dueRowsIn, dueUntil, type Poll } from './due-rows.ts';
import { LONGEST_PAUSE_MS } from './next-details.ts';
import { markName, type Mark, type ZapNotes } from './zap-notes.ts';

/** After a longer pause, only the last part of it is compared, so that the list is not too long to read. */
const MAX_LOOK_BACK_MS = 48 * 3_600_000;

/** A pause in which TutorCruncher did not respond, or the Zap was not polled. Usual pauses take up to 15 minutes. */
const LONG_PAUSE_MS = 20 * 60_000;

/** The number of details that a poll can read even if other Zaps need some of the requests. */
const CERTAIN_DETAILS = 30;
/** Time by which a poll may be late. */
const DELAY_MS = 2 * 60_000;

/** Returns the time from which records may have been missed since the last reading; null if there are none. */
export function missedFrom(poll: Poll, notes: ZapNotes, now: number): number | null {
  if (notes.read === 0) return null;
  const { from, to } = poll.span;
  const isPauseLong = now - notes.read > Math.min(to - from, LONG_PAUSE_MS);
  const hasLeft = notes.waiting.some(({ at }) => at < from);
  return isPauseLong || hasLeft ? from - Math.min(now - notes.read, MAX_LOOK_BACK_MS) : null;
}

/**
 * Returns the moments of the missed records among past rows: records that waited, records that have become due since
 * the last reading, and records that were still due long after it. Other records were entered after they had stopped
 * being due.
 */
export function missedAmong(rows: readonly JsonObject[], poll: Poll, notes: ZapNotes, now: number): number[] {
  const done = new Set(notes.done.map(markName));
  const waiting = new Set(notes.waiting.map(markName));
  const past = { from: -Infinity, to: poll.span.from - 1 };
  return rows
    .flatMap((row) => dueRowsIn(row, poll, past, poll.wasDue))
    .filter((row) => !done.has(markName(row)))
    .filter(
      (row) =>
        waiting.has(markName(row)) ||
        dueFrom(poll, row.at, now) > notes.read ||
        dueUntil(poll, row.at, now) > notes.read + LONG_PAUSE_MS,
    )
    .map(({ at }) => at);
}

/** Returns true if a poll may fail: nothing stops being due before the next one, which can read all that waits. */
export function mayFail(waiting: readonly Mark[], poll: Poll, { polled }: ZapNotes, now: number): boolean {
  const nextPoll = now + Math.min(now - polled, LONGEST_PAUSE_MS) + DELAY_MS;
  return waiting.length <= CERTAIN_DETAILS && waiting.every(({ at }) => dueUntil(poll, at, now) > nextPoll);
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

/** Returns the advice to act in place of the Zap. It begins with the check for records whose rows did not decide. */
const byHand = ({ toCheck }: Poll, forWhom = ''): string =>
  `${toCheck === undefined ? 'Do' : `${toCheck} Then do`} by hand what the Zap would have done${forWhom}.`;

/** Returns the message that tells how many records were missed, when, and what to do. */
export function missedMessage(moments: readonly number[], noun: string, locale: Locale, poll: Poll): string {
  return (
    `This Zap has not run for ${countText(moments, noun)} (${timesText(moments, locale)}), and will not run any more: this step could not read ` +
    `${moments.length === 1 ? 'it' : 'them'} in time. ${byHand(poll)} Either TutorCruncher did not ` +
    'respond for a while, or too many records were due at once. If this happens again, limit this step to fewer records, or ' +
    'turn off other Zaps with polled triggers of this connection. The next poll continues as usual.'
  );
}

/** Returns the message about records that were due when the notes of a Zap that runs for each person were lost. */
export const forgottenMessage = (moments: readonly number[], noun: string, locale: Locale, poll: Poll): string =>
  `Zapier has lost what this Zap remembered, so it is not known whether the Zap has run for ${countText(moments, noun)} ` +
  `(${timesText(moments, locale)}). It will not run for them any more, so that nobody gets a message twice. Zap ` +
  `history shows for which of them the Zap has run. ${byHand(poll, ` for the ${noun}s for which it has not run`)} The next poll continues as usual.`;

/** Returns the message for a poll without notes that cannot read all due records in time. */
export const tooManyMessage = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}s are due, and this step cannot read all of them in time, because Zapier's cache does ` +
  'not respond or does not tell Zaps apart. The Zap does not run until fewer are due. Choose a shorter time, or limit this ' +
  'step to fewer records.';
