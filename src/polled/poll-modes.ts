/**
 * One poll of a trigger, in one of three modes: a test in Zapier's editor, the first poll of a Zap that is turned on,
 * and the polls of a Zap that is on.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { allEnded } from '../all-ended.ts';
import { metaOf } from '../bundle.ts';
import { InputValues } from '../inputs/input.ts';
import { CompletedSubject } from '../lookups/completed-subject.ts';
import { chosenLookups, lookUp, requestsFor, sampleFields, type ChosenLookup } from '../lookups/lookup.ts';
import { CHOOSE_AN_ENTRY, personKindIn } from '../lookups/run-for-field.ts';
import { nounOf, readObject } from '../object-record.ts';
import { once } from '../once.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { runsIn, subjectFor, type PersonKind } from '../record/runs.ts';
import { Run } from '../run.ts';
import { localeOf } from '../time-zone-field.ts';
import type { LivePoll, ReadRecord } from './details.ts';
import { dueRowOf, dueRowsOf, recordOfDue, type DueRow, type Poll } from './due-rows.ts';
import { forgottenMessage, missedMessage, tooManyMessage } from './missed-records.ts';
import { pollWithNotes } from './poll-with-notes.ts';
import { pollWithoutNotes } from './poll-without-notes.ts';
import type { PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { NoRequestsLeft, Ration } from './ration.ts';
import { newNotes, zapIdOf, ZapNotesStore, type Mark, type ZapNotes } from './zap-notes.ts';

const MAX_TEST_RECORDS = 3;
/** Maximum number of records that are read for a test in the editor, if the first records are not chosen. */
const MAX_TEST_READS = 12;
/** Milliseconds after which a test in the editor reads no further records, because a user waits. */
const MAX_TEST_MS = 10_000;

/**
 * Maximum number of records whose details are requested at the same time, in general and if people take further
 * requests.
 */
const MAX_PARALLEL = 10;
const MAX_PARALLEL_WITH_PEOPLE = 2;

const NO_ZAP_ID =
  'Zapier does not tell which Zap this is, so this step cannot remember for which lessons the Zap has run. Choose "The ' +
  'Lesson" in "Run For".';
const NO_CACHE =
  "Zapier's cache does not respond, so this step does not know for which lessons the Zap has run. Nothing is lost: the next " +
  'poll tries again. If you have just turned the Zap on, turn it off and on again.';

/** A poll that has begun, and what its modes share. */
interface BegunPoll {
  readonly trigger: PolledTriggerDefinition;
  readonly run: Run;
  readonly poll: Poll;
  readonly now: number;
  readonly ration: Ration;
  /** The people for whom the Zap runs; null if it runs once for each record. */
  readonly personKind: PersonKind | null;
  /** The lookups that the Zap's owner has chosen. */
  readonly lookups: readonly ChosenLookup[];
  readonly readLocale: () => Promise<Locale>;
  /** The Zap and its notes; null if Zapier does not state the Zap's id. */
  readonly zap: { readonly id: string; readonly store: ZapNotesStore } | null;
}

/** A run for a record that is due, with the fields that lookups add to it. */
interface DueRun extends Pick<DueRow, 'id' | 'row' | 'reminder'> {
  readonly fields?: FlatRecord;
}

/** A record that is due, and its runs. The record may have no run if the Zap runs for each person. */
interface FoundRow extends ReadRecord {
  readonly runs: readonly DueRun[];
}

/** Begins a poll. @throws {Error} if an input is invalid */
async function begun(trigger: PolledTriggerDefinition, z: ZObject, bundle: Bundle): Promise<BegunPoll> {
  const { key, inputs, idEnd, reminders, lookups = [], offersRunFor = false } = trigger;
  const now = Date.now();
  const run = Run.ofSearch(z, bundle);
  const values = await InputValues.read(inputs, run);
  const zapId = zapIdOf(bundle);
  const personKind = offersRunFor ? personKindIn(bundle) : null;
  if (personKind === undefined) throw run.refusal(CHOOSE_AN_ENTRY);
  return {
    trigger,
    run,
    poll: {
      ...trigger.poll(values, run, now),
      ...(idEnd && { idEnd: (record) => idEnd(record, values) }),
      ...(reminders && { reminders: reminders(values) }),
    },
    now,
    ration: new Ration(z, bundle, now),
    personKind,
    lookups: chosenLookups(lookups, bundle),
    readLocale: once(() => localeOf(z, bundle)),
    zap: zapId === null ? null : { id: zapId, store: new ZapNotesStore(z, bundle, key, zapId) },
  };
}

/** Reads the rows that are due, oldest first. */
const readDue = async ({ poll, ration }: BegunPoll, spend = ration.spend): Promise<DueRow[]> =>
  dueRowsOf(await poll.readRows({ span: poll.span, spend }), poll);

/** Returns the runs for the details of a record. @throws {Error} if the details do not tell the people */
function runsFor({ run, poll, personKind }: BegunPoll, { id, reminder }: DueRow, details: JsonObject): DueRun[] {
  const shared = reminder && { reminder };
  if (personKind === null) return [{ id, row: details, ...shared }];
  const runs = runsIn(details, personKind, true);
  if (!runs) throw run.refusal("TutorCruncher's response does not contain who takes part in the lesson.");
  return (
    runs
      .map(({ person }) => ({ id: `${id}:${person.id}`, row: subjectFor(person, details), ...shared }))
      // A choice such as a client applies to each run.
      .filter(({ row }) => poll.isChosen?.(row) ?? true)
  );
}

/** Returns a run with the fields that lookups add to it; null if a lookup keeps the Zap from running. */
async function withLookups({ trigger, run, lookups, readLocale }: BegunPoll, found: DueRun): Promise<DueRun | null> {
  if (lookups.length === 0) return found;
  const subject = CompletedSubject.ofRecord(found.row, trigger.object, run);
  // The record of a lookup that fails waits for the next poll.
  const added = await lookUp(lookups, subject, run, await readLocale(), false);
  return added && { ...found, fields: added.fields };
}

/**
 * Reads the details of a record. Returns null if it is not due or deleted. A record that is not chosen has no runs.
 *
 * @param take - takes the requests of lookups in addition to one for each lookup; missing in a test
 * @throws {Error} if the record is to wait for the next poll
 */
async function readDetails(
  begunPoll: BegunPoll,
  { rowId, at }: Mark,
  take?: (count: number) => Promise<void>,
): Promise<FoundRow | null> {
  const { trigger, run, poll, lookups } = begunPoll;
  const details = await readObject(run, trigger.object, rowId);
  // The record may have changed since its row was read.
  const due = details && dueRowOf(details, poll, at);
  if (!due) return null;
  if (!(poll.isChosen?.(details) ?? true)) return { ...due, runs: [] };
  const row = poll.complete ? await poll.complete(details, async () => take?.(1)) : details;
  if (row === null) return { ...due, runs: [] };
  const runs = runsFor(begunPoll, due, row).slice(0, take ? Infinity : MAX_TEST_RECORDS);
  const requests = runs.reduce((sum, each) => sum + requestsFor(lookups, each.row), 0);
  if (requests > lookups.length) await take?.(requests - lookups.length);
  const found = await allEnded(runs.map((each) => withLookups(begunPoll, each)));
  return { ...due, row, runs: found.filter((each) => each !== null) };
}

/** Returns the records that Zapier gets, newest first. */
async function recordsOf({ trigger, readLocale }: BegunPoll, due: readonly FoundRow[]): Promise<FlatRecord[]> {
  const locale = await readLocale();
  return due
    .toSorted((one, other) => other.at - one.at)
    .flatMap(({ runs }) => runs)
    .map((run) => ({ ...run.fields, ...recordOfDue(trigger.object, run, locale) }));
}

/** Returns a row that needs no details. */
const complete = (due: DueRow): FoundRow => ({ ...due, runs: [due] });

/** Reads records in order, three at a time, until a record has a run. Returns the last three records. */
async function readUntilChosen(begunPoll: BegunPoll, due: readonly DueRow[]): Promise<FoundRow[]> {
  let found: FoundRow[] = [];
  for (let start = 0; start < Math.min(due.length, MAX_TEST_READS); start += MAX_TEST_RECORDS) {
    const part = due.slice(start, start + MAX_TEST_RECORDS);
    found = (await allEnded(part.map((row) => readDetails(begunPoll, row)))).filter((row) => row !== null);
    if (found.some(({ runs }) => runs.length > 0) || begunPoll.run.elapsed > MAX_TEST_MS) break;
  }
  return found;
}

/** Returns for the editor the three records nearest to now, or fewer. A user waits, so requests are not rationed. */
async function testRecords(begunPoll: BegunPoll): Promise<FlatRecord[] | null> {
  const { trigger, now } = begunPoll;
  const due = await readDue(begunPoll, () => Promise.resolve());
  const nearest = due.sort((one, other) => Math.abs(one.at - now) - Math.abs(other.at - now));
  const found = trigger.object.api?.isRowComplete
    ? nearest.slice(0, MAX_TEST_RECORDS).map(complete)
    : await readUntilChosen(begunPoll, nearest);
  const records = await recordsOf(begunPoll, found);
  return records.length === 0 ? null : records.slice(0, MAX_TEST_RECORDS);
}

/**
 * Writes the records that are due into the Zap's notes, so that the Zap does not run for them.
 *
 * @throws {Error} if the Zap runs for each person and has no notes
 */
async function noteDue(begunPoll: BegunPoll): Promise<DueRow[]> {
  const { run, now, zap, personKind } = begunPoll;
  const isNeeded = personKind !== null;
  if (isNeeded && !zap) throw run.refusal(NO_ZAP_ID);
  // If a later request fails, older notes must not remain, because the Zap would run for what they do not contain.
  if (isNeeded && !(await zap?.store.write(newNotes(now)))) throw run.refusal(NO_CACHE);
  const due = await readDue(begunPoll);
  const beganComplete = await zap?.store.write(newNotes(now, due));
  if (isNeeded && !beganComplete) throw run.refusal(NO_CACHE);
  return due;
}

/** Returns the ids of the records that are due when a Zap is turned on. Zapier and the Zap's notes know them from then on. */
async function knownRecords(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  begunPoll.ration.canWiden = true;
  const due = await noteDue(begunPoll);
  return due.toReversed().map(({ id }) => ({ id }));
}

/** Returns the records of a list whose rows are complete. Zapier drops the records that it knows. */
async function completeRows(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  const due = await readDue(begunPoll).catch((error: unknown) => {
    // The records are due for days, so the next poll returns them.
    if (error instanceof NoRequestsLeft) return [];
    throw error;
  });
  return recordsOf(begunPoll, due.map(complete));
}

/**
 * Returns the notes of a Zap that runs for each person. Zapier does not know the ids of runs that it has not had, so
 * only the notes keep the Zap from running for records that it has handled or that were due when it was turned on.
 *
 * @throws {Error} if the notes are unknown, or were lost with records that are due
 */
async function notesOfRuns(begunPoll: BegunPoll): Promise<ZapNotes> {
  const { trigger, run, ration, now, zap, readLocale } = begunPoll;
  const notes = await zap?.store.find().catch(() => Promise.reject(run.refusal(NO_CACHE)));
  if (notes?.beganComplete) return notes;
  ration.canWiden = true;
  const due = await noteDue(begunPoll);
  if (due.length === 0) return newNotes(now, due);
  const moments = due.map(({ at }) => at);
  throw run.refusal(forgottenMessage(moments, nounOf(trigger.object), await readLocale(), begunPoll.poll));
}

/** Returns the new records of a Zap that is on. @throws {Error} about records that were missed, or that are too many */
async function newRecords(begunPoll: BegunPoll): Promise<FlatRecord[]> {
  const { trigger, run, poll, ration, personKind, lookups, readLocale, now, zap } = begunPoll;
  const { object } = trigger;
  if (object.api?.isRowComplete) return completeRows(begunPoll);
  const notes = personKind === null ? zap && (await zap.store.read(now)) : await notesOfRuns(begunPoll);
  const live: LivePoll<FoundRow> = {
    poll,
    run,
    ration,
    now,
    requestsPerRecord: 1 + lookups.length + (poll.complete ? 1 : 0),
    readDetails: (mark) => readDetails(begunPoll, mark, (count) => ration.take(count)),
    // The people of a record are known only when it has been read. Smaller groups mean that fewer records are read in
    // vain.
    parallel: personKind === null || lookups.length === 0 ? MAX_PARALLEL : MAX_PARALLEL_WITH_PEOPLE,
    areNotesDecisive: personKind !== null,
  };
  const outcome = zap && notes ? await pollWithNotes(live, zap, notes) : await pollWithoutNotes(live);
  if ('missed' in outcome) throw run.refusal(missedMessage(outcome.missed, nounOf(object), await readLocale(), poll));
  if ('tooMany' in outcome) throw run.refusal(tooManyMessage(outcome.tooMany, nounOf(object)));
  return recordsOf(begunPoll, outcome.found);
}

/** Polls in the mode for which Zapier asks. @param sample - returns the record to show in the editor if none is due */
export async function polledRecords(
  trigger: PolledTriggerDefinition,
  sample: () => FlatRecord,
  z: ZObject,
  bundle: Bundle,
): Promise<FlatRecord[]> {
  const { isPopulatingDedupe, isLoadingSample } = metaOf(bundle);
  const begunPoll = await begun(trigger, z, bundle);
  if (isLoadingSample) return (await testRecords(begunPoll)) ?? [{ ...sampleFields(begunPoll.lookups), ...sample() }];
  return isPopulatingDedupe ? knownRecords(begunPoll) : newRecords(begunPoll);
}
