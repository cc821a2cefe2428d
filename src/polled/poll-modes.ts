/**
 * One poll of a trigger, in one of three modes: a test in Zapier's editor, the first poll of a Zap that is turned on,
 * and the polls of a Zap that is on.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { metaOf } from '../bundle.ts';
import { InputValues } from '../inputs/input.ts';
import { CompletedSubject } from '../lookups/completed-subject.ts';
import { chosenLookups, lookUp, sampleFields, type ChosenLookup } from '../lookups/lookup.ts';
import { nounOf, readObject, recordOfObject } from '../object-record.ts';
import { once } from '../once.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { Run } from '../run.ts';
import { localeOf } from '../time-zone-field.ts';
import type { LivePoll } from './details.ts';
import { dueRowOf, dueRowsOf, type DueRow, type Poll } from './due-rows.ts';
import { missedMessage, tooManyMessage } from './missed-records.ts';
import { pollWithNotes } from './poll-with-notes.ts';
import { pollWithoutNotes } from './poll-without-notes.ts';
import type { PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { NoRequestsLeft, Ration } from './ration.ts';
import { newNotes, zapIdOf, ZapNotesStore, type Mark } from './zap-notes.ts';

const MAX_TEST_RECORDS = 3;

/** A poll that has begun, and what its modes share. */
interface BegunPoll {
  readonly trigger: PolledTriggerDefinition;
  readonly run: Run;
  readonly poll: Poll;
  readonly now: number;
  readonly ration: Ration;
  /** The lookups that the Zap's owner has chosen. */
  readonly lookups: readonly ChosenLookup[];
  readonly readLocale: () => Promise<Locale>;
  /** The Zap and its notes; null if Zapier does not state the Zap's id. */
  readonly zap: { readonly id: string; readonly store: ZapNotesStore } | null;
}

/** A record that is due, with the fields that lookups add to it. */
interface FoundRow extends DueRow {
  readonly fields?: FlatRecord;
}

/** Begins a poll. @throws {Error} if an input is invalid */
async function begun(trigger: PolledTriggerDefinition, z: ZObject, bundle: Bundle): Promise<BegunPoll> {
  const { key, inputs, idEnd, lookups = [] } = trigger;
  const now = Date.now();
  const run = Run.ofSearch(z, bundle);
  const values = await InputValues.read(inputs, run);
  const zapId = zapIdOf(bundle);
  return {
    trigger,
    run,
    poll: { ...trigger.poll(values, run, now), ...(idEnd && { idEnd: (record) => idEnd(record, values) }) },
    now,
    ration: new Ration(z, bundle, now),
    lookups: chosenLookups(lookups, bundle),
    readLocale: once(() => localeOf(z, bundle)),
    zap: zapId === null ? null : { id: zapId, store: new ZapNotesStore(z, bundle, key, zapId) },
  };
}

/** Reads the rows that are due, oldest first. */
const readDue = async ({ poll, ration }: BegunPoll, spend = ration.spend): Promise<DueRow[]> =>
  dueRowsOf(await poll.readRows({ span: poll.span, spend }), poll);

/** Reads the details of a record. Returns null if it is not due, not chosen or deleted. */
async function readDetails(begunPoll: BegunPoll, { rowId }: Mark): Promise<FoundRow | null> {
  const { trigger, run, poll, lookups, readLocale } = begunPoll;
  const details = await readObject(run, trigger.object, rowId);
  // The record may have changed since its row was read.
  const due = details && dueRowOf(details, poll);
  if (!due || !(poll.isChosen?.(details) ?? true)) return null;
  const found = { ...due, row: (await poll.complete?.(details)) ?? details };
  if (lookups.length === 0) return found;
  const subject = CompletedSubject.ofRecord(details, trigger.object, run);
  const added = await lookUp(lookups, subject, run, await readLocale());
  return added && { ...found, fields: added.fields };
}

/** Returns the records that Zapier gets, newest first. */
async function recordsOf({ trigger, readLocale }: BegunPoll, due: readonly FoundRow[]): Promise<FlatRecord[]> {
  const locale = await readLocale();
  return due
    .toSorted((one, other) => other.at - one.at)
    .map(({ row, id, fields }) => ({ ...fields, ...recordOfObject(trigger.object, row, locale), id }));
}

/** Returns up to three records for the editor, those nearest to now. A user waits, so requests are not rationed. */
async function testRecords(begunPoll: BegunPoll): Promise<FlatRecord[] | null> {
  const { trigger, now } = begunPoll;
  const due = await readDue(begunPoll, () => Promise.resolve());
  const nearest = due.sort((one, other) => Math.abs(one.at - now) - Math.abs(other.at - now));
  const rows = nearest.slice(0, MAX_TEST_RECORDS);
  const found = trigger.object.api?.isRowComplete
    ? rows
    : await Promise.all(rows.map((row) => readDetails(begunPoll, row)));
  const records = found.filter((row) => row !== null);
  return records.length === 0 ? null : recordsOf(begunPoll, records);
}

/** Returns the ids of the records that are due when a Zap is turned on. Zapier and the Zap's notes know them from then on. */
async function knownRecords(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  const { ration, zap, now } = begunPoll;
  ration.canWiden = true;
  const due = await readDue(begunPoll);
  await zap?.store.write(newNotes(now, due));
  return due.toReversed().map(({ id }) => ({ id }));
}

/** Returns the records of a list whose rows are complete. Zapier drops those that it knows. */
async function completeRows(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  const due = await readDue(begunPoll).catch((error: unknown) => {
    // The records are due for days, so the next poll returns them.
    if (error instanceof NoRequestsLeft) return [];
    throw error;
  });
  return recordsOf(begunPoll, due);
}

/** Returns the new records of a Zap that is on. @throws {Error} about records that were missed, or that are too many */
async function newRecords(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  const { trigger, run, poll, ration, lookups, readLocale, now, zap } = begunPoll;
  const { object } = trigger;
  if (object.api?.isRowComplete) return completeRows(begunPoll);
  const notes = zap && (await zap.store.read(now));
  const live: LivePoll<FoundRow> = {
    poll,
    run,
    ration,
    now,
    requestsPerRecord: 1 + lookups.length + (poll.complete ? 1 : 0),
    readDetails: (mark) => readDetails(begunPoll, mark),
  };
  const outcome = zap && notes ? await pollWithNotes(live, zap, notes) : await pollWithoutNotes(live);
  if ('missed' in outcome) throw run.refusal(missedMessage(outcome.missed, nounOf(object), await readLocale()));
  if ('tooMany' in outcome) throw run.refusal(tooManyMessage(outcome.tooMany, nounOf(object)));
  return recordsOf(begunPoll, outcome.found);
}

/** Polls in the mode for which Zapier asks. @param sample - the record to show in the editor if none is due */
export async function polledRecords(
  trigger: PolledTriggerDefinition,
  sample: FlatRecord,
  z: ZObject,
  bundle: Bundle,
): Promise<FlatRecord[]> {
  const { isPopulatingDedupe, isLoadingSample } = metaOf(bundle);
  const begunPoll = await begun(trigger, z, bundle);
  if (isLoadingSample) return (await testRecords(begunPoll)) ?? [{ ...sampleFields(begunPoll.lookups), ...sample }];
  return isPopulatingDedupe ? knownRecords(begunPoll) : newRecords(begunPoll);
}
