/**
 * The factory of all polled triggers, which report what no webhook does: that time passes. Zapier runs them every few
 * minutes and drops the records whose ids it knows. A poll returns every record that is due, however often it has
 * returned it before, so that nothing is lost if Zapier or TutorCruncher pauses. Most rows of lists lack fields such as
 * the people of a lesson, so a record is first returned when its details have been read, a few per poll. Afterwards it
 * consists of its row, because Zapier only compares its id. Polled triggers differ in key, texts, object and inputs, in
 * the list that they read, and in the rows that are due.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { rowId } from '../api/records.ts';
import { customFieldFunctions } from '../account-fields.ts';
import { metaOf } from '../bundle.ts';
import { CompletedSubject } from '../completed-subject.ts';
import { InputValues, type Input, type InputField } from '../inputs/input.ts';
import { chosenLookups, lookUp, sampleFields, type Lookup } from '../lookup.ts';
import { readObject, recordOfObject } from '../object-record.ts';
import { once } from '../once.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { Run } from '../run.ts';
import { sampleLocale, sampleOf } from '../samples.ts';
import { sharedFields, sharedPart } from '../shared-part.ts';
import { localeOf, TIME_ZONE_FIELD, timeZoneField } from '../time-zone-field.ts';
import type { TriggerText } from '../trigger.ts';
import { RECORD_NAMES, type RecordWord, type TutorCruncherObject } from '../tutorcruncher-object.ts';
import { nextDetails, type Due } from './next-details.ts';
import { readMemory, writeKnownIds, type KnownIds } from './returned-ids.ts';
import type { Span } from './rows-between.ts';

/** A sentence for the help texts of the inputs of polled triggers. */
export const HOW_OFTEN =
  'Zapier asks TutorCruncher every 15 minutes, or every 2 or 1 minutes with some plans, so the Zap may run that much later.';

/** Time for which a record stays due at least, so that a pause of Zapier or TutorCruncher loses nothing. */
export const MIN_REACH_MS = 48 * 3_600_000;

/** Time for which a lesson stays due whose status can still change. */
export const REACH_MS = 7 * 24 * 3_600_000;

/**
 * Time for which other records stay due. Each poll reads their list back to its beginning, so a longer time takes more
 * requests, and a shorter time would lose records if hundreds are due at once.
 */
export const LIST_REACH_MS = 5 * 24 * 3_600_000;

/** The part of a poll that differs between triggers. */
export interface Poll {
  /** Maximum number of records that are not urgent and whose details a poll reads; default: four. */
  readonly maxDetails?: number;
  /** Reads the rows among which the due records are. */
  readonly readRows: () => Promise<JsonObject[]>;
  /** Returns the moment that the trigger is about, in milliseconds since 1970, from a row or details; NaN if it has none. */
  readonly momentOf: (record: JsonObject) => number;
  readonly span: Span;
  /** Returns true if a row or details are due at their moment. */
  readonly isDue: (record: JsonObject) => boolean;
  /** Returns true if details meet the choices that rows cannot be compared with. Missing if there are none. */
  readonly isChosen?: (details: JsonObject) => boolean;
  /** Returns the part of the id that follows TutorCruncher's id and `@`. Missing if there is none. */
  readonly idEnd?: (moment: number) => string;
  /** True if a record must not wait for a later poll shortly before its moment. */
  readonly canBeUrgent?: boolean;
  /** Adds what details lack to those of a record that is due. */
  readonly complete?: (details: JsonObject) => Promise<JsonObject>;
}

/** A polled trigger as written in `triggers/`. */
export interface PolledTriggerDefinition extends TriggerText {
  readonly object: TutorCruncherObject<RecordWord>;
  readonly inputs: readonly Input[];
  /** Choices for which the trigger reads more about each new record. */
  readonly lookups?: readonly Lookup[];
  /** The id of the sample, in the form of the trigger's ids. */
  readonly sampleId: string;
  /** Fields of the sample's subject that differ from those in the object's sample delivery. */
  readonly sample?: JsonObject;
  /** Prepares a poll at a time in milliseconds since 1970. @throws {Error} if an input is invalid */
  readonly poll: (values: InputValues, run: Run, now: number) => Poll;
}

interface DueRow extends Due {
  readonly row: JsonObject;
  readonly fields?: FlatRecord;
}

/** The id of a row, and the due record with its details; null if it is not due, not chosen or deleted. */
type Outcome = readonly [id: string, found: DueRow | null];

const MAX_TEST_RECORDS = 3;

/**
 * TutorCruncher allows 100 requests per minute. A poll makes fewer than five requests on average, so that all polled
 * triggers of a connection together leave half of them to other steps. Triggers with the same throttle share it. A
 * throttle counts polls, whatever their number of requests: see docs/performance.md for long lists.
 */
const THROTTLE = { window: 60, limit: 10, key: 'polled_triggers', scope: ['auth' as const] };

/** Maximum number of records that are not urgent and about which a poll looks something up. */
const MAX_LOOKUPS = 2;

/** A record that is due and starts within this time is read even if more records than usual are waiting. */
const URGENT_MS = 20 * 60_000;

/** Returns a row or details with its id and its moment; null if it is not due. */
function dueRowOf(row: JsonObject, { momentOf, span, isDue, idEnd, canBeUrgent }: Poll, now: number): DueRow | null {
  const [id, at] = [rowId(row), momentOf(row)];
  if (id === null || !(at >= span.from && at <= span.to) || !isDue(row)) return null;
  const isUrgent = canBeUrgent === true && at > now && at <= now + URGENT_MS;
  return { id: idEnd ? `${id}@${idEnd(at)}` : id, at, isUrgent, row };
}

function dueRowsOf(rows: readonly JsonObject[], poll: Poll, now: number): DueRow[] {
  const due = rows.map((row) => dueRowOf(row, poll, now)).filter((row) => row !== null);
  const byId = new Map(due.map((row) => [row.id, row]));
  return [...byId.values()].sort((one, other) => Math.abs(one.at - now) - Math.abs(other.at - now));
}

const recordsOf = (object: TutorCruncherObject<RecordWord>, due: readonly DueRow[], locale: Locale): FlatRecord[] =>
  due
    .toSorted((one, other) => other.at - one.at)
    .map(({ row, id, fields }) => ({ ...fields, ...recordOfObject(object, row, locale), id }));

/** Returns the ids that a Zap knows after a poll. Forgets ids that are not due any more. */
function knownAfter(known: KnownIds, dueRows: readonly DueRow[], outcomes: readonly Outcome[]): KnownIds {
  const due = new Set(dueRows.map(({ id }) => id));
  const kept = Object.entries(known).filter(([id]) => due.has(id));
  return Object.fromEntries([...kept, ...outcomes.map(([id, found]) => [found?.id ?? id, found !== null] as const)]);
}

/** Returns the error to report for a failed poll. core explains a 429 only as "The server returned 429". */
function explained(z: ZObject, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ThrottledError') return error;
  return new z.errors.ThrottledError(
    'TutorCruncher accepts 100 requests per minute, and the steps of all Zaps together have sent more. Nothing is lost: ' +
      'the next poll returns the same records. If this persists, turn off Zaps that you do not need.',
  );
}

function definitionOf(trigger: PolledTriggerDefinition, outputFields: () => readonly OutputField[]) {
  const { key, label, description, object, inputs, lookups = [] } = trigger;
  const sample = sampleOf(key, () => {
    const subject = { ...object.sample.subject, ...trigger.sample };
    return { ...recordOfObject(object, subject, sampleLocale()), id: trigger.sampleId };
  });

  async function records(z: ZObject, bundle: Bundle): Promise<FlatRecord[]> {
    const { isPopulatingDedupe, isLoadingSample } = metaOf(bundle);
    const now = Date.now();
    const run = Run.ofSearch(z, bundle);
    const poll = trigger.poll(await InputValues.read(inputs, run), run, now);
    const dueRows = dueRowsOf(await poll.readRows(), poll, now);
    const chosen = chosenLookups(lookups, bundle);
    const readLocale = once(() => localeOf(z, bundle));

    async function outcomeOf({ id, row }: DueRow): Promise<Outcome> {
      const details = object.api?.isRowComplete ? row : await readObject(run, object, rowId(row) ?? '');
      // The record may have changed since its row was read.
      const due = details && (poll.isChosen?.(details) ?? true) ? dueRowOf(details, poll, now) : null;
      if (!details || !due) return [id, null];
      const found = { ...due, row: (await poll.complete?.(details)) ?? details };
      if (chosen.length === 0) return [id, found];
      const added = await lookUp(chosen, CompletedSubject.ofRecord(details, object, run), run, await readLocale());
      return [id, added && { ...found, fields: added.fields }];
    }
    const outcomesOf = (rows: readonly DueRow[]) => Promise.all(rows.map(outcomeOf));

    if (isPopulatingDedupe) {
      await writeKnownIds(z, bundle, key, Object.fromEntries(dueRows.map(({ id }) => [id, true])));
      return dueRows.map(({ id }) => ({ id }));
    }
    if (isLoadingSample) {
      const found = (await outcomesOf(dueRows.slice(0, MAX_TEST_RECORDS))).flatMap(([, one]) => one ?? []);
      if (found.length === 0) return [{ ...sampleFields(chosen), ...sample }];
      return recordsOf(object, found, await readLocale());
    }
    if (object.api?.isRowComplete) return recordsOf(object, dueRows, await readLocale());
    const memory = await readMemory(z, bundle, key);
    const known = memory ?? {};
    const waiting = dueRows.filter(({ id }) => !(id in known));
    // A lookup takes about as many requests as the details.
    const maxDetails = chosen.length > 0 ? MAX_LOOKUPS : poll.maxDetails;
    const outcomes = await outcomesOf(nextDetails(waiting, memory !== null, now, maxDetails));
    const due = [...dueRows.filter(({ id }) => known[id]), ...outcomes.flatMap(([, found]) => found ?? [])];
    const locale = await readLocale();
    // Written at the end, so that a poll that fails returns its records again.
    if (memory && outcomes.length > 0) await writeKnownIds(z, bundle, key, knownAfter(memory, dueRows, outcomes));
    return recordsOf(object, due, locale);
  }
  return {
    key,
    noun: RECORD_NAMES[object.word],
    display: sharedPart({ label, description }),
    operation: {
      type: 'polling' as const,
      perform: async (z: ZObject, bundle: Bundle): Promise<FlatRecord[]> => {
        try {
          return await records(z, bundle);
        } catch (error) {
          throw explained(z, error);
        }
      },
      inputFields: sharedFields([...[...inputs, ...lookups].map(({ field }) => field), timeZoneField]),
      sample: sharedPart(sample),
      // It is a function because core copies static output fields with the whole definition on each call.
      outputFields: [
        (_z: ZObject, bundle: Bundle) => [
          ...outputFieldsOf(sampleFields(chosenLookups(lookups, bundle))),
          ...outputFields(),
        ],
        ...customFieldFunctions(object),
      ],
      throttle: sharedPart(THROTTLE),
    },
  };
}

/** A polled trigger: its definition for zapier-platform-core, and the parts that it is made of. */
export type PolledTrigger = ReturnType<typeof polledTrigger>;

/** Defines a polled trigger. */
export function polledTrigger(trigger: PolledTriggerDefinition) {
  const { object, inputs, lookups = [] } = trigger;
  const outputFields = (): OutputField[] =>
    object.ownOutputFields.map((field) => (field.key === 'id' ? { ...field, type: 'string' } : field));
  return {
    object,
    lookups,
    definition: definitionOf(trigger, outputFields),
    /** The input fields without the account's own defaults. */
    inputFields: [...[...inputs, ...lookups].map(({ field }): InputField => field), TIME_ZONE_FIELD],
    outputFields,
  };
}
