/** Events about added labels, which do not say which label was added. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { earlierEvents } from '../record/burst.ts';
import type { Comparison } from '../record/changes.ts';
import { haveSameLabels } from '../record/sent-labels.ts';

const LABEL_ADDITIONS: ReadonlySet<string> = new Set(['ADDED_A_LABEL_TO_A_USER', 'ADDED_A_LABEL_TO_A_SERVICE']);

/** Returns true if all of these actions add a label to their subject. */
export const areLabelAdditions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => LABEL_ADDITIONS.has(action));

/**
 * Returns true for an event that repeats an earlier event, because TutorCruncher sends an event about a label again
 * while the label stays. An event does not say which label was added, so a repetition must directly follow the event
 * that it repeats.
 */
export function isRepeatedLabel(kept: KeptEvent): boolean {
  const { event } = kept;
  const [nearest] = earlierEvents(kept);
  return nearest?.action === event.action && LABEL_ADDITIONS.has(event.action) && haveSameLabels(nearest, event);
}

/**
 * Returns true if the comparison of an event about an added label shows no added label. If a label was removed and added
 * again, the states do not differ, because only the addition sends a webhook.
 */
export const lacksAddedLabel = ({ action }: TutorCruncherEvent, { addedLabels }: Comparison): boolean =>
  LABEL_ADDITIONS.has(action) && !addedLabels?.length;
