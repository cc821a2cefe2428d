/**
 * The runs that a Zap with a polled trigger must have, computed from the history of each record. The computation does
 * not use the code of the app: a Zap runs once for an id whose condition holds for long enough while the Zap is on and
 * TutorCruncher responds, unless the condition held when the Zap was turned on.
 */

import type { SimulatedZap } from '../../../local/simulated-lists/polled-list.ts';
import { MINUTE, OUTAGE, type Interval } from '../../../local/simulated-lists/simulated-time.ts';

/** Returns the times within a span at which TutorCruncher responds and the Zap is on. */
function usable({ from, to }: Interval, played: Interval): Interval[] {
  const within = { from: Math.max(from, played.from), to: Math.min(to, played.to) };
  const parts = [
    { from: within.from, to: Math.min(within.to, OUTAGE.from) },
    { from: Math.max(within.from, OUTAGE.to), to: within.to },
  ];
  return parts.filter((part) => part.to > part.from);
}

/** The runs of a Zap. */
export interface ExpectedRuns {
  readonly ids: readonly string[];
  /**
   * Ids of records that meet the condition too briefly, or too shortly before the end, for a poll to notice them with
   * certainty.
   */
  readonly unclear: readonly string[];
}

/**
 * Returns the runs that a Zap must have.
 *
 * @param interval - milliseconds between two polls
 * @param played - the period in which the Zap is on
 */
export function expectedRuns(zap: SimulatedZap, interval: number, played: Interval): ExpectedRuns {
  const ids: string[] = [];
  const unclear: string[] = [];
  for (const [id, held] of zap.times()) {
    if (held.some(({ from, to }) => from <= played.from && to > played.from)) continue;
    const lengths = held.flatMap((each) => usable(each, played)).map(({ from, to }) => to - from);
    if (lengths.length === 0) continue;
    (Math.max(...lengths) > interval + MINUTE ? ids : unclear).push(id);
  }
  return { ids, unclear };
}
