/**
 * The subject of an event. If a choice of the Zap needs data that the event lacks, the data is read from the record in
 * TutorCruncher.
 */

import type { JsonObject } from '../../wire/json.ts';
import { readForCondition } from './decisive-read.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import type { ChosenCondition } from '../choices/event-filter.ts';
import { isDeletedBy, withLastKnown } from '../record/deleted-subject.ts';
import { nounOf, readObject } from '../object/object-record.ts';
import { earlierEvents } from '../record/burst.ts';
import { rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { RecordWord, TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/**
 * Returns the value that a condition depends on; null if the subject lacks the value.
 *
 * @param isRecord - true for a record that was read from TutorCruncher; see `ChosenCondition`
 */
type Finder<T> = (subject: JsonObject, isRecord: boolean) => T | null;

/** Actions that report the creation of their subject, although their keys do not start with `CREATED_`. */
const CREATIONS: ReadonlySet<string> = new Set([
  'CLIENT_ENQUIRY',
  'CLIENT_SIGN_UP',
  'CONTRACTOR_SIGN_UP',
  'REQUESTED_A_SERVICE',
]);

/** Returns true if an event, or another event of its burst, reports that the subject was created. */
const isCreated = ({ event, burst }: KeptEvent): boolean =>
  [event, ...burst.map((one) => one.event)].some(
    ({ action }) => action.startsWith('CREATED_') || CREATIONS.has(action),
  );

interface Origin {
  readonly run: StepRun;
  /** The object type of the record; null if the trigger is for any object type. */
  readonly object: TutorCruncherObject<RecordWord> | null;
  readonly subject: JsonObject;
  /** The record, if the run has already read it; null if the record does not exist. */
  readonly record?: JsonObject | null | undefined;
  /**
   * True if the record was deleted. Only earlier events can then fill in fields that the event lacks. Default: false.
   */
  readonly isDeleted?: boolean;
  /** The subject shown in the Zap's record, if earlier events complete the subject; default: the subject itself. */
  readonly shown?: JsonObject;
  /** True if the record is so new that TutorCruncher might not find it yet. */
  readonly isNew?: boolean;
  /** The subjects of earlier events, newest first. */
  readonly earlier?: readonly JsonObject[];
  /** Reads the record; null if the record does not exist. Default: requests the record by the id of the subject. */
  readonly read?: () => Promise<JsonObject | null>;
}

/**
 * Checks the chosen conditions, and reads the data that the conditions need and the event lacks. Returns false if the
 * subject fails a condition.
 *
 * @throws {Error} if a condition cannot be checked
 */
export async function meetsConditions(
  subject: CompletedSubject,
  conditions: readonly ChosenCondition[] = [],
): Promise<boolean> {
  for (const { choice, isMet } of conditions) {
    if ((await subject.find(choice, isMet)) !== true) return false;
  }
  return true;
}

/** A subject whose record is read at most once, when a condition or a lookup first needs the record. */
export class CompletedSubject {
  readonly subject: JsonObject;
  readonly #origin: Origin;
  /** The record; null if the record does not exist; undefined if the record has not been read. */
  #record: JsonObject | null | undefined;

  private constructor(origin: Origin) {
    this.subject = origin.subject;
    this.#origin = origin;
    this.#record = origin.record;
  }

  /**
   * Creates the subject of an event.
   *
   * @param subject - the event's subject as shown in the Zap's record
   * @param record - the record, if the run has already read it
   */
  static ofEvent = (
    kept: KeptEvent,
    subject: JsonObject,
    object: TutorCruncherObject | null,
    run: StepRun,
    record?: JsonObject,
  ): CompletedSubject =>
    new CompletedSubject({
      run,
      object,
      subject,
      record,
      isDeleted: isDeletedBy(kept.event),
      shown: withLastKnown(kept, subject),
      isNew: isCreated(kept),
      earlier: earlierEvents(kept).map((event) => event.subject),
    });

  /** Creates the subject for a record that was read from TutorCruncher. */
  static ofRecord = (record: JsonObject, object: TutorCruncherObject<RecordWord>, run: StepRun): CompletedSubject =>
    new CompletedSubject({ run, object, subject: record, record });

  /** The subject as shown in the Zap's record. After a deletion, the subject includes fields from earlier events. */
  get shown(): JsonObject {
    return this.#origin.shown ?? this.subject;
  }

  /** Returns the part of the subject that belongs to one person. @param part - returns the person's part of a state */
  ofPerson(subject: JsonObject, part: (state: JsonObject) => JsonObject): CompletedSubject {
    const { earlier = [] } = this.#origin;
    const read = async (): Promise<JsonObject | null> => {
      const record = await this.details();
      return record && part(record);
    };
    const record = this.#record && part(this.#record);
    return new CompletedSubject({ ...this.#origin, subject, shown: subject, record, earlier: earlier.map(part), read });
  }

  /** The record; null if the record has not been read or does not exist. */
  get record(): JsonObject | null {
    return this.#record ?? null;
  }

  /** Returns the record for display; null if the record does not exist. @throws {Error} if the record cannot be read */
  async details(): Promise<JsonObject | null> {
    if (this.#record === undefined) this.#record = await this.#read();
    return this.#record;
  }

  /**
   * Returns the value that a condition depends on: from the event or, if the event lacks the value, from the record. If
   * the record no longer exists, returns the value from the newest earlier event that contains the value; null if no
   * earlier event contains it.
   *
   * @param choice - the label of the input field with the condition
   * @throws {Error} if the record cannot be read; see {@link readForCondition}
   */
  async find<T>(choice: string, pick: Finder<T>): Promise<T | null> {
    const { run, isDeleted = false, isNew, earlier = [] } = this.#origin;
    const sent = pick(this.subject, false) ?? (this.#record ? pick(this.#record, true) : null);
    if (sent !== null) return sent;
    const lastKnown = (): T | null =>
      earlier.map((subject) => pick(subject, false)).find((answer) => answer !== null) ?? null;
    if (isDeleted) return lastKnown();
    return readForCondition(run, choice, async () => {
      const record = await this.details();
      if (record === null && !isNew) return lastKnown();
      const found = record && pick(record, true);
      if (found !== null) return found;
      this.#record = undefined;
      const problem = record
        ? "TutorCruncher's response does not contain what the choice depends on."
        : `TutorCruncher does not know the new ${this.#noun} yet.`;
      throw new run.z.errors.Error(problem, 'ApiError');
    });
  }

  get #noun(): string {
    const { object } = this.#origin;
    return object ? nounOf(object) : 'record';
  }

  async #read(): Promise<JsonObject | null> {
    const { run, object, read } = this.#origin;
    if (read) return read();
    const id = rowId(this.subject);
    if (object === null || id === null) throw run.refusal(`The event does not say which ${this.#noun} it is about.`);
    return readObject(run, object, id);
  }
}
