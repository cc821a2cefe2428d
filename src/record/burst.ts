/**
 * Finds the change that an event of a burst reports. TutorCruncher sends several events for one change, and several
 * changes within seconds, in any order. An event is compared with the nearest earlier state that differs from it, so
 * that a Zap reports each of two changes, even if they are only seconds apart. If another event of the burst has
 * already reported the change, the event reports no change, so that each trigger reports a change only once.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { toScalar, type JsonObject } from '../../wire/json.ts';
import { subjectAndTimeOf } from '../../wire/subject.ts';
import type { Comparison } from './changes.ts';
import { isNeverCompared } from './shown-changes.ts';
import { withoutSignature } from './signed-link.ts';

/** An event of the burst that arrived before the event that reports the change. */
export interface BurstEvent {
  readonly event: TutorCruncherEvent;
  /** True if the trigger also selects this event. */
  readonly isSelected: boolean;
}

/** An event, and the events about the same subject that arrived before this event. */
export interface EventInBurst {
  readonly event: TutorCruncherEvent;
  /**
   * The newest event from before the burst; null if no such event is known. A subject without a known previous event is
   * not always a new subject.
   */
  readonly previous: TutorCruncherEvent | null;
  /** Events of the burst, ordered by time. Events with the same time are in the order of their arrival. */
  readonly burst: readonly BurstEvent[];
}

/** The change that an event reports: the difference from an earlier event. */
interface ReportedChange {
  /** The earlier event with which the comparison starts; the reporting event itself if this event reports no change. */
  readonly since: TutorCruncherEvent;
  readonly comparison: Comparison;
  /** True if another event has already reported the change. */
  readonly isRepeated: boolean;
}

/** Returns the branch of an event as text. TutorCruncher sends ids as numbers, and sometimes as text. */
const branchOf = ({ branch }: TutorCruncherEvent): string => String(toScalar(branch));

/**
 * Returns the milliseconds from one event to another about the same subject. Compares the times in the events, because
 * deliveries can arrive out of order.
 *
 * @param one - an event sent for the same private key as `other`
 * @returns a negative number if `other` is older; null if the events are about different subjects or branches, or if
 *   the subject or time of an event is unknown
 */
export function timeBetween(one: TutorCruncherEvent, other: TutorCruncherEvent): number | null {
  const [first, { model, subjectId, eventTime }] = [subjectAndTimeOf(one), subjectAndTimeOf(other)];
  if (model === null || subjectId === null || eventTime === null || first.eventTime === null) return null;
  if (first.model !== model || first.subjectId !== subjectId) return null;
  return branchOf(one) === branchOf(other) ? eventTime - first.eventTime : null;
}

/** Returns true if two events for the same private key are about the same subject, and the first event is older. */
export const precedes = (earlier: TutorCruncherEvent, later: TutorCruncherEvent): boolean =>
  (timeBetween(earlier, later) ?? 0) > 0;

const isLater = (one: TutorCruncherEvent, { event }: EventInBurst): boolean => (timeBetween(one, event) ?? 0) < 0;

/** Returns the events of the burst that are not newer than the event, newest first. */
const earlierInBurst = (events: EventInBurst): BurstEvent[] =>
  events.burst.filter(({ event }) => !isLater(event, events)).reverse();

/** Returns the known events that are not newer than an event, newest first. */
export const earlierEvents = (events: EventInBurst): TutorCruncherEvent[] =>
  [...earlierInBurst(events).map(({ event }) => event), events.previous].filter((event) => event !== null);

/** Returns a record as JSON text, omitting fields that are never compared and the signatures of links. */
export const comparedText = (record: JsonObject): string =>
  JSON.stringify(record, (name, value: unknown) => {
    if (isNeverCompared(name)) return undefined;
    return typeof value === 'string' ? withoutSignature(value) : value;
  });

/** Returns the state of an event's subject as text. */
const stateOf = ({ subject }: TutorCruncherEvent): string => comparedText(subject);

/**
 * Returns true if another selected event of the burst shows the same state, and no event between the two events shows a
 * different state. Such events are about the same change, regardless of the order in which they arrived.
 */
export function isReportedState(events: EventInBurst): boolean {
  const state = stateOf(events.event);
  const later = events.burst.filter(({ event }) => isLater(event, events));
  return [earlierInBurst(events), later].some((neighbours) => {
    const end = neighbours.findIndex(({ event }) => stateOf(event) !== state);
    return neighbours.slice(0, end < 0 ? neighbours.length : end).some(({ isSelected }) => isSelected);
  });
}

/**
 * Finds the change that an event reports.
 *
 * @param compare - compares an earlier event with the event that reports the change
 * @returns null if the change is unknown
 */
export function reportedChange(
  events: EventInBurst,
  compare: (earlier: TutorCruncherEvent) => Comparison,
): ReportedChange | null {
  const { event, previous, burst } = events;
  const changeSince = (since: TutorCruncherEvent): ReportedChange => ({
    since,
    comparison: compare(since),
    isRepeated: since === event,
  });
  if (burst.some((one) => one.isSelected && isLater(one.event, events))) return changeSince(event);
  const state = stateOf(event);
  /**
   * The keys of the fields that cannot be compared, for each selected event that shows no difference from this event.
   */
  const hidden: ReadonlySet<string>[] = [];
  let change: ReportedChange | null = null;
  for (const { event: earlier, isSelected } of earlierInBurst(events)) {
    // Most events with the same state have identical subjects. Comparing the JSON texts of subjects is much faster than
    // comparing fields.
    if (stateOf(earlier) === state) {
      if (isSelected) return changeSince(event);
      continue;
    }
    const since = changeSince(earlier);
    if (since.comparison.changedKeys.size > 0) {
      change = since;
      break;
    }
    const uncompared = isSelected ? since.comparison.uncomparedKeys() : null;
    if (uncompared?.size === 0) return changeSince(event);
    if (uncompared) hidden.push(uncompared);
  }
  change ??= previous && changeSince(previous);
  // If all changed fields of a selected event can be compared and show no difference, that event has already reported
  // the change. TutorCruncher does not send all fields with every event, so other selected events may have reported
  // only a part of the change.
  const changed = [...(change?.comparison.changedKeys ?? [])];
  const isShown = (keys: ReadonlySet<string>): boolean => !changed.some((key) => keys.has(key));
  return change && hidden.some(isShown) ? changeSince(event) : change;
}
