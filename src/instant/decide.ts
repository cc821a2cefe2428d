/**
 * Decides whether a Zap runs for the change that an event reports. In an app for a relay, the event is compared with
 * earlier events about the same subject. The decision is based on the whole subject. If a run shows only a part of the
 * subject, `compare.ts` compares this part again.
 */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { isReportedState, reportedChange } from '../record/burst.ts';
import type { UnknownChange } from '../record/change-keys.ts';
import { compareSubjects } from '../record/changes.ts';
import type { Layout } from '../record/layout.ts';
import type { Locale } from '../record/locale.ts';
import type { ChangeConditions } from '../choices/event-filter.ts';
import { isRepeatedLabel, lacksAddedLabel } from './added-labels.ts';
import { comparedState, comparisonOptions, type EventView } from './event-view.ts';
import { isReportedPayment } from './paid-once.ts';

/**
 * The change that an event reports: the earlier event with which the comparison starts, or the reason why the change is
 * unknown.
 */
export type Change =
  | {
      /** The earlier event; the reporting event itself if this event reports no change. */
      readonly since: TutorCruncherEvent;
      /** The layout of the two states. */
      readonly layout: Layout;
    }
  | { readonly unknownBecause: UnknownChange };

/**
 * Finds the change that an event reports. If a condition is given, returns null if the change does not meet the
 * condition, or if another event has already reported the change.
 */
function checkedChange(
  kept: KeptEvent,
  condition: ChangeConditions['condition'],
  view: EventView,
  locale: Locale,
): Change | null {
  const { event, isOneOfSeveral = false } = kept;
  if (isOneOfSeveral) return { unknownBecause: 'several-events' };
  const layout = view.layoutFor(event);
  if (!layout) return { unknownBecause: 'unknown-object' };
  const stateOf = (of: TutorCruncherEvent) => comparedState(view, event, of);
  const state = stateOf(event);
  const options = comparisonOptions(view, layout, locale);
  const change = reportedChange(kept, (earlier) => compareSubjects(stateOf(earlier), state, options));
  if (!change) return { unknownBecause: 'no-earlier-event' };
  const { comparison, since, isRepeated } = change;
  if (isRepeated) return condition ? null : { since, layout };
  if (lacksAddedLabel(event, comparison)) return { unknownBecause: 'no-added-label' };
  const isMet = condition ? condition(comparison, stateOf(since)) : true;
  if (isMet === null) return { unknownBecause: 'fields-of-one-event' };
  return isMet ? { since, layout } : null;
}

/**
 * Returns the change that an event reports; null if the Zap does not run for the change. Without a relay, the change is
 * unknown and excludes no event.
 */
export function decide(
  kept: KeptEvent,
  conditions: ChangeConditions | undefined,
  view: EventView,
  locale: Locale,
): Change | null {
  if (!view.isRelayed) return { unknownBecause: 'no-earlier-event' };
  const { oncePerPayment, oncePerLabel, oncePerState, skipsUnknown = false, condition } = conditions ?? {};
  if (oncePerPayment && isReportedPayment(kept)) return null;
  if (oncePerLabel && isRepeatedLabel(kept)) return null;
  if (oncePerState && isReportedState(kept)) return null;
  const change = checkedChange(kept, condition, view, locale);
  const isUnknown = change !== null && 'unknownBecause' in change;
  return isUnknown && skipsUnknown ? null : change;
}
