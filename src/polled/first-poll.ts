/** The first poll after a Zap is turned on. The Zap never runs for the records that are due at this time. */

import type { FlatRecord } from '../record/record.ts';
import type { DueRow } from './due-rows.ts';
import { newNotes } from './zap-notes.ts';
import { readDue, type ZapPoll } from './zap-poll.ts';

export const NO_ZAP_ID =
  'Zapier does not say which Zap this is, so this step cannot remember for which records the Zap has run, and does not run. ' +
  'Send this message to the developer of this app.';
export const NO_CACHE =
  "Zapier's cache does not respond, so this step does not know for which records the Zap has run. Nothing is lost: the next " +
  'poll tries again. If you have just turned the Zap on, turn it off and on again.';

/**
 * Writes the due records into the Zap's notes, so that the Zap does not run for these records.
 *
 * @throws {Error} if the Zap's id is unknown, if the cache does not respond, or if the rows cannot be read
 */
export async function saveDue(zapPoll: ZapPoll): Promise<DueRow[]> {
  const { run, now, store, ration } = zapPoll;
  if (!store) throw run.refusal(NO_ZAP_ID);
  // These notes mark the Zap as not started. If a later request fails, Zapier might still turn the Zap on, and the Zap
  // must not run for the records that are due now.
  if (!(await store.write(newNotes(now)))) throw run.refusal(NO_CACHE);
  const due = await readDue(zapPoll);
  if (!(await store.write(newNotes(now, due, ration.spent)))) throw run.refusal(NO_CACHE);
  return due;
}

/** Returns the ids of the due records, so that Zapier knows them, and saves the records in the Zap's notes. */
export async function knownRecords(zapPoll: ZapPoll): Promise<FlatRecord[]> {
  const due = await saveDue(zapPoll);
  return due.toReversed().map(({ id }) => ({ id }));
}
