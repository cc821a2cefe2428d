/** Handles events for added labels. Such an event does not show which label was added. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { earlierEvents } from '../record/burst.ts';
import type { Comparison } from '../record/changes.ts';
import { haveSameLabels } from '../record/sent-labels.ts';

const LABEL_ADDITIONS: ReadonlySet<string> = new Set(['ADDED_A_LABEL_TO_A_USER', 'ADDED_A_LABEL_TO_A_SERVICE']);

/** Returns true if each of the actions adds a label to its subject. */
export const areLabelAdditions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => LABEL_ADDITIONS.has(action));

/**
 * Returns true for an event that repeats the previous event about the same subject. TutorCruncher repeats the event for
 * an added label while the subject keeps the label. Two such events are a repetition only if no other event occurred
 * between them, because an event does not show which label was added.
 */
export function isRepeatedLabel(kept: KeptEvent): boolean {
  const { event } = kept;
  const [nearest] = earlierEvents(kept);
  return nearest?.action === event.action && LABEL_ADDITIONS.has(event.action) && haveSameLabels(nearest, event);
}

/**
 * Returns true if the comparison for an event about an added label shows no added label. The states do not differ if a
 * label was removed and added again, because TutorCruncher sends no webhook for the removal.
 */
export const lacksAddedLabel = ({ action }: TutorCruncherEvent, { addedLabels }: Comparison): boolean =>
  LABEL_ADDITIONS.has(action) && !addedLabels?.length;
