/** Names in an event, such as the topic of a lesson and the names of its students. */

import { describeSubject } from '../src/record/event.ts';
import type { FlatRecord } from '../src/record/record.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';

/** The names in an event. */
export interface EventNames {
  /** Name of the subject, such as the topic of a lesson or the name of a client; empty if the subject has no name. */
  readonly name: string;
  /**
   * Names of the people whom the subject involves or, without such names, the name of the job; empty if no name differs
   * from `name`.
   */
  readonly people: string;
}

/** Keys of fields that name people or the job, with the most informative key first. */
const PEOPLE_KEYS = ['student_names', 'client_name', 'tutor_names', 'tutor_name', 'job_name'];

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/**
 * Returns the names in an event. The people are taken from the first field that differs from the name of the subject,
 * so that a row of the list does not repeat a name.
 *
 * @param record - the record that Zaps receive for the event
 */
export function eventNames({ subject }: TutorCruncherEvent, record: FlatRecord): EventNames {
  const name = textOf(describeSubject(subject.model, subject).subject_name);
  const people = PEOPLE_KEYS.map((key) => textOf(record[key])).find((text) => text !== '' && text !== name) ?? '';
  return { name, people };
}
