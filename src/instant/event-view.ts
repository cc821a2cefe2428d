/** The view of a trigger: the part of an event that is the subject of its records, and the layout of their keys. */

import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Layout } from '../record/layout.ts';
import type { Locale } from '../record/locale.ts';
import { withSentLabels } from '../record/sent-labels.ts';

/** The properties of a trigger that decide what its records show. */
export interface EventView {
  /** True in apps that are built for a relay, which knows earlier events. */
  readonly isRelayed: boolean;
  /**
   * True if the record may be about any object. Such a record describes its subject, and has no keys about changed
   * fields.
   */
  readonly isOfAnyObject: boolean;
  /** True to compare balances, which all other triggers ignore. */
  readonly hasBalances: boolean;
  /** True to name the people of a lesson who were changed, which takes a relay. */
  readonly namesPeople: boolean;
  /** Returns the layout of the record of an event; null for an object that the app does not know. */
  readonly layoutFor: (event: TutorCruncherEvent) => Layout | null;
  /** Returns the subject that the record of an event shows. */
  readonly subjectIn: (event: TutorCruncherEvent) => JsonObject;
}

/** Returns the options of a comparison of two states. */
export const comparisonOptions = ({ hasBalances }: EventView, layout: Layout, locale: Locale) => ({
  layout,
  locale,
  hasBalances,
});

/**
 * Returns the state of an event's subject that is compared.
 *
 * @param of - the event itself, or an earlier event about the same subject
 */
export const comparedState = (
  { subjectIn }: EventView,
  event: TutorCruncherEvent,
  of: TutorCruncherEvent,
): JsonObject => withSentLabels(subjectIn({ ...event, subject: of.subject }), of);
