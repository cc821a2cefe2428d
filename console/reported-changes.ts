/** The changes that an event reports. The page determines the changes as a Zap does. */

import { precedes, reportedChange, timeBetween, type EventInBurst } from '../src/record/burst.ts';
import { compareSubjects, type Change } from '../src/record/changes.ts';
import type { Locale } from '../src/record/locale.ts';
import { withSentLabels } from '../src/record/sent-labels.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { layoutOf, type BrowserDelivery } from './opened-delivery.ts';

/** The changes that an event reports, and the earlier event that it is compared with. */
export interface ReportedChanges {
  readonly changes: readonly Change[];
  readonly since: TutorCruncherEvent;
  /** True if an earlier event of the burst has reported the changes, so that this event reports none. */
  readonly isRepeated: boolean;
}

const onlyEventOf = ({ events: [opened, ...others] }: BrowserDelivery): TutorCruncherEvent | null =>
  opened && others.length === 0 ? opened.event : null;

/**
 * Compares the subject of a delivery's only event with its states in the earlier deliveries, as a Zap does. A trigger
 * that selects the event also selects earlier events with the same action. Changes that such events report therefore
 * count as reported.
 *
 * @returns null if the changes are unknown
 */
export function reportedChanges(
  delivery: BrowserDelivery,
  previous: BrowserDelivery | null,
  burst: readonly BrowserDelivery[],
  locale: Locale,
): ReportedChanges | null {
  const event = onlyEventOf(delivery);
  const layout = event && layoutOf(event);
  if (!event || !layout) return null;
  const before = previous && onlyEventOf(previous);
  const events: EventInBurst = {
    event,
    previous: before && precedes(before, event) ? before : null,
    burst: burst.flatMap((each) => {
      const earlier = onlyEventOf(each);
      const isComparable = earlier !== null && timeBetween(earlier, event) !== null;
      return isComparable ? [{ event: earlier, isSelected: earlier.action === event.action }] : [];
    }),
  };
  const options = { layout, hasBalances: true, locale };
  const subject = withSentLabels(event.subject, event);
  const change = reportedChange(events, (earlier) =>
    compareSubjects(withSentLabels(earlier.subject, earlier), subject, options),
  );
  if (!change) return null;
  const { since, isRepeated, comparison } = change;
  return { changes: comparison.changes, since, isRepeated };
}
