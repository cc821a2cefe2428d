/** The view of a trigger, which determines the subject and the layout of the records created from events. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Layout } from '../record/layout.ts';
import type { Locale } from '../record/locale.ts';
import { withSentLabels } from '../record/sent-labels.ts';

/** The properties of a trigger that determine the contents of its records. */
export interface EventView {
  /** True in an app that is built for a relay. Only a relay stores earlier events. */
  readonly isRelayed: boolean;
  /**
   * True if the records can be about any object. Such a record has keys that describe its subject. The record lacks the
   * keys for changes that apply only to some object types.
   */
  readonly isOfAnyObject: boolean;
  /** True to compare balances, which all other triggers ignore. */
  readonly hasBalances: boolean;
  /** True to name the people who were added to, removed from or edited in a lesson. Requires a relay. */
  readonly namesPeople: boolean;
  /** Returns the layout of an event's record; null for an unknown object type. */
  readonly layoutFor: (event: TutorCruncherEvent) => Layout | null;
  /** Returns the subject shown in the record of an event. */
  readonly subjectIn: (event: TutorCruncherEvent) => JsonObject;
}

/** Returns the options for comparing two states. */
export const comparisonOptions = ({ hasBalances }: EventView, layout: Layout, locale: Locale) => ({
  layout,
  locale,
  hasBalances,
});

/**
 * Returns the state of an event's subject for a comparison.
 *
 * @param of - the event that contains the state: the event itself, or an earlier event about the same subject
 */
export const comparedState = (
  { subjectIn }: EventView,
  event: TutorCruncherEvent,
  of: TutorCruncherEvent,
): JsonObject => withSentLabels(subjectIn({ ...event, subject: of.subject }), of);
