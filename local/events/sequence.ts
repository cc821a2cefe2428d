/** Sequences of TutorCruncher's events about one record, in order of arrival, and the changes that Zaps must report. */

import { client } from '../../objects/client.ts';
import { areDeletions, deletedSubject } from '../../src/record/deleted-subject.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';

/** An event of a sequence. */
export interface SequenceEvent {
  /** Time of the event, in seconds after the start of the sequence. */
  readonly at: number;
  /** The text of the action, as TutorCruncher sends it. */
  readonly action: string;
  readonly verb: string;
  /** Text that TutorCruncher sends as `extra_msg`. The text differs between the events of a sequence. */
  readonly message: string;
  /** Fields of the subject that differ from the object's sample delivery. */
  readonly fields: JsonObject;
}

/** Events about one record. `id` is TutorCruncher's id of the record. */
export interface Sequence {
  readonly object: TutorCruncherObject;
  readonly id: number;
  /** The deliveries in order of arrival, each as a list of events. */
  readonly deliveries: readonly (readonly SequenceEvent[])[];
}

/**
 * The change that a record reports: unknown, or the changed fields with their values. `details` contains additional
 * keys in the records of triggers about one object.
 */
export type Expected =
  'unknown' | { readonly changes: readonly string[]; readonly details?: Readonly<Record<string, string>> };

/** Names of the Zaps that an event starts, separated by spaces, and the change that their records report. */
export type Runs = readonly [zaps: string, expected: Expected];

/** An event, identified by its message, with the Zaps that it starts and the change that their records report. */
export type Row = readonly [message: string, ...Runs];

/** An event that is sent in a separate delivery, with the runs that the event causes. */
export type Step = readonly [SequenceEvent, ...Runs[]];

/** A sequence with the changes that the Zaps must report. */
export interface ExpectedSequence extends Sequence {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Returns the expectation that a record reports these changes. */
export const changed = (...changes: readonly string[]): Expected => ({ changes });
/** The expectation that a record reports no changes. */
export const none = changed();

/** Returns a row for each run of the steps. */
export const rowsOf = (steps: readonly Step[]): Row[] =>
  steps.flatMap(([{ message }, ...runs]) => runs.map((each): Row => [message, ...each]));

/** Returns a sequence. @param id - TutorCruncher's id of the record; no other sequence has this id */
export const sequence = (
  title: string,
  object: TutorCruncherObject,
  id: number,
  ...steps: readonly Step[]
): ExpectedSequence => ({ title, object, id, deliveries: steps.map(([event]) => [event]), rows: rowsOf(steps) });

/** Returns a function that creates events with an action. */
export const eventWith =
  (action: string, verb: string) =>
  (at: number, message: string, fields: JsonObject = {}): SequenceEvent => ({ action, verb, at, message, fields });

/** An hour, in the unit of {@link SequenceEvent.at}. */
export const HOUR_SECONDS = 3600;

export const clientCreated = eventWith('CREATED_A_CLIENT', 'Created a Client');
export const clientEdited = eventWith('EDITED_A_CLIENT', 'Edited a Client');
export const clientDeleted = eventWith('DELETED_A_CLIENT', 'Deleted a Client');
export const statusChanged = eventWith('CHANGED_CLIENT_STATUS', "Changed a Client's status");
export const lessonCreated = eventWith('CREATED_AN_APPOINTMENT', 'Created a Lesson');
export const lessonEdited = eventWith('EDITED_AN_APPOINTMENT', 'Edited a Lesson');

/** The run that the first event about a client causes. */
export const FIRST_OF_CLIENT: Runs = ['any_event client_created', 'unknown'];
/** The run that the first event about a lesson causes. */
export const FIRST_OF_LESSON: Runs = ['any_event lesson_created', 'unknown'];

export const EDITED = 'any_event client_updated';
/** The Zaps that an edit of a client's town or mobile number starts. */
export const TOWN_OR_MOBILE = `${EDITED} town town_known`;
export const STATUS = 'any_event client_status_changed';

/** A planned lesson that starts on Wed 10 Jun 2026 at 17:00 in London. */
export const PLANNED: JsonObject = { status: 'planned', start: '2026-06-10T16:00:00Z', finish: '2026-06-10T17:30:00Z' };

/** Returns a sequence about a client who is created with these fields. */
export const aboutClient = (
  title: string,
  id: number,
  fields: JsonObject,
  ...steps: readonly Step[]
): ExpectedSequence => sequence(title, client, id, [clientCreated(0, 'Created.', fields), FIRST_OF_CLIENT], ...steps);

/** Start of all sequences: Mon 1 Jun 2026, 10:00 in London. */
const START_MS = Date.parse('2026-06-01T09:00:00Z');

/** Returns an event in TutorCruncher's format, with microseconds. The subject has its state after the event. */
function eventOf({ object: { sample }, id }: Sequence, event: SequenceEvent): TutorCruncherEvent {
  const { action, verb, message, fields } = event;
  const timestamp = new Date(START_MS + event.at * 1000).toISOString().replace('Z', '000Z');
  const subject: JsonObject = {
    ...sample.subject,
    // TutorCruncher changes this field with every edit.
    ...('last_updated' in sample.subject && { last_updated: timestamp }),
    ...fields,
    url: String(sample.subject.url).replace(/\d+\/$/, `${id}/`),
    id,
  };
  return {
    ...sample,
    action,
    verb,
    timestamp,
    extra_msg: message,
    subject: areDeletions([action]) ? deletedSubject(subject) : subject,
  };
}

/** Returns the deliveries of a sequence in order of arrival. */
export const deliveriesOf = (sequence: Sequence): object[] =>
  sequence.deliveries.map((events) => ({
    request_time: Math.floor(START_MS / 1000 + Math.max(...events.map(({ at }) => at))),
    events: events.map((event) => eventOf(sequence, event)),
  }));
