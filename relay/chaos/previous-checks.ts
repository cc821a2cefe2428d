/** Checks of the previous events that arrived at the targets of a chaos run. */

import { check } from './checks.ts';
import { expectedPrevious } from './expected-previous.ts';
import type { TargetEndpoint, TargetEndpoints } from './target-endpoints.ts';

/** Share of the events that have a previous one, at least. About half of them do if nothing is forgotten. */
const MIN_SHARE = 1 / 4;

/** Returns the number of events that arrived with another previous event than expected. */
const unexpectedAt = ({ arrivals }: TargetEndpoint, expected: ReadonlyMap<string, string | null>): number =>
  [...arrivals.values()].filter(({ event, previous }) => (previous?.id ?? null) !== expected.get(event.id)).length;

/** Checks that every event arrived with the state of its lesson from before its burst, wherever and how often it arrived. */
export function checkPrevious(scenario: string, { healthy, all }: TargetEndpoints): void {
  // The healthy endpoint receives every event for the first time in the order in which the relay stored them.
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
