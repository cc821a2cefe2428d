/**
 * A poll of a Zap that is on, if Zapier's cache does not respond or does not tell Zaps apart. Each poll reads the details
 * of all due records again, in turn if there are many, and Zapier drops the records that it knows.
 */

import { foundIn, outcomesOf, reserveDetails, type LivePoll, type NewRecords, type ReadRecord } from './details.ts';
import { dueRowsOf } from './due-rows.ts';
import { inTurn, isDueUntilSoon } from './next-details.ts';

/** Maximum number of details that a poll reads. */
const MAX_DETAILS = 40;
/**
 * Maximum number of these details for records that stay due for longer. Polls read such records in turn, and
 * repeatedly.
 */
const MAX_IN_TURN = 20;

/** Polls. @returns the records that are read in this poll, or the number of due records if some would be missed */
export async function pollWithoutNotes<Found extends ReadRecord>(
  live: LivePoll<Found>,
): Promise<NewRecords<Found> | { readonly tooMany: number }> {
  const { poll, ration, now } = live;
  ration.canWiden = true;
  const due = dueRowsOf(await poll.readRows({ span: poll.span, spend: ration.spend }), poll);
  if (due.length === 0) return { found: [] };
  const soon = due.filter((row) => isDueUntilSoon(row, poll, now)).length;
  const wanted = Math.min(due.length, Math.max(MAX_IN_TURN, Math.min(soon + MAX_IN_TURN / 2, MAX_DETAILS)));
  const next = inTurn(due, poll, await reserveDetails(live, wanted), now);
  return next === null ? { tooMany: due.length } : foundIn(await outcomesOf(next, live));
}
