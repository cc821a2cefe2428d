/**
 * The envelope of TutorCruncher's webhooks: one delivery (a POST) is a JSON object with a list of `events`
 * (TutorCruncher's API docs, "webhook object"). The relay and the connector both read deliveries with this module.
 */

import { inspectJson, isJsonObject, parseWithLongIntegers, type JsonObject } from './json.ts';
import { withSubjectId } from './subject.ts';

/** An element of `events`. Only the member `action` is always present. */
export interface WireEvent extends JsonObject {
  readonly action: string;
}

/** An event with a subject. All other fields can be missing or null, including the actor of a system action. */
export interface TutorCruncherEvent {
  readonly action: string;
  readonly subject: JsonObject;
  readonly verb?: unknown;
  readonly timestamp?: unknown;
  readonly branch?: unknown;
  readonly actor?: unknown;
  readonly extra_msg?: unknown;
}

const isWireEvent = (value: unknown): value is WireEvent => isJsonObject(value) && typeof value.action === 'string';

/** Returns true if an event can be converted to a record. */
export const hasSubject = (event: WireEvent): event is WireEvent & TutorCruncherEvent => isJsonObject(event.subject);

const entriesOf = (delivery: unknown): unknown[] =>
  isJsonObject(delivery) && Array.isArray(delivery.events) ? delivery.events : [];

/**
 * Maximum number of keys in an event's subject, at all levels. TutorCruncher's largest records have a few thousand
 * keys. Records with many times more keys take seconds to parse and to flatten, so they are recognized in the text of
 * the delivery.
 */
export const MAX_KEYS = 20_000;

/** Length of the shortest field: `"":0,`. */
const MIN_FIELD_LENGTH = 5;

/**
 * Number of levels of lists and objects around the fields of an event: the delivery, its list of events, and the event.
 */
const EVENT_DEPTH = 3;

/** Returns the index of the quotation mark that ends a string; the length of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslash = end - 1;
    while (text[backslash] === '\\') backslash--;
    if ((end - backslash) % 2 === 1) return end;
  }
  return text.length;
}

/** Returns true if a field of an event in a body contains more than {@link MAX_KEYS} keys, without parsing the body. */
export function hasTooManyKeys(body: string): boolean {
  if (body.length < MAX_KEYS * MIN_FIELD_LENGTH) return false;
  let depth = 0;
  let keys = 0;
  for (let index = 0; index < body.length; index++) {
    const character = body[index];
    if (character === '"') index = endOfString(body, index);
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') {
      if (--depth <= EVENT_DEPTH) keys = 0;
    } else if (character === ':' && depth > EVENT_DEPTH && ++keys > MAX_KEYS) return true;
  }
  return false;
}

/**
 * Returns the events of a delivery, in order. TutorCruncher also signs bodies without events (public profiles, events
 * of its sister product), so a body with a different shape is not an error. Integers beyond 2^53 become strings.
 *
 * @param maxNesting - maximum number of levels of lists and objects in a delivery
 * @returns an empty list if the body is not JSON, has no list of events, is nested too deeply, or has too many keys
 */
export function eventsOf(body: string, maxNesting = Infinity): WireEvent[] {
  if (hasTooManyKeys(body)) return [];
  try {
    const delivery: unknown = JSON.parse(body);
    if (entriesOf(delivery).length === 0) return [];
    const { isTooDeep, hasLongIntegers } = inspectJson(maxNesting, delivery);
    if (isTooDeep) return [];
    return entriesOf(hasLongIntegers ? parseWithLongIntegers(body) : delivery)
      .filter(isWireEvent)
      .map(withSubjectId);
  } catch {
    return [];
  }
}
