/** Checks of the previous events that arrived at the targets of a chaos run. */

import { check } from './checks.ts';
import { expectedPrevious } from './expected-previous.ts';
import type { TargetEndpoint, TargetEndpoints } from './target-endpoints.ts';

/** Minimum share of events with a previous event. The share is about half if the relay forgets nothing. */
const MIN_SHARE = 1 / 4;

/** Returns the number of events that arrived with an unexpected previous event. */
const unexpectedAt = ({ arrivals }: TargetEndpoint, expected: ReadonlyMap<string, string | null>): number =>
  [...arrivals.values()].filter(({ event, previous }) => (previous?.id ?? null) !== expected.get(event.id)).length;

/** Checks that every arrival of an event at a target contained the state of its lesson before the event's burst. */
export function checkPrevious(scenario: string, { healthy, all }: TargetEndpoints): void {
  // The healthy endpoint first receives each event in the order in which the relay stored the events.
  const events = [...healthy.arrivals.values()].map(({ event }) => event);
  const expected = expectedPrevious(events);
  const count = [...expected.values()].filter((previous) => previous !== null).length;
  check(count > events.length * MIN_SHARE, `${scenario}: ${count} of ${events.length} events have a previous one`);
  const unexpected = all.reduce((sum, target) => sum + target.changedPrevious + unexpectedAt(target, expected), 0);
  check(
    unexpected === 0,
    `${scenario}: every previous event is the state from before its burst (${unexpected} are not)`,
  );
}
