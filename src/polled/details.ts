/** Reads the details of due records, as long as the poll has requests and time left. */

import type { StepRun } from '../api/step-run.ts';
import type { DueRow } from './due-rows.ts';
import { NoRequestsLeft, type Ration } from '../api/ration.ts';
import type { Outcome } from './next-notes.ts';
import { MAX_ZAP_RUNS } from './plan.ts';
import type { Mark } from './zap-notes.ts';

/**
 * Time since the start of a poll after which no more details are requested, in milliseconds. This limit leaves enough
 * time to complete all reads that have started.
 */
const MAX_READING_MS = 18_000;
/**
 * Number of consecutive failures after which a poll requests no more details. After this many failures, the cause is
 * probably an outage, not a few unreadable records.
 */
const MAX_FAILURES = 10;

/** A record that was read, with the Zap's runs for the record. A poll returns either all of these runs or none. */
export interface ReadRecord extends DueRow {
  readonly zapRuns: readonly unknown[];
}

/** The functions and limits for reading details. The records returned contain the fields that lookups add. */
export interface DetailsReading<Found extends ReadRecord> {
  readonly run: StepRun;
  readonly ration: Ration;
  /** Number of requests for the details of a record; 0 if rows are full. */
  readonly requestsPerRecord: number;
  /**
   * Reads the details of a record; null if the record is not due or was deleted. A record that does not meet the Zap's
   * choices has no runs.
   */
  readonly readDetails: (mark: Mark) => Promise<Found | null>;
  /** Number of records whose details are requested concurrently. */
  readonly parallel: number;
}

/**
 * Reserves requests for details. Returns the number of records for which enough requests are reserved, at most `count`.
 */
export async function reserveDetails(
  { ration, requestsPerRecord }: Pick<DetailsReading<ReadRecord>, 'ration' | 'requestsPerRecord'>,
  count: number,
): Promise<number> {
  if (requestsPerRecord === 0) return count;
  const requests = await ration.reserve(count * requestsPerRecord);
  return Math.floor(requests / requestsPerRecord);
}

/**
 * Returns the first outcomes, with at most {@link MAX_ZAP_RUNS} runs of the Zap in total. If a single record has more
 * runs, it is returned without other records.
 */
function withinMaxRuns<Found extends ReadRecord>(outcomes: readonly Outcome<Found>[]): Outcome<Found>[] {
  let zapRuns = 0;
  const end = outcomes.findIndex(({ found }) => {
    const added = found?.zapRuns.length ?? 0;
    const isTooMuch = zapRuns > 0 && zapRuns + added > MAX_ZAP_RUNS;
    zapRuns += added;
    return isTooMuch;
  });
  return end < 0 ? [...outcomes] : outcomes.slice(0, end);
}

/** Returns true if TutorCruncher has refused a request because there were too many requests. */
const isThrottled = ({ reason }: PromiseRejectedResult): boolean =>
  reason instanceof Error && reason.name === 'ThrottledError';

/**
 * Reads details until the time or the requests run out. If a record cannot be read, the poll continues with the next
 * records.
 *
 * @throws {Error} the first error if no details could be read
 */
export async function outcomesOf<Found extends ReadRecord>(
  marks: readonly Mark[],
  reading: DetailsReading<Found>,
): Promise<Outcome<Found>[]> {
  const { run, ration, requestsPerRecord, readDetails, parallel } = reading;
  const outcomes: Outcome<Found>[] = [];
  const failures: PromiseRejectedResult[] = [];
  let failuresInARow = 0;
  for (let start = 0; start < marks.length && run.elapsed < MAX_READING_MS; start += parallel) {
    // The lookups of earlier records might have used requests that were reserved for this group.
    const count = await reserveDetails(reading, Math.min(parallel, marks.length - start));
    const part = marks.slice(start, start + count);
    ration.spendReserved(part.length * requestsPerRecord);
    const settled = await Promise.allSettled(
      part.map(async (mark): Promise<Outcome<Found>> => ({ mark, found: await readDetails(mark) })),
    );
    outcomes.push(...settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    const rejected = settled.filter((result) => result.status === 'rejected');
    const failed = rejected.filter(({ reason }) => !(reason instanceof NoRequestsLeft));
    failures.push(...failed);
    failuresInARow = rejected.length === settled.length ? failuresInARow + failed.length : 0;
    const within = withinMaxRuns(outcomes);
    if (within.length < outcomes.length) return within;
    const lacksRequests = count < parallel || rejected.length > failed.length;
    if (lacksRequests || failuresInARow >= MAX_FAILURES || failed.some(isThrottled)) break;
  }
  // The records that were read are returned. The remaining records wait for the next poll.
  const [failure] = failures;
  if (failure && outcomes.length === 0) throw failure.reason;
  return outcomes;
}
