/** TutorCruncher's envelope: one delivery (a POST) holds events; a trigger keeps those of its actions and its object. */

import { isDeeperThan, isJsonObject, type JsonObject } from './json.ts';
import { objectWordOf, type ObjectWord } from '../src/record/field-rules.ts';

/**
 * One element of a delivery's `events`, as TutorCruncher documents it ("webhook object"). Only what is needed to tell
 * an event is certain; everything else may be missing or null, the actor of a system action among it.
 */
export interface TutorCruncherEvent {
  readonly action: string;
  readonly subject: JsonObject;
  readonly verb?: unknown;
  readonly timestamp?: unknown;
  readonly branch?: unknown;
  readonly actor?: unknown;
  readonly extra_msg?: unknown;
}

/** Past this a body is no delivery of TutorCruncher's, whose own nest about eight levels. */
const MAX_NESTING = 200;

function isEvent(value: unknown): value is TutorCruncherEvent {
  return isJsonObject(value) && typeof value.action === 'string' && isJsonObject(value.subject);
}

/**
 * The events of a delivery whose signature was verified. TutorCruncher signs other bodies too (public profiles, its
 * sister product's events), and a Zap can do nothing about a body that makes no sense: none of them is an error.
 *
 * @param body - the very text that was verified
 * @returns its events in order; none when the body isn't JSON, has no list of events, or nests past 200 levels
 */
export function readDelivery(body: string): TutorCruncherEvent[] {
  let delivery: unknown;
  try {
    delivery = JSON.parse(body);
  } catch {
    return [];
  }
  if (!isJsonObject(delivery) || !Array.isArray(delivery.events)) return [];
  if (isDeeperThan(MAX_NESTING, delivery)) return [];
  return delivery.events.filter(isEvent);
}

/** Which events a trigger is about. */
export interface EventFilter {
  /** The action keys it waits for; null for every action. */
  readonly actions: readonly string[] | null;
  /** Action keys it never passes. */
  readonly except?: readonly string[];
  /** The object that `subject.model` must name; null for any. */
  readonly object: ObjectWord | null;
  /** Values, in lower case, of which a subject's field must have one where the subject says it, letter case aside. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** The id of a label that the subject must have where it says its labels. */
  readonly label?: string | null;
}

/** Whether a subject's own fields are among those wanted; what it doesn't say can't speak against it. */
export function hasWanted(where: EventFilter['where'], subject: JsonObject): boolean {
  return Object.entries(where ?? {}).every(([field, wanted]) => {
    const value = subject[field];
    return typeof value !== 'string' || wanted.includes(value.toLowerCase());
  });
}

function hasLabel(label: string, labels: unknown): boolean {
  if (!Array.isArray(labels)) return true;
  return labels.some((entry) => String(isJsonObject(entry) ? entry.id : entry) === label);
}

/** Whether a trigger keeps an event. */
export function keeps(filter: EventFilter, event: TutorCruncherEvent): boolean {
  if (filter.actions && !filter.actions.includes(event.action)) return false;
  if (filter.except?.includes(event.action)) return false;
  // Subjects of one action may be of several objects (CLIENT_PAID_INVOICE), so the model decides, never the action.
  if (filter.object && objectWordOf(event.subject.model) !== filter.object) return false;
  if (filter.label && !hasLabel(filter.label, event.subject.labels)) return false;
  return hasWanted(filter.where, event.subject);
}
