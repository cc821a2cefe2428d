/** The check for pauses of a running relay. */

import { DAY_MS } from '../clock.ts';
import type { PauseSummary } from '../monitoring/pauses.ts';
import { Trouble } from './check-result.ts';
import { countOf, durationOf, momentOf } from './formatting.ts';

/**
 * Time after which a pause is no longer reported, in milliseconds. The check cannot determine whether the cause of a
 * pause has been removed.
 */
const SHOWN_MS = 7 * DAY_MS;

/**
 * Checks that the relay has run without pauses. A single pause that only the machine's clock shows is not a problem,
 * because a clock can be corrected after a start, and a machine can be suspended for maintenance.
 *
 * @throws {Trouble} if there was any other pause in the last week
 */
export function checkPauses({ count, newest }: PauseSummary): string {
  if (newest === null) return 'The relay has run without pauses since its start.';
  if (Date.now() - newest.since > SHOWN_MS) return 'The relay has run without pauses for a week.';
  const { since, ms, isOfMachine } = newest;
  const when = `for ${durationOf(ms)} from ${momentOf(since)}`;
  const what = isOfMachine
    ? 'The machine was suspended, or its clock was set forward'
    : 'The relay did not run: the platform lets it sleep or stops its CPU, or the machine was overloaded';
  if (isOfMachine && count === 1) return `${what}, once, ${when}.`;
  throw new Trouble(
    `${what}, ${when} (${countOf(count, 'pause')} since the start). Webhooks fail ` +
      'during a pause. Keep the instance running, and give it a CPU between requests as well.',
  );
}
