/**
 * The change that an event of a burst reports. TutorCruncher sends several events for one change, and several changes
 * within seconds, in any order. An event is compared with the nearest earlier state that differs from it, so that two
 * changes within seconds are reported as two. If another event of the burst has reported the change before, the event
 * reports no change, so that one change is reported once for each trigger.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject } from '../../wire/json.ts';
import { isNeverCompared } from './change-relevance.ts';
import type { Comparison } from './changes.ts';
import { timeBetween } from './precedes.ts';

/** An event of the same burst that arrived before. */
export interface BurstEvent {
  readonly event: TutorCruncherEvent;
  /** True if the trigger selects the event as well. */
  readonly isSelected: boolean;
}

/** An event, and the events about the same subject that arrived before it. */
export interface EventInBurst {
  readonly event: TutorCruncherEvent;
  /**
   * The newest event from before the burst, which is older than the event; null if it is unknown, in which case the
   * subject may still have changed.
   */
  readonly previous: TutorCruncherEvent | null;
  /** Events of the burst, in the order of their times. The newest of events with the same time arrived last. */
  readonly burst: readonly BurstEvent[];
}

/** The difference between an earlier state and that of an event. */
export interface Difference {
  readonly comparison: Comparison;
  /** Returns the keys of the fields that could not be compared. */
  readonly uncompared: () => ReadonlySet<string>;
}

/** The change that an event reports: the difference from an earlier event. */
interface ReportedChange<D> {
  /** The event with which the event is compared: itself if it reports no change. */
  readonly since: TutorCruncherEvent;
  readonly difference: D;
  /** True if another event has reported the change before. */
  readonly isRepeated: boolean;
}

const isLater = (one: TutorCruncherEvent, { event }: EventInBurst): boolean => (timeBetween(one, event) ?? 0) < 0;

/** Returns the events of the burst that are not newer than the event, newest first. */
const earlierInBurst = (events: EventInBurst): BurstEvent[] =>
  events.burst.filter(({ event }) => !isLater(event, events)).reverse();

/** Returns the known events that are not newer than an event, newest first. */
export const earlierEvents = (events: EventInBurst): TutorCruncherEvent[] => [
  ...earlierInBurst(events).map(({ event }) => event),
  ...(events.previous ? [events.previous] : []),
];

/** Returns true if two values are identical, apart from fields that are never compared. */
function isIdentical(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((entry, index) => isIdentical(entry, other[index]));
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return one === other;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isNeverCompared(name) || (Object.hasOwn(other, name) && isIdentical(one[name], other[name])))
  );
}

/**
 * Finds the change that an event reports.
 *
 * @param compare - returns the difference between an event and the one whose change is to be found
 * @returns null if the change is unknown
 */
export function reportedChange<D extends Difference>(
  events: EventInBurst,
  compare: (earlier: TutorCruncherEvent) => D,
): ReportedChange<D> | null {
  const { event, previous, burst } = events;
  const repeated = (): ReportedChange<D> => ({ since: event, difference: compare(event), isRepeated: true });
  if (burst.some((one) => one.isSelected && isLater(one.event, events))) return repeated();
  const since = (earlier: TutorCruncherEvent): ReportedChange<D> => ({
    since: earlier,
    difference: compare(earlier),
    isRepeated: false,
  });
  /** The fields that selected events with the same state do not have in common with the event. */
  const hidden: ReadonlySet<string>[] = [];
  let change: ReportedChange<D> | null = null;
  for (const { event: earlier, isSelected } of earlierInBurst(events)) {
    // Most events with the same state have identical subjects, which need no comparison. A comparison takes much longer.
    if (isIdentical(earlier.subject, event.subject)) {
      if (isSelected) return repeated();
      continue;
    }
    change = since(earlier);
    if (change.difference.comparison.changedKeys.size > 0) break;
    const uncompared = isSelected ? change.difference.uncompared() : null;
    if (uncompared?.size === 0) return repeated();
    if (uncompared) hidden.push(uncompared);
    change = null;
  }
  change ??= previous && since(previous);
  // TutorCruncher does not send all fields with every event, so an event may not have shown all of the change.
  const changed = [...(change?.difference.comparison.changedKeys ?? [])];
  const isShown = (keys: ReadonlySet<string>): boolean => !changed.some((key) => keys.has(key));
  return change && hidden.some(isShown) ? repeated() : change;
}
