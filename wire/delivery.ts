/**
 * The envelope of TutorCruncher's webhooks: one delivery (a POST) is a JSON object with a list of `events`
 * (TutorCruncher's API docs, "webhook object"). The relay and the connector both use this module to read it.
 */

import { hasTooManyKeys } from './key-count.ts';
import { inspectJson, isJsonObject, parseWithLongIntegers, type JsonObject } from './json.ts';

/** An element of `events`. Only its action is always present. */
export interface WireEvent extends JsonObject {
  readonly action: string;
}

/** An event with a subject. All other fields may be missing or null, including the actor of a system action. */
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
 * Returns the events of a delivery, in order. TutorCruncher also signs bodies without events (public profiles, events of
 * its sister product), so a body of another shape is not an error. Integers beyond 2^53 become strings.
 *
 * @param maxNesting - levels of lists and objects that a delivery may have
 * @returns an empty list if the body is not JSON, has no list of events, is nested too deeply, or has too many keys
 */
export function eventsOf(body: string, maxNesting = Infinity): WireEvent[] {
  if (hasTooManyKeys(body)) return [];
  try {
    const delivery: unknown = JSON.parse(body);
    if (entriesOf(delivery).length === 0) return [];
    const { isTooDeep, hasLongIntegers } = inspectJson(maxNesting, delivery);
    if (isTooDeep) return [];
    return entriesOf(hasLongIntegers ? parseWithLongIntegers(body) : delivery).filter(isWireEvent);
  } catch {
    return [];
  }
}
