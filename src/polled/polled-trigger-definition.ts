/** The properties that differ between polled triggers, and the constants that these triggers share. */

import type { JsonObject } from '../../wire/json.ts';
import type { Input, InputValues } from '../inputs/input.ts';
import type { Lookup } from '../lookups/lookup.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TriggerText } from '../choices/trigger-text.ts';
import type { RecordWord, TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import type { Poll, Reminder } from './due-rows.ts';

/** A sentence for the help texts of the inputs of polled triggers. */
export const HOW_OFTEN =
  'Zapier asks TutorCruncher every 15 minutes, or every 1 or 2 minutes on some plans, so the Zap may run that much later.';

/**
 * Minimum time for which a record stays due, in milliseconds, so that no record is lost during an outage of Zapier or
 * TutorCruncher.
 */
export const MIN_REACH_MS = 48 * 3_600_000;

/** Time for which a lesson stays due if its status can still change, in milliseconds. */
export const REACH_MS = 7 * 24 * 3_600_000;

/**
 * Time for which records other than lessons stay due, in milliseconds. Each poll reads the records of this whole time,
 * so a longer time takes more requests. A shorter time would lose records if hundreds are due at once.
 */
export const LIST_REACH_MS = 5 * 24 * 3_600_000;

/** A polled trigger as written in `triggers/`. */
export interface PolledTriggerDefinition extends TriggerText {
  readonly object: TutorCruncherObject<RecordWord>;
  readonly inputs: readonly Input[];
  /** Choices for which the trigger reads additional data about each new record. */
  readonly lookups?: readonly Lookup[];
  /** True to offer a run for each person of a lesson; default: false. */
  readonly offersRunFor?: boolean;
  /**
   * Keys of the actions whose webhooks report the same events as the trigger. The trigger itself needs no webhooks.
   * Default: none.
   */
  readonly reportsActions?: readonly string[];
  /** Fields of the sample's subject that differ from the object's sample delivery. */
  readonly sample?: JsonObject;
  /**
   * Returns the part of a record's id that follows TutorCruncher's id and `@`, from a row or details. A record triggers
   * once for each value of this part. Missing if a record triggers only once.
   */
  readonly idEnd?: (record: JsonObject, values: InputValues) => string;
  /** Returns the reminders about each record, which have different ids; missing if a record triggers once. */
  readonly reminders?: (values: InputValues) => readonly Reminder[];
  /**
   * Prepares a poll.
   *
   * @param now - the time of the poll, in milliseconds since 1970
   * @throws {Error} if an input is invalid
   */
  readonly poll: (values: InputValues, run: StepRun, now: number) => Omit<Poll, 'idEnd' | 'reminders'>;
}
