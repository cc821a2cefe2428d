/**
 * A poll of a Zap that is on. It returns records whose details it has read, each record once, because Zapier never
 * forgets an id. If a minute has too few requests, the remaining records wait in the Zap's memory for a later poll.
 * Records that stop being due first are read first. A record that stops being due before it is read is missed, and an
 * error tells the Zap's owner. That error keeps the records of its own poll from Zapier, so it waits for a poll in
 * which no other record would be missed.
 */

import { changeNote, readNote } from './connection-note.ts';
import { foundIn, outcomesOf, reserveDetails, type LivePoll, type NewRecords, type Outcome } from './details.ts';
import { dueRowsOf, dueUntil, type DueRow, type Poll } from './due-rows.ts';
import { mayFail, missedAmong, missedFrom } from './missed-records.ts';
import { inOrder, isDueUntilSoon, LONGEST_PAUSE_MS } from './next-details.ts';
import { NoRequestsLeft } from './ration.ts';
import { markName, type Mark, type ZapMemory, type ZapMemoryStore } from './zap-memory.ts';

const MINUTE_MS = 60_000;

/** Zapier holds back all records of a poll that returns more than 100 new ones. */
const MAX_NEW_RECORDS = 100;
/**
 * Time between two reads of a list for each page of the list, so that a list takes at most five requests in two
 * minutes, and the maximum of that time.
 */
const MS_PER_PAGE = 24_000;
const MAX_ROWS_AGE_MS = 30 * MINUTE_MS;

/** A Zap and its memory. */
export interface RememberingZap {
  readonly id: string;
  readonly store: ZapMemoryStore;
}

/** The memory after the rows may have been read. */
interface RowsRead {
  readonly memory: ZapMemory;
  /** True if the rows were to be read, but the minute had too few requests. */
  readonly areLacking: boolean;
}

/**
 * Reads the rows, and returns the memory with the records that are due now; null if this minute has too few requests.
 */
async function withRows(live: LivePoll<DueRow>, memory: ZapMemory): Promise<ZapMemory | null> {
  const { poll, ration, now } = live;
  const { spend, spent } = ration;
  try {
    const from = missedFrom(poll, memory, now);
    const pastRows =
      from === null
        ? []
        : await (poll.readPastRows ?? poll.readRows)({ span: { from, to: poll.span.from - 1 }, spend });
    const due = dueRowsOf(await poll.readRows({ span: poll.span, spend }), poll);
    const names = new Set(due.map(markName));
    const done = memory.done.filter((mark) => names.has(markName(mark)));
    const doneNames = new Set(done.map(markName));
    return {
      ...memory,
      read: now,
      rowRequests: ration.spent - spent,
      done,
      waiting: due.filter((row) => !doneNames.has(markName(row))).map(({ rowId, at }) => ({ rowId, at })),
      missed: [...memory.missed, ...missedAmong(pastRows, poll, memory, now)],
    };
  } catch (error) {
    if (error instanceof NoRequestsLeft) return null;
    throw error;
  }
}

/** Reads the rows if it is time, and if this minute has enough requests. */
async function withRowsIfOld(live: LivePoll<DueRow>, before: ZapMemory): Promise<RowsRead> {
  const { ration, now } = live;
  const { read, rowRequests } = before;
  const areOld = now - read >= Math.min(rowRequests * MS_PER_PAGE, MAX_ROWS_AGE_MS);
  if (!areOld) return { memory: before, areLacking: false };
  const isEnough = (await ration.reserve(rowRequests)) === rowRequests;
  const memory = isEnough ? await withRows(live, before) : null;
  if (memory) return { memory, areLacking: false };
  // The next attempt reserves more requests, in case the list has grown.
  return { memory: { ...before, rowRequests: Math.max(rowRequests, ration.spent + 5) }, areLacking: true };
}

/** Returns true if rows were read so long ago that records may be missed. */
const areRowsLate = ({ read, rowRequests }: ZapMemory, now: number): boolean =>
  now - read >= Math.max(LONGEST_PAUSE_MS / 2, 2 * rowRequests * MS_PER_PAGE);

/** Returns the waiting records that are still due. The others count as missed when the rows are read the next time. */
const stillDue = ({ waiting }: ZapMemory, poll: Poll, now: number): Mark[] =>
  waiting.filter(({ at }) => dueUntil(poll, at, now) > now);

/** Returns true if a waiting record is not due for much longer. */
const isPressing = (memory: ZapMemory, poll: Poll, now: number): boolean =>
  stillDue(memory, poll, now).some((mark) => isDueUntilSoon(mark, poll, now));

/** Returns the memory after details were read. A record that has moved since its row was read is known at both times. */
function withOutcomes(memory: ZapMemory, outcomes: readonly Outcome<DueRow>[], now: number): ZapMemory {
  if (outcomes.length === 0) return { ...memory, polled: now };
  const read = new Set(outcomes.map(({ mark }) => markName(mark)));
  const known = outcomes.flatMap(({ mark, found }) => [mark, found ?? mark]);
  const done = new Map([...memory.done, ...known].map(({ rowId, at }) => [markName({ rowId, at }), { rowId, at }]));
  const waiting = memory.waiting.filter((mark) => !read.has(markName(mark)));
  return { ...memory, polled: now, waiting, done: [...done.values()] };
}

/** Polls. @returns the new records, or the moments of missed records to tell */
export async function pollWithMemory<Found extends DueRow>(
  live: LivePoll<Found>,
  zap: RememberingZap,
  before: ZapMemory,
): Promise<NewRecords<Found> | { readonly missed: readonly number[] }> {
  const { poll, run, ration, now } = live;
  const { hurry } = await readNote(run.z, run.bundle);
  const othersHurry = hurry !== null && hurry.zapId !== zap.id && hurry.until > now;
  if (othersHurry && !areRowsLate(before, now) && !isPressing(before, poll, now)) return { found: [] };

  ration.canWiden = now - before.polled > LONGEST_PAUSE_MS / 3 || isPressing(before, poll, now);
  const { memory, areLacking } = await withRowsIfOld(live, before);
  const due = stillDue(memory, poll, now);
  if (memory.missed.length > 0 && mayFail(due, poll, before, now)) {
    // If the memory cannot be written, the next poll reports the missed records.
    if (await zap.store.write({ ...memory, polled: now, missed: [] })) return { missed: memory.missed };
  }

  ration.canWiden ||= isPressing(memory, poll, now);
  const next = inOrder(due, poll, memory.since, now).slice(0, MAX_NEW_RECORDS);
  const outcomes = await outcomesOf(next.slice(0, await reserveDetails(live, next.length)), live);
  const after = withOutcomes(memory, outcomes, now);
  if (memory !== before || outcomes.length > 0) await zap.store.write(after);

  if ((areLacking && areRowsLate(before, now)) || isPressing(after, poll, now)) {
    const pause = Math.min(now - before.polled, LONGEST_PAUSE_MS);
    await changeNote(run.z, run.bundle, { hurry: { zapId: zap.id, until: now + pause + MINUTE_MS } });
  } else if (hurry?.zapId === zap.id) {
    await changeNote(run.z, run.bundle, { hurry: null });
  }
  return foundIn(outcomes);
}
