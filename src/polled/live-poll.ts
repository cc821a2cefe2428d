/**
 * A poll of a Zap that is on. It returns records whose details it has read, each record once, because Zapier never
 * forgets an id. If a minute has too few requests, the remaining records wait in the Zap's memory for a later poll.
 * Records that stop being due first are read first. A record that stops being due before it is read is missed, and an
 * error tells the Zap's owner. That error keeps the records of its own poll from Zapier, so it waits for a poll in
 * which no other record would be missed.
 */

import type { Run } from '../run.ts';
import { changeNote, readNote } from './connection-note.ts';
import { dueRowsOf, dueUntil, type DueRow, type Poll } from './due-rows.ts';
import { mayFail, missedAmong, missedFrom } from './missed-records.ts';
import { inOrder, inTurn, isDueUntilSoon, LONGEST_PAUSE_MS } from './next-details.ts';
import { NoRequestsLeft, type Ration } from './ration.ts';
import { markName, type Mark, type ZapMemory, type ZapMemoryStore } from './zap-memory.ts';

const MINUTE_MS = 60_000;

/** Zapier holds back all records of a poll that returns more than 100 new ones. */
const MAX_NEW_RECORDS = 100;
/** Requests for details that are under way at the same time. */
const MAX_PARALLEL = 10;
/** Milliseconds after which no more details are requested, because Zapier ends a poll after 30 seconds. */
const MAX_READING_MS = 18_000;
/**
 * Time between two reads of a list for each page of the list, so that a list takes at most five requests in two
 * minutes, and the maximum of that time.
 */
const MS_PER_PAGE = 24_000;
const MAX_ROWS_AGE_MS = 30 * MINUTE_MS;
/** Maximum number of details that a poll without a memory reads. */
const MAX_WITHOUT_MEMORY = 40;
/**
 * Maximum number of these details for records that stay due for longer. Polls read such records in turn, and
 * repeatedly.
 */
const MAX_IN_TURN = 20;

/** A poll and its dependencies. Found records contain the fields that lookups add. */
export interface LivePoll<Found extends DueRow> {
  readonly poll: Poll;
  readonly run: Run;
  readonly ration: Ration;
  readonly now: number;
  /** Requests for the details of a record. */
  readonly requestsPerRecord: number;
  /** Reads the details of a record; null if it is not due, not chosen or deleted. */
  readonly readDetails: (mark: Mark) => Promise<Found | null>;
}

/** The new records of a poll. */
interface NewRecords<Found extends DueRow> {
  readonly found: Found[];
}

/** A mark whose details were read. */
interface Outcome<Found extends DueRow> {
  readonly mark: Mark;
  readonly found: Found | null;
}

/** Reads details as long as there is time. @throws the first error if no details could be read */
async function outcomesOf<Found extends DueRow>(
  marks: readonly Mark[],
  { run, ration, requestsPerRecord, readDetails }: LivePoll<Found>,
): Promise<Outcome<Found>[]> {
  const outcomes: Outcome<Found>[] = [];
  for (let start = 0; start < marks.length && run.elapsed < MAX_READING_MS; start += MAX_PARALLEL) {
    const part = marks.slice(start, start + MAX_PARALLEL);
    ration.use(part.length * requestsPerRecord);
    const settled = await Promise.allSettled(
      part.map(async (mark): Promise<Outcome<Found>> => ({ mark, found: await readDetails(mark) })),
    );
    outcomes.push(...settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    const failed = settled.find((result) => result.status === 'rejected');
    // Records that were read are returned, and the others wait for the next poll.
    if (failed && outcomes.length === 0) throw failed.reason;
    if (settled.every(({ status }) => status === 'rejected')) break;
  }
  return outcomes;
}

const foundIn = <Found extends DueRow>(outcomes: readonly Outcome<Found>[]): NewRecords<Found> => ({
  found: outcomes.flatMap(({ found }) => found ?? []),
});

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

/** Returns the marks that are still due. The others count as missed when the rows are read the next time. */
const stillDue = (marks: readonly Mark[], poll: Poll, now: number): Mark[] =>
  marks.filter(({ at }) => dueUntil(poll, at, now) > now);

/** Returns true if the rows were read so long ago that they are to be read before details. */
const areRowsOld = ({ read, rowRequests }: ZapMemory, now: number): boolean =>
  now - read >= Math.min(rowRequests * MS_PER_PAGE, MAX_ROWS_AGE_MS);

/** Polls with a memory. @returns the new records, or the moments of missed records to tell */
export async function pollWithMemory<Found extends DueRow>(
  live: LivePoll<Found>,
  store: ZapMemoryStore,
  zapId: string,
  before: ZapMemory,
): Promise<NewRecords<Found> | { readonly missed: readonly number[] }> {
  const { poll, run, ration, now, requestsPerRecord } = live;
  const isPressing = (memory: ZapMemory): boolean =>
    stillDue(memory.waiting, poll, now).some((mark) => isDueUntilSoon(mark, poll, now));
  const areRowsLate = now - before.read >= Math.max(LONGEST_PAUSE_MS / 2, 2 * before.rowRequests * MS_PER_PAGE);

  const { hurry } = await readNote(run.z, run.bundle);
  const othersHurry = hurry !== null && hurry.zapId !== zapId && hurry.until > now;
  if (othersHurry && !areRowsLate && !isPressing(before)) return { found: [] };

  ration.canWiden = now - before.polled > LONGEST_PAUSE_MS / 3 || isPressing(before);
  let memory = before;
  let lacksRows = false;
  if (areRowsOld(before, now)) {
    const isEnough = (await ration.reserve(before.rowRequests)) === before.rowRequests;
    const read = isEnough ? await withRows(live, before) : null;
    lacksRows = read === null;
    // The next attempt reserves more requests, in case the list has grown.
    memory = read ?? { ...before, rowRequests: Math.max(before.rowRequests, ration.spent + 5) };
  }
  if (memory.missed.length > 0 && mayFail(stillDue(memory.waiting, poll, now), poll, before, now)) {
    // If the memory cannot be written, the next poll reports the missed records.
    if (await store.write({ ...memory, polled: now, missed: [] })) return { missed: memory.missed };
  }
  ration.canWiden ||= isPressing(memory);
  const next = inOrder(stillDue(memory.waiting, poll, now), poll, memory.since, now).slice(0, MAX_NEW_RECORDS);
  const requests = next.length === 0 ? 0 : await ration.reserve(next.length * requestsPerRecord);
  const outcomes = await outcomesOf(next.slice(0, Math.floor(requests / requestsPerRecord)), live);

  const read = new Set(outcomes.map(({ mark }) => markName(mark)));
  const waiting = memory.waiting.filter((mark) => !read.has(markName(mark)));
  // A record that has moved since its row was read is known at both times.
  const known = outcomes.flatMap(({ mark, found }) => [mark, found ?? mark]);
  const done = new Map([...memory.done, ...known].map(({ rowId, at }) => [markName({ rowId, at }), { rowId, at }]));
  const after = { ...memory, polled: now, waiting, done: [...done.values()] };
  if (memory !== before || outcomes.length > 0) await store.write(after);
  if ((lacksRows && areRowsLate) || isPressing(after)) {
    const pause = Math.min(now - before.polled, LONGEST_PAUSE_MS);
    await changeNote(run.z, run.bundle, { hurry: { zapId, until: now + pause + MINUTE_MS } });
  } else if (hurry?.zapId === zapId) {
    await changeNote(run.z, run.bundle, { hurry: null });
  }
  return foundIn(outcomes);
}

/**
 * Polls without a memory.
 * @returns the records that are read in this poll, or the number of due records if some would be missed
 */
export async function pollWithoutMemory<Found extends DueRow>(
  live: LivePoll<Found>,
): Promise<NewRecords<Found> | { readonly tooMany: number }> {
  const { poll, ration, now, requestsPerRecord } = live;
  ration.canWiden = true;
  const due = dueRowsOf(await poll.readRows({ span: poll.span, spend: ration.spend }), poll);
  if (due.length === 0) return { found: [] };
  const soon = due.filter((row) => isDueUntilSoon(row, poll, now)).length;
  const wanted = Math.min(due.length, Math.max(MAX_IN_TURN, Math.min(soon + MAX_IN_TURN / 2, MAX_WITHOUT_MEMORY)));
  const maxCount = Math.floor((await ration.reserve(wanted * requestsPerRecord)) / requestsPerRecord);
  const next = maxCount === 0 ? null : inTurn(due, poll, maxCount, now);
  return next === null ? { tooMany: due.length } : foundIn(await outcomesOf(next, live));
}
