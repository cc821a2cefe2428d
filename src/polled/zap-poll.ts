/** A poll of a Zap, with the Zap's inputs and the functions that read its records. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { allEnded } from '../all-ended.ts';
import { InputValues } from '../inputs/input.ts';
import { CompletedSubject } from '../lookups/completed-subject.ts';
import { chosenLookups, lookUp, requestsFor, type ChosenLookup } from '../lookups/lookup.ts';
import { CHOOSE_AN_ENTRY, personKindIn } from '../lookups/run-for-field.ts';
import { readObject } from '../object/object-record.ts';
import { once } from '../once.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { subjectFor } from '../record/other-families.ts';
import { participantsIn, type PersonKind } from '../record/participants.ts';
import { StepRun } from '../api/step-run.ts';
import { localeIn } from '../inputs/run-time-zone.ts';
import type { ReadRecord } from './details.ts';
import { nearestDue, oldestDueFirst, recordOfDue, UNDECIDED, type DueRow, type Poll } from './due-rows.ts';
import type { PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { Ration } from '../api/ration.ts';
import { zapIdOf, ZapNotesStore, type Mark } from './zap-notes.ts';

/** A poll of a Zap. */
export interface ZapPoll {
  readonly trigger: PolledTriggerDefinition;
  readonly run: StepRun;
  readonly poll: Poll;
  readonly now: number;
  readonly ration: Ration;
  /** True if rows have all fields of the records, so that the poll reads no details. */
  readonly areRowsFull: boolean;
  /** The kind of people for whom the Zap runs; null if the Zap runs once for each record. */
  readonly personKind: PersonKind | null;
  /** The lookups that the Zap's owner has chosen. */
  readonly lookups: readonly ChosenLookup[];
  readonly readLocale: () => Promise<Locale>;
  /** The storage of the Zap's notes; null if Zapier does not state the Zap's id. */
  readonly store: ZapNotesStore | null;
}

/** A run for a record that is due, with the fields that lookups add to it. */
interface ZapRun extends Pick<DueRow, 'id' | 'row' | 'reminder'> {
  readonly fields?: FlatRecord;
}

/**
 * A due record with the Zap's runs for the record. There are no runs if the Zap's choices exclude the record. Otherwise
 * there is one run, or one run for each person.
 */
export interface FoundRecord extends ReadRecord {
  readonly zapRuns: readonly ZapRun[];
}

/** Options for reading the details of a record. */
export interface DetailsOptions {
  /** The rows that this poll has read, keyed by id; missing if rows are not full, so that details are read. */
  readonly fullRows?: ReadonlyMap<string, JsonObject>;
  /**
   * Counts the requests for a record beyond those that the poll has reserved; missing in a test, which does not ration
   * its requests.
   */
  readonly spend?: (count: number) => Promise<void>;
  /** Maximum number of the Zap's runs for a record; default: no limit. */
  readonly maxZapRuns?: number;
}

/** Begins a poll. @throws {Error} if an input is invalid */
export async function beginPoll(trigger: PolledTriggerDefinition, z: ZObject, bundle: Bundle): Promise<ZapPoll> {
  const { key, object, inputs, idEnd, reminders, lookups = [], offersRunFor = false } = trigger;
  const now = Date.now();
  const run = StepRun.ofPoll(z, bundle);
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
    areRowsFull: object.api?.hasFullRows === true,
    personKind,
    lookups: chosenLookups(lookups, bundle),
    readLocale: once(() => localeIn(run)),
    store: zapId === null ? null : new ZapNotesStore(z, bundle, key, zapId),
  };
}

/** Reads the rows that are due, oldest first. */
export const readDue = async ({ poll, ration }: ZapPoll, spend = ration.spend): Promise<DueRow[]> =>
  oldestDueFirst(await poll.readRows({ span: poll.span, spend }), poll);

/** Returns the Zap's runs for the details of a record. @throws {Error} if the details lack the people */
function zapRunsFor({ run, poll, personKind }: ZapPoll, { id, reminder }: DueRow, details: JsonObject): ZapRun[] {
  const shared = reminder && { reminder };
  if (personKind === null) return [{ id, row: details, ...shared }];
  const participants = participantsIn(details, personKind, true);
  if (!participants) throw run.refusal("TutorCruncher's response does not contain who takes part in the lesson.");
  return (
    participants
      .map(({ person }) => ({ id: `${id}:${person.id}`, row: subjectFor(person, details), ...shared }))
      // A choice such as a client applies to each run.
      .filter(({ row }) => poll.isChosen?.(row) ?? true)
  );
}

/** Returns a run with the fields that lookups add; null if the Zap must not run because of a lookup. */
async function withLookups({ trigger, run, lookups, readLocale }: ZapPoll, found: ZapRun): Promise<ZapRun | null> {
  if (lookups.length === 0) return found;
  const subject = CompletedSubject.ofRecord(found.row, trigger.object, run);
  // If a lookup fails, the record is read again in the next poll.
  const added = await lookUp(lookups, subject, run, await readLocale(), false);
  return added && { ...found, fields: added.fields };
}

/**
 * Reads the details of a record. Returns null if the record is not due, if it was deleted, or if it must be read again
 * in a later poll. A record that does not meet the Zap's choices has no runs.
 *
 * @throws {Error} if the record must wait for the next poll
 */
export async function readDetails(
  zapPoll: ZapPoll,
  { rowId, at }: Mark,
  { fullRows, spend, maxZapRuns = Infinity }: DetailsOptions,
): Promise<FoundRecord | null> {
  const { trigger, run, poll, lookups } = zapPoll;
  const details = fullRows ? (fullRows.get(rowId) ?? null) : await readObject(run, trigger.object, rowId);
  // The record can have changed since its row was read.
  const due = details && nearestDue(details, poll, at);
  if (!due) return null;
  if (!(poll.isChosen?.(details) ?? true)) return { ...due, zapRuns: [] };
  const row = poll.readMore ? await poll.readMore(details, async () => spend?.(1)) : details;
  if (row === UNDECIDED) return null;
  if (row === null) return { ...due, zapRuns: [] };
  const zapRuns = zapRunsFor(zapPoll, due, row).slice(0, maxZapRuns);
  const requests = zapRuns.reduce((sum, each) => sum + requestsFor(lookups, each.row), 0);
  if (requests > lookups.length) await spend?.(requests - lookups.length);
  const found = await allEnded(zapRuns.map((each) => withLookups(zapPoll, each)));
  return { ...due, row, zapRuns: found.filter((each) => each !== null) };
}

/** Returns the records that Zapier receives, newest first. */
export async function recordsOf({ trigger, readLocale }: ZapPoll, due: readonly FoundRecord[]): Promise<FlatRecord[]> {
  if (due.length === 0) return [];
  const locale = await readLocale();
  return due
    .toSorted((one, other) => other.at - one.at)
    .flatMap(({ zapRuns }) => zapRuns)
    .map((zapRun) => ({ ...zapRun.fields, ...recordOfDue(trigger.object, zapRun, locale) }));
}
