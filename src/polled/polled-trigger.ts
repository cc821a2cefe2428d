/**
 * The factory of all polled triggers, which report that a time has come. TutorCruncher has no webhooks for this. Zapier
 * runs them every few minutes and drops the records whose ids it knows. Most rows of lists lack fields such as the
 * people of a lesson, so a poll reads the details of each new record (`live-poll.ts`), as far as the requests of a
 * minute allow it (`ration.ts`). Polled triggers differ in key, texts, object and inputs, in the list that they read,
 * and in the rows that are due.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { customFieldFunctions } from '../account-fields.ts';
import { metaOf } from '../bundle.ts';
import { CompletedSubject } from '../lookups/completed-subject.ts';
import { InputValues, type Input, type InputField } from '../inputs/input.ts';
import { chosenLookups, lookUp, sampleFields, type Lookup } from '../lookups/lookup.ts';
import { nounOf, readObject, recordOfObject } from '../object-record.ts';
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
import { dueRowOf, dueRowsOf, type DueRow, type Poll } from './due-rows.ts';
import { pollWithMemory, pollWithoutMemory, type LivePoll } from './live-poll.ts';
import { missedMessage, tooManyMessage } from './missed-records.ts';
import { NoRequestsLeft, Ration } from './ration.ts';
import { newMemory, zapIdOf, ZapMemoryStore, type Mark } from './zap-memory.ts';

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

/** A polled trigger as written in `triggers/`. */
export interface PolledTriggerDefinition extends TriggerText {
  readonly object: TutorCruncherObject<RecordWord>;
  readonly inputs: readonly Input[];
  /** Choices for which the trigger reads more about each new record. */
  readonly lookups?: readonly Lookup[];
  /** The id of the sample, in the form of the trigger's ids. */
  readonly sampleId: string;
  /** Fields of the sample's subject that differ from the object's sample delivery. */
  readonly sample?: JsonObject;
  /** Prepares a poll at a time in milliseconds since 1970. @throws {Error} if an input is invalid */
  readonly poll: (values: InputValues, run: Run, now: number) => Poll;
}

/** A record that is due, with the fields that lookups add to it. */
interface FoundRow extends DueRow {
  readonly fields?: FlatRecord;
}

const MAX_TEST_RECORDS = 3;

/**
 * Limit of polls per connection, in addition to the limit of their requests (`ration.ts`). Triggers with the same
 * throttle share it.
 */
const THROTTLE = { window: 60, limit: 10, key: 'polled_triggers', scope: ['auth' as const] };

const recordsOf = (object: TutorCruncherObject<RecordWord>, due: readonly FoundRow[], locale: Locale): FlatRecord[] =>
  due
    .toSorted((one, other) => other.at - one.at)
    .map(({ row, id, fields }) => ({ ...fields, ...recordOfObject(object, row, locale), id }));

/** Returns the error to report for a failed poll. core explains a 429 only as "The server returned 429". */
function explained(z: ZObject, error: unknown): unknown {
  if (error instanceof NoRequestsLeft) {
    return new z.errors.Error(
      'The polled triggers of this connection have used the requests of this minute. Try again in a minute.',
      'TooManyRequests',
    );
  }
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
    const chosen = chosenLookups(lookups, bundle);
    const ration = new Ration(z, bundle, now);
    const readLocale = once(() => localeOf(z, bundle));
    const recordsFrom = async (due: readonly FoundRow[]) => recordsOf(object, due, await readLocale());
    const readDue = async (spend = ration.spend) => dueRowsOf(await poll.readRows({ span: poll.span, spend }), poll);

    async function readDetails({ rowId }: Mark): Promise<FoundRow | null> {
      const details = await readObject(run, object, rowId);
      // The record may have changed since its row was read.
      const due = details && (poll.isChosen?.(details) ?? true) ? dueRowOf(details, poll) : null;
      if (!details || !due) return null;
      const found = { ...due, row: (await poll.complete?.(details)) ?? details };
      if (chosen.length === 0) return found;
      const added = await lookUp(chosen, CompletedSubject.ofRecord(details, object, run), run, await readLocale());
      return added && { ...found, fields: added.fields };
    }

    if (isLoadingSample) {
      const nearest = (await readDue(() => Promise.resolve())).sort(
        (one, other) => Math.abs(one.at - now) - Math.abs(other.at - now),
      );
      const rows = nearest.slice(0, MAX_TEST_RECORDS);
      const found = object.api?.isRowComplete ? rows : await Promise.all(rows.map(readDetails));
      const isEmpty = found.every((row) => row === null);
      return isEmpty ? [{ ...sampleFields(chosen), ...sample }] : recordsFrom(found.filter((row) => row !== null));
    }
    const zapId = zapIdOf(bundle);
    const store = zapId === null ? null : new ZapMemoryStore(z, bundle, key, zapId);
    ration.canWiden = isPopulatingDedupe === true;
    if (isPopulatingDedupe) {
      const due = await readDue();
      await store?.write(newMemory(now, due));
      return due.toReversed().map(({ id }) => ({ id }));
    }
    if (object.api?.isRowComplete) {
      const due = await readDue().catch((error: unknown) => {
        // The records are due for days, so the next poll returns them.
        if (error instanceof NoRequestsLeft) return [];
        throw error;
      });
      return recordsFrom(due);
    }
    const memory = store && (await store.read(now));
    const requestsPerRecord = 1 + chosen.length + (poll.complete ? 1 : 0);
    const live: LivePoll<FoundRow> = { poll, run, ration, now, requestsPerRecord, readDetails };
    const outcome =
      store && memory && zapId !== null
        ? await pollWithMemory(live, store, zapId, memory)
        : await pollWithoutMemory(live);
    if ('missed' in outcome) throw run.refusal(missedMessage(outcome.missed, nounOf(object), await readLocale()));
    if ('tooMany' in outcome) throw run.refusal(tooManyMessage(outcome.tooMany, nounOf(object)));
    return recordsFrom(outcome.found);
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
