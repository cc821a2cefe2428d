/**
 * A test in Zapier's editor. The test shows the records with which a user builds the Zap. The user waits for the
 * result, so the requests of a test are not rationed.
 */

import { allEnded } from '../all-ended.ts';
import type { FlatRecord } from '../record/record.ts';
import { rowId } from '../api/rows.ts';
import type { DueRow } from './due-rows.ts';
import { readDetails, readDue, recordsOf, type FoundRecord, type ZapPoll } from './zap-poll.ts';

const MAX_TEST_RECORDS = 3;
/** Maximum number of records that are read if the first records do not meet the Zap's choices. */
const MAX_TEST_READS = 12;
/** Time after which no more records are read, in milliseconds. */
const MAX_TEST_MS = 10_000;

/**
 * Reads records in order, three at a time, until at least one of the three has a run or a limit is reached. Returns the
 * records that were read last, at most three.
 */
async function readUntilChosen(zapPoll: ZapPoll, due: readonly DueRow[]): Promise<FoundRecord[]> {
  const { areRowsFull, run } = zapPoll;
  const options = {
    maxZapRuns: MAX_TEST_RECORDS,
    ...(areRowsFull && { fullRows: new Map(due.map(({ row }) => [String(rowId(row)), row])) }),
  };
  let found: FoundRecord[] = [];
  for (let start = 0; start < Math.min(due.length, MAX_TEST_READS); start += MAX_TEST_RECORDS) {
    const part = due.slice(start, start + MAX_TEST_RECORDS);
    found = (await allEnded(part.map((row) => readDetails(zapPoll, row, options)))).filter((row) => row !== null);
    if (found.some(({ zapRuns }) => zapRuns.length > 0) || run.elapsed > MAX_TEST_MS) break;
  }
  return found;
}

/**
 * Returns up to three records that meet the choices of the Zap, preferring records near the current time; null if no
 * such record was found.
 */
export async function editorRecords(zapPoll: ZapPoll): Promise<FlatRecord[] | null> {
  const { now } = zapPoll;
  const due = await readDue(zapPoll, () => Promise.resolve());
  const nearest = due.sort((one, other) => Math.abs(one.at - now) - Math.abs(other.at - now));
  const records = await recordsOf(zapPoll, await readUntilChosen(zapPoll, nearest));
  return records.length === 0 ? null : records.slice(0, MAX_TEST_RECORDS);
}
