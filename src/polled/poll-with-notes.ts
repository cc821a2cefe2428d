/**
 * A poll of a Zap that is on. It returns records whose details it has read, each record once, because Zapier never
 * forgets an id. If a minute has too few requests, the remaining records wait in the Zap's notes for a later poll.
 * Records that stop being due first are read first. A record that stops being due before it is read is missed, and an
 * error tells the Zap's owner. That error keeps the records of its own poll from Zapier, so it waits for a poll in
 * which no other record would be missed.
 */

import { changeNote, readNote } from './connection-note.ts';
import {
  foundIn,
  MAX_NEW_RUNS,
  outcomesOf,
  reserveDetails,
  type LivePoll,
  type NewRecords,
  type Outcome,
  type ReadRecord,
} from './details.ts';
import { dueRowsOf, dueUntil, type DueRow, type Poll } from './due-rows.ts';
import { mayFail, missedAmong, missedFrom } from './missed-records.ts';
import { inOrder, isDueUntilSoon, LONGEST_PAUSE_MS } from './next-details.ts';
import { NoRequestsLeft } from './ration.ts';
import { markName, type Mark, type ZapNotes, type ZapNotesStore } from './zap-notes.ts';

const MINUTE_MS = 60_000;

/**
 * Pause for each page of a list before the list is read again, so that it takes at most five requests in two minutes,
 * and the longest pause.
 */
const MS_PER_PAGE = 24_000;
const MAX_ROWS_AGE_MS = 30 * MINUTE_MS;

/** A Zap and its notes. */
export interface ZapWithNotes {
  readonly id: string;
  readonly store: ZapNotesStore;
}

/** The notes after the rows may have been read. */
interface RowsRead {
  readonly notes: ZapNotes;
  /** True if the rows were to be read, but the minute had too few requests. */
  readonly areLacking: boolean;
}

/**
 * Returns the records of the notes that are done, with their current moments. If the notes alone keep the Zap from running
 * again, a record is also known after its moment has changed, unless the moment is part of its id, and while it is not due
 * for a time, such as a lesson that is cancelled and planned again.
 */
function stillDone({ done }: ZapNotes, due: readonly DueRow[], live: LivePoll<ReadRecord>): Mark[] {
  const { poll, now, areNotesDecisive = false } = live;
  const nameOf = areNotesDecisive && !poll.idEnd ? ({ rowId }: Mark) => rowId : markName;
  const doneNames = new Set(done.map(nameOf));
  const listed = due.filter((row) => doneNames.has(nameOf(row))).map(({ rowId, at }) => ({ rowId, at }));
  if (!areNotesDecisive) return listed;
  const listedNames = new Set(listed.map(nameOf));
  const absent = done.filter((mark) => !listedNames.has(nameOf(mark)) && dueUntil(poll, mark.at, now) >= now);
  return [...listed, ...absent];
}

/**
 * Reads the rows, and returns the notes with the records that are due now; null if this minute has too few requests.
 */
async function withRows(live: LivePoll<ReadRecord>, notes: ZapNotes): Promise<ZapNotes | null> {
  const { poll, ration, now } = live;
  const { spend } = ration;
  try {
    const from = missedFrom(poll, notes, now);
    const pastRows =
      from === null
        ? []
        : await (poll.readPastRows ?? poll.readRows)({ span: { from, to: poll.span.from - 1 }, spend });
    const due = dueRowsOf(await poll.readRows({ span: poll.span, spend }), poll);
    const done = stillDone(notes, due, live);
    const doneNames = new Set(done.map(markName));
    return {
      ...notes,
      read: now,
      rowRequests: ration.spent,
      done,
      waiting: due.filter((row) => !doneNames.has(markName(row))).map(({ rowId, at }) => ({ rowId, at })),
      missed: [...notes.missed, ...missedAmong(pastRows, poll, notes, now)],
    };
  } catch (error) {
    if (error instanceof NoRequestsLeft) return null;
    throw error;
  }
}

/** Reads the rows if it is time, and if this minute has enough requests. */
async function withRowsIfOld(live: LivePoll<ReadRecord>, before: ZapNotes): Promise<RowsRead> {
  const { ration, now } = live;
  const { read, rowRequests } = before;
  const areOld = now - read >= Math.min(rowRequests * MS_PER_PAGE, MAX_ROWS_AGE_MS);
  if (!areOld) return { notes: before, areLacking: false };
  const isEnough = (await ration.reserve(rowRequests)) === rowRequests;
  const notes = isEnough ? await withRows(live, before) : null;
  if (notes) return { notes, areLacking: false };
  // The next attempt reserves more requests, in case the list has grown.
  return { notes: { ...before, rowRequests: Math.max(rowRequests, ration.spent + 5) }, areLacking: true };
}

/** Returns true if rows were read so long ago that records may be missed. */
const areRowsLate = ({ read, rowRequests }: ZapNotes, now: number): boolean =>
  now - read >= Math.max(LONGEST_PAUSE_MS / 2, 2 * rowRequests * MS_PER_PAGE);

/** Returns the waiting records that are still due. The others count as missed when the rows are read the next time. */
const stillDue = ({ waiting }: ZapNotes, poll: Poll, now: number): Mark[] =>
  waiting.filter(({ at }) => dueUntil(poll, at, now) >= now);

/** Returns true if a waiting record is not due for much longer. */
const isPressing = (notes: ZapNotes, poll: Poll, now: number): boolean =>
  stillDue(notes, poll, now).some((mark) => isDueUntilSoon(mark, poll, now));

/**
 * Returns the notes after details were read. If the moment of a record has changed since its row was read, the notes
 * contain the record with both moments. If the notes alone keep the Zap from running again, a record that was not due
 * after all is unknown, so that it can become due.
 */
function withOutcomes(
  notes: ZapNotes,
  outcomes: readonly Outcome<ReadRecord>[],
  { now, areNotesDecisive = false }: LivePoll<ReadRecord>,
): ZapNotes {
  const read = new Set(outcomes.map(({ mark }) => markName(mark)));
  const handled = outcomes.filter(({ found }) => found !== null || !areNotesDecisive);
  const known = handled.flatMap(({ mark, found }) => [mark, found ?? mark]);
  const done = new Map([...notes.done, ...known].map(({ rowId, at }) => [markName({ rowId, at }), { rowId, at }]));
  const waiting = notes.waiting.filter((mark) => !read.has(markName(mark)));
  return { ...notes, polled: now, waiting, done: [...done.values()] };
}

/** Polls. @returns the new records, or the moments of missed records to tell */
export async function pollWithNotes<Found extends ReadRecord>(
  live: LivePoll<Found>,
  zap: ZapWithNotes,
  before: ZapNotes,
): Promise<NewRecords<Found> | { readonly missed: readonly number[] }> {
  const { poll, run, ration, now } = live;
  const { hurry } = await readNote(run.z, run.bundle);
  const othersHurry = hurry !== null && hurry.zapId !== zap.id && hurry.until > now;
  if (othersHurry && !areRowsLate(before, now) && !isPressing(before, poll, now)) return { found: [] };

  ration.canWiden = now - before.polled > LONGEST_PAUSE_MS / 3 || isPressing(before, poll, now);
  const { notes, areLacking } = await withRowsIfOld(live, before);
  const due = stillDue(notes, poll, now);
  if (notes.missed.length > 0 && mayFail(due, poll, before, now)) {
    // If the notes cannot be written, the next poll reports the missed records.
    if (await zap.store.write({ ...notes, polled: now, missed: [] })) return { missed: notes.missed };
  }

  ration.canWiden ||= isPressing(notes, poll, now);
  const next = inOrder(due, poll, notes.since, now).slice(0, MAX_NEW_RUNS);
  const outcomes = await outcomesOf(next.slice(0, await reserveDetails(live, next.length)), live);
  const after = withOutcomes(notes, outcomes, live);
  if (notes !== before || outcomes.length > 0) await zap.store.write(after);

  if ((areLacking && areRowsLate(before, now)) || isPressing(after, poll, now)) {
    const pause = Math.min(now - before.polled, LONGEST_PAUSE_MS);
    await changeNote(run.z, run.bundle, { hurry: { zapId: zap.id, until: now + pause + MINUTE_MS } });
  } else if (hurry?.zapId === zap.id) {
    await changeNote(run.z, run.bundle, { hurry: null });
  }
  return foundIn(outcomes);
}
