/**
 * A model of the relay's memory, implemented independently from its description: an event is compared with the newest
 * state of its lesson before the burst. The model has no retention, because a run lasts only minutes.
 */

import type { SentEvent } from './sent-event.ts';

/** Maximum time between the first event of a burst and any other event of the burst, in milliseconds. */
const BURST_MS = 5_000;

/** The memory of one lesson. */
interface Memory {
  /** Time of the first event of the burst. */
  burst: number;
  /** The newest event that precedes the burst. */
  before: SentEvent | null;
  newest: SentEvent;
}

/**
 * Returns the id of each event's previous event, by the event's id; null if there is none.
 *
 * @param events - in the order in which the relay stored them
 */
export function expectedPrevious(events: readonly SentEvent[]): Map<string, string | null> {
  const memories = new Map<string, Memory>();
  const expected = new Map<string, string | null>();
  for (const event of events) {
    const memory = memories.get(event.lesson);
    if (!memory) {
      memories.set(event.lesson, { burst: event.time, before: null, newest: event });
      expected.set(event.id, null);
      continue;
    }
    const afterBurst = event.time - memory.burst;
    if (afterBurst > BURST_MS) {
      memory.before = memory.newest;
      memory.burst = event.time;
    }
    const isLate = afterBurst < -BURST_MS;
    if (!isLate && event.time >= memory.newest.time) memory.newest = event;
    const { before } = memory;
    expected.set(event.id, !isLate && before && before.time < event.time ? before.id : null);
  }
  return expected;
}
