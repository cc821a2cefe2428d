/**
 * A poll of a Zap that is on. The functions of `plan.ts` and `next-notes.ts` make the decisions, and this file reads
 * and writes:
 *
 * 1. The notes show which records need no run, and which records wait for their details.
 * 2. Rows show which records are due now, and which records were missed.
 * 3. Details of the first waiting records are read, within the time and request limits.
 * 4. The notes are saved last, when the records are ready. If Zapier might have stopped waiting by then, the notes are
 *    not saved. The next poll then returns the same records under the same ids, and Zapier drops the records that it
 *    has received.
 *
 * A poll that throws an error returns no records. An error about missed records is therefore postponed for up to half
 * an hour, until a poll in which the error would cause no other record to be missed.
 */

import type { JsonObject } from '../../wire/json.ts';
import { nounOf } from '../object/object-record.ts';
import type { FlatRecord } from '../record/record.ts';
import { rowId } from '../api/rows.ts';
import { outcomesOf, reserveDetails } from './details.ts';
import { NO_CACHE, NO_ZAP_ID, saveDue } from './first-poll.ts';
import {
  forgottenMessage,
  lateMessage,
  mustTell,
  missedMessage,
  recoveryMessage,
  unreadSince,
} from './missed-records.ts';
import { withOutcomes, withoutRows, withRows, type Outcome, type RowsRead } from './next-notes.ts';
import { isLate, MAX_ZAP_RUNS, planDetails, planRows, stillDue, type RowsPlan } from './plan.ts';
import { NoRequestsLeft } from '../api/ration.ts';
import { hasNotBegun, newNotes, withoutMissed, type Mark, type ZapNotes, type ZapNotesStore } from './zap-notes.ts';
import { readDetails, recordsOf, type FoundRecord, type ZapPoll } from './zap-poll.ts';

/**
 * Time after which Zapier might have stopped waiting for the result of a poll, in milliseconds. Zapier waits for 30
 * seconds.
 */
const MAX_POLL_MS = 29_000;
/** Minimum time that a poll reserves for saving the notes, in milliseconds. A poll saves nothing after 25 seconds. */
const MIN_CACHE_MS = 4_000;
/** Maximum number of requests for past rows, in addition to the requests for due rows. */
const MAX_PAST_REQUESTS = 20;
/**
 * Maximum number of records whose details are requested concurrently: in general, and if the people of a record require
 * further requests.
 */
const MAX_PARALLEL = 10;
const MAX_PARALLEL_WITH_PEOPLE = 2;

/** Thrown to stop the reading of past rows when it takes too many requests. */
class PastTooLong extends Error {}

/** The notes of a Zap, and their storage. */
interface Memory {
  readonly store: ZapNotesStore;
  /** The notes; null if Zapier has lost them. */
  readonly notes: ZapNotes | null;
  /** Time that the cache took to find the notes, in milliseconds. */
  readonly cacheMs: number;
}

/** Finds the notes. @throws {Error} if the cache does not respond */
async function findMemory({ run, store }: ZapPoll): Promise<Memory> {
  if (store === null) throw run.refusal(NO_ZAP_ID);
  const before = run.elapsed;
  const notes = await store.find().catch(() => Promise.reject(run.refusal(NO_CACHE)));
  return { store, notes, cacheMs: run.elapsed - before };
}

/**
 * Saves notes. Returns false if the cache does not respond, or if Zapier might have stopped waiting by the time of the
 * response.
 */
const save = ({ run }: ZapPoll, { store, cacheMs }: Memory, notes: ZapNotes): Promise<boolean> =>
  store.write(notes, () => run.elapsed + Math.max(cacheMs, MIN_CACHE_MS) <= MAX_POLL_MS);

/**
 * Reads the past rows, which were due earlier; null if reading these rows takes too many requests.
 *
 * @throws {NoRequestsLeft} if too few requests are left in the minute and the plan requires the past rows
 */
async function readPast({ poll, ration }: ZapPoll, from: number, mayBeLeftOut: boolean): Promise<JsonObject[] | null> {
  let requests = 0;
  const spend = (): Promise<void> =>
    ++requests > MAX_PAST_REQUESTS ? Promise.reject(new PastTooLong()) : ration.spend();
  const span = { from, to: poll.span.from - 1 };
  return (poll.readPastRows ?? poll.readRows)({ span, spend }).catch((error: unknown) => {
    if (error instanceof PastTooLong || (mayBeLeftOut && error instanceof NoRequestsLeft)) return null;
    throw error;
  });
}

/** Reads rows as planned; null if too few requests are left in the minute. */
async function readRows(zapPoll: ZapPoll, plan: RowsPlan): Promise<RowsRead | null> {
  const { run, poll, ration } = zapPoll;
  const before = run.elapsed;
  if ((await ration.reserve(plan.requests)) < plan.requests) return null;
  try {
    const rows = await poll.readRows({ span: poll.span, spend: ration.spend });
    const requests = ration.spent;
    const { pastFrom, mayLeavePastOut } = plan;
    const pastRows = pastFrom === null ? [] : await readPast(zapPoll, pastFrom, mayLeavePastOut);
    return { rows, pastRows, requests, ms: run.elapsed - before };
  } catch (error) {
    if (error instanceof NoRequestsLeft) return null;
    throw error;
  }
}

/** Returns the functions and limits for reading details. If rows are full, details come from the rows. */
function detailsReading(zapPoll: ZapPoll, rows: readonly JsonObject[]) {
  const { run, poll, ration, areRowsFull, personKind, lookups } = zapPoll;
  const options = {
    spend: ration.spend,
    ...(areRowsFull && { fullRows: new Map(rows.map((row) => [String(rowId(row)), row])) }),
  };
  return {
    run,
    ration,
    requestsPerRecord: (areRowsFull ? 0 : 1) + lookups.length + (poll.readMore ? (poll.moreRequests ?? 1) : 0),
    readDetails: (mark: Mark) => readDetails(zapPoll, mark, options),
    // The requests for the people of a record are known only after the record is read. With smaller groups, fewer
    // records are read unnecessarily when the requests run out.
    parallel: personKind === null || lookups.length === 0 ? MAX_PARALLEL : MAX_PARALLEL_WITH_PEOPLE,
  };
}

/** Reads details in order, within the time and request limits. Other polls can use the unused requests. */
async function readNext(
  zapPoll: ZapPoll,
  next: readonly Mark[],
  rows: readonly JsonObject[],
): Promise<Outcome<FoundRecord>[]> {
  const { ration, readLocale } = zapPoll;
  try {
    // The branch is read before the details, because the records need the branch and there might be no time left after
    // the details are read.
    if (next.length > 0) await readLocale();
    const reading = detailsReading(zapPoll, rows);
    return await outcomesOf(next.slice(0, await reserveDetails(reading, next.length)), reading);
  } finally {
    await ration.release();
  }
}

/**
 * Throws an error if missed records must be reported now.
 *
 * @throws {Error} with a message about the missed records
 */
async function tellMissed(zapPoll: ZapPoll, memory: Memory, before: ZapNotes, notes: ZapNotes): Promise<void> {
  const { trigger, run, poll, now, ration, readLocale } = zapPoll;
  if (!mustTell(notes, stillDue(notes, poll, now), poll, before, now)) return;
  const locale = await readLocale();
  await ration.release();
  // If the notes cannot be saved, the next poll reports the missed records.
  if (await save(zapPoll, memory, withoutMissed(notes, now))) {
    throw run.refusal(missedMessage(notes, nounOf(trigger.object), locale, poll));
  }
}

/**
 * Reads details of the waiting records, saves the notes and returns the records.
 *
 * @param rows - null if too few requests were left in the minute to read the rows
 */
async function returnNext(
  zapPoll: ZapPoll,
  memory: Memory,
  before: ZapNotes,
  notes: ZapNotes,
  rows: readonly JsonObject[] | null,
): Promise<FlatRecord[]> {
  const { trigger, run, poll, now, areRowsFull, readLocale } = zapPoll;
  const { first, again } = planDetails(notes, poll, now);
  const next = areRowsFull && !rows?.length ? [] : [...first, ...again].slice(0, MAX_ZAP_RUNS);
  const outcomes = await readNext(zapPoll, next, rows ?? []);
  const records = await recordsOf(
    zapPoll,
    outcomes.flatMap(({ found }) => found ?? []),
  );
  const hasChanged = notes !== before || outcomes.length > 0;
  const isSaved = !hasChanged || (await save(zapPoll, memory, withOutcomes(notes, outcomes, now)));
  if (isLate(before, { lacksRows: rows === null, records: records.length, isSaved }, now)) {
    throw run.refusal(lateMessage(unreadSince(before), nounOf(trigger.object), await readLocale()));
  }
  return records;
}

/**
 * Starts new notes after the notes were lost or the first poll failed. Zapier drops a run only if it knows the id of
 * the run. After a failed first poll, Zapier knows no ids. If the Zap runs for each person, the first poll returned the
 * ids of records instead of runs. In these two cases, the Zap does not run for the records that are due. Any other Zap
 * returns the records again, and Zapier drops the records that it has. The notes could be lost again, so the poll fails
 * unless it can read all records that have probably not run the Zap.
 *
 * @throws {Error} if the Zap does not run for due records, if there are too many of them, or if the cache does not
 *   respond
 */
async function recover(zapPoll: ZapPoll, memory: Memory): Promise<FlatRecord[]> {
  const { trigger, run, poll, ration, now, personKind, readLocale } = zapPoll;
  const noun = nounOf(trigger.object);
  const isUnbegun = memory.notes !== null && hasNotBegun(memory.notes);
  if (personKind !== null || isUnbegun) {
    const due = await saveDue(zapPoll);
    if (due.length === 0) return [];
    const moments = due.map(({ at }) => at);
    throw run.refusal(forgottenMessage(moments, noun, await readLocale(), poll, !isUnbegun));
  }
  const rows = await poll.readRows({ span: poll.span, spend: ration.spend });
  const read = { rows, pastRows: [], requests: ration.spent, ms: run.elapsed - memory.cacheMs };
  const notes = withRows(newNotes(now), { pastFrom: null }, read, poll, now);
  if (!(await save(zapPoll, memory, notes))) throw run.refusal(NO_CACHE);
  const count = planDetails(notes, poll, now).first.length;
  const canRead = count <= MAX_ZAP_RUNS && (await reserveDetails(detailsReading(zapPoll, rows), count)) === count;
  if (canRead) return returnNext(zapPoll, memory, notes, notes, rows);
  await ration.release();
  throw run.refusal(recoveryMessage(notes.waiting.length, noun));
}

/**
 * Returns the new records of a Zap that is on.
 *
 * @throws {Error} about missed records, or about due records for which the Zap might not have run
 */
export async function newRecords(zapPoll: ZapPoll): Promise<FlatRecord[]> {
  const { poll, now, ration, areRowsFull, personKind } = zapPoll;
  const memory = await findMemory(zapPoll);
  const before = memory.notes;
  const isKnown = before !== null && (personKind === null ? !hasNotBegun(before) : before.known !== null);
  if (!isKnown) return recover(zapPoll, memory);

  const plan = planRows(before, poll, now, areRowsFull);
  const read = plan && (await readRows(zapPoll, plan));
  const notes =
    plan === null ? before : read ? withRows(before, plan, read, poll, now) : withoutRows(before, ration.spent);
  await tellMissed(zapPoll, memory, before, notes);
  return returnNext(zapPoll, memory, before, notes, plan === null ? [] : (read?.rows ?? null));
}
