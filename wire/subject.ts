/**
 * The subject of an event and the event's own time. The relay routes deliveries by these values, and the connector
 * compares them with the values of earlier deliveries.
 */

import { isJsonObject, type JsonObject } from './json.ts';
import { objectWordOf, type ObjectWord } from './models.ts';

/**
 * The object, TutorCruncher's numeric id of the subject, and the event's time in milliseconds since 1970. Unknown
 * values are null.
 */
export interface SubjectAndTime {
  readonly model: ObjectWord | null;
  readonly subjectId: string | null;
  readonly eventTime: number | null;
}

interface EventWithSubject {
  readonly action: string;
  readonly subject?: unknown;
  readonly timestamp?: unknown;
}

/** TutorCruncher's ids are integers. `eventsOf` returns very long ids as strings. */
const DIGITS = /^\d{1,20}$/;
/**
 * Matches the URL of a record in the API. The id has at most 15 digits, because JavaScript does not represent all
 * longer integers exactly.
 */
const RECORD_URL = /\/api\/[a-z_-]+\/(\d{1,15})\/?$/;
/** TutorCruncher's timestamps contain microseconds and the offset `Z`. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Returns the subject of an event; an empty object if the event has no subject. */
export const subjectOf = ({ subject }: EventWithSubject): Readonly<JsonObject> =>
  isJsonObject(subject) ? subject : {};

/**
 * Returns an event with the id of its subject. If the subject lacks the field `id`, as in a report, the id is taken
 * from the subject's URL.
 */
export function withSubjectId<Event extends EventWithSubject>(event: Event): Event {
  const { subject } = event;
  if (!isJsonObject(subject) || (subject.id !== undefined && subject.id !== null)) return event;
  const [, id] = typeof subject.url === 'string' ? (RECORD_URL.exec(subject.url) ?? []) : [];
  return id === undefined ? event : { ...event, subject: { ...subject, id: Number(id) } };
}

function idOf({ id }: Readonly<JsonObject>): string | null {
  const digits = typeof id === 'number' || typeof id === 'string' ? String(id) : '';
  return DIGITS.test(digits) ? digits : null;
}

function timeOf({ timestamp }: EventWithSubject): number | null {
  const time = typeof timestamp === 'string' && TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : NaN;
  return Number.isNaN(time) ? null : time;
}

export function subjectAndTimeOf(event: EventWithSubject): SubjectAndTime {
  const subject = subjectOf(event);
  return { model: objectWordOf(subject.model), subjectId: idOf(subject), eventTime: timeOf(event) };
}
