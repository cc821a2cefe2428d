/** Sequences of TutorCruncher's events about one record, in order of arrival. */

import { areDeletions, deletedSubject } from '../../../src/deletion.ts';
import type { TutorCruncherObject } from '../../../src/tutorcruncher-object.ts';
import type { TutorCruncherEvent } from '../../../wire/delivery.ts';
import type { JsonObject } from '../../../wire/json.ts';

/** An event of a sequence. */
export interface SequenceEvent {
  /** Time of the event, in seconds after the start of the sequence. */
  readonly at: number;
  /** The action, with the text of its `verb` as TutorCruncher sends it. */
  readonly action: string;
  readonly verb: string;
  /** Text that TutorCruncher sends as `extra_msg`. It differs between the events of a sequence. */
  readonly message: string;
  /** Fields of the subject that differ from the object's sample delivery. */
  readonly fields: JsonObject;
}

/** Events about one record, whose `id` is TutorCruncher's. */
export interface Sequence {
  readonly object: TutorCruncherObject;
  readonly id: number;
  /** The deliveries in order of arrival, each as the list of its events. */
  readonly deliveries: readonly (readonly SequenceEvent[])[];
}

/** Returns a function that creates events with an action. */
export const eventWith =
  (action: string, verb: string) =>
  (at: number, message: string, fields: JsonObject = {}): SequenceEvent => ({ action, verb, at, message, fields });

/** An hour, in the unit of {@link SequenceEvent.at}. */
export const HOUR = 3600;

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
    ...{ action, verb, timestamp, extra_msg: message },
    subject: areDeletions([action]) ? deletedSubject(subject) : subject,
  };
}

/** Returns the deliveries of a sequence in order of arrival. */
export const deliveriesOf = (sequence: Sequence): object[] =>
  sequence.deliveries.map((events) => ({
    request_time: Math.floor(START_MS / 1000 + Math.max(...events.map(({ at }) => at))),
    events: events.map((event) => eventOf(sequence, event)),
  }));
