/** The details of due records, which a poll reads as long as it has requests and time. */

import type { Run } from '../run.ts';
import type { DueRow, Poll } from './due-rows.ts';
import type { Ration } from './ration.ts';
import type { Mark } from './zap-notes.ts';

/** Requests for details that are under way at the same time. */
const MAX_PARALLEL = 10;
/** Milliseconds after which no more details are requested, because Zapier ends a poll after 30 seconds. */
const MAX_READING_MS = 18_000;

/** A poll of a Zap that is on, and its dependencies. Found records contain the fields that lookups add. */
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
export interface NewRecords<Found extends DueRow> {
  readonly found: Found[];
}

/** A mark whose details were read. */
export interface Outcome<Found extends DueRow> {
  readonly mark: Mark;
  readonly found: Found | null;
}

/** Reserves requests for details. Returns the number of records for which they suffice, at most `count`. */
export async function reserveDetails({ ration, requestsPerRecord }: LivePoll<DueRow>, count: number): Promise<number> {
  const requests = count === 0 ? 0 : await ration.reserve(count * requestsPerRecord);
  return Math.floor(requests / requestsPerRecord);
}

/** Reads details as long as there is time. @throws the first error if no details could be read */
export async function outcomesOf<Found extends DueRow>(
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

/** Returns the records among outcomes. */
export const foundIn = <Found extends DueRow>(outcomes: readonly Outcome<Found>[]): NewRecords<Found> => ({
  found: outcomes.flatMap(({ found }) => found ?? []),
});
