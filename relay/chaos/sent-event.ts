/** The events that a load generator sends. They are about a few lessons that change repeatedly. */

import { eventsOf } from '../../wire/delivery.ts';
import { isJsonObject } from '../../wire/json.ts';
import { subjectAndTimeOf } from '../../wire/subject.ts';

const LESSONS = 20;
const SECOND_MS = 1000;
const FIRST_EVENT = Date.parse('2026-06-10T12:00:00Z');
/**
 * Times of consecutive events about a lesson, in seconds from the start of a series. They form bursts with events in
 * and out of order, and include late events.
 */
const SERIES = [0, 2, 4, 9, 3, 30, 24, 31, 26, 60, 55, 41];
const SERIES_SECONDS = 90;

/** An event. */
export interface SentEvent {
  readonly id: string;
  /** TutorCruncher's id of the lesson, in digits. */
  readonly lesson: string;
  /** The event's own time, in milliseconds since 1970. */
  readonly time: number;
}

/** Returns the id of an event that was sent: the first id in the body that is text. */
export const eventIdOf = (body: string): string => /"id": "([^"]+)"/.exec(body)?.[1] ?? '';

/**
 * Returns the body of an event.
 *
 * @param sequence - number of the event, from 0
 * @param padding - text to add
 */
export function bodyOfEvent(sequence: number, padding: string): string {
  const change = Math.floor(sequence / LESSONS);
  const seconds = Math.floor(change / SERIES.length) * SERIES_SECONDS + (SERIES[change % SERIES.length] ?? 0);
  const timestamp = new Date(FIRST_EVENT + seconds * SECOND_MS).toISOString();
  const subject = `{"model": "Lesson", "id": ${(sequence % LESSONS) + 1}, "service": {"id": "e${sequence}"}, "p": "${padding}"}`;
  return `{"events": [{"action": "A", "timestamp": "${timestamp}", "subject": ${subject}}]}`;
}

/** Returns the event in a body; null if no load generator sent it. */
export function sentEventIn(body: string): SentEvent | null {
  const [event] = eventsOf(body);
  if (!event) return null;
  const { subjectId, eventTime } = subjectAndTimeOf(event);
  const service = isJsonObject(event.subject) ? event.subject.service : null;
  const id = isJsonObject(service) ? service.id : null;
  if (typeof id !== 'string' || subjectId === null || eventTime === null) return null;
  return { id, lesson: subjectId, time: eventTime };
}
