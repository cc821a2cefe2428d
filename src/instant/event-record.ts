/** Conversion of events to records. In an app for a relay, an event is compared with earlier ones about the same subject. */

import { isDeletion } from '../../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { toScalar, type JsonObject } from '../../wire/json.ts';
import { objectWordOf } from '../../wire/models.ts';
import { withLastKnownFields } from './deletion.ts';
import type { ChangeConditions } from './event-filter.ts';
import { withDetails } from '../lookups/fetched-details.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { earlierEvents, reportedChange } from '../record/burst.ts';
import { changeFields, type UnknownChange } from '../record/change-keys.ts';
import { compareSubjects, type Comparison } from '../record/changes.ts';
import { flattenEvent } from '../record/event.ts';
import type { FlatRecord } from '../record/record.ts';
import { eventFieldsFor, subjectFor } from '../record/runs.ts';
import { haveSameLabels, withSentLabels } from '../record/sent-labels.ts';
import { sha256 } from '../sha256.ts';
import type { Locale } from '../record/locale.ts';
import type { Layout } from '../record/layout.ts';

const LABEL_ADDITIONS: ReadonlySet<string> = new Set(['ADDED_A_LABEL_TO_A_USER', 'ADDED_A_LABEL_TO_A_SERVICE']);

/** Returns true if all of these actions add a label to their subject. */
export const areLabelAdditions = (actions: readonly string[]): boolean =>
  actions.length > 0 && actions.every((action) => LABEL_ADDITIONS.has(action));

/** Settings for the record of an event. */
export interface RecordOptions {
  readonly layout: Layout | null;
  readonly locale: Locale;
  /** True if the record may be about any object. It then describes its subject, and has no keys about changed fields. */
  readonly isOfAnyObject?: boolean;
  readonly hasBalances?: boolean;
  /** Returns the subject to show and compare. Default: the event's own subject. */
  readonly subjectIn?: (event: TutorCruncherEvent) => JsonObject;
}

/** The change that a record shows, or the reason why it is unknown. */
type CheckedChange =
  | { readonly comparison: Comparison; readonly isMet: boolean }
  | { readonly comparison: null; readonly isMet: null; readonly because: UnknownChange };

const unknownChange = (because: UnknownChange): CheckedChange => ({ comparison: null, isMet: null, because });

function checkedChange(
  kept: KeptEvent,
  later: JsonObject,
  { condition }: ChangeConditions,
  { layout, locale, hasBalances = false, subjectIn }: RecordOptions,
): CheckedChange {
  const { event, isOneOfSeveral = false, onlyFor } = kept;
  if (isOneOfSeveral) return unknownChange('several-events');
  if (!layout) return unknownChange('unknown-object');
  const options = { layout, locale, hasBalances };
  const comparedSubject = (earlier: TutorCruncherEvent): JsonObject =>
    withSentLabels(subjectIn?.({ ...event, subject: earlier.subject }) ?? earlier.subject, earlier);
  const compared = withSentLabels(later, event);
  const change = reportedChange(kept, (earlier) => compareSubjects(comparedSubject(earlier), compared, options));
  if (!change) return unknownChange('no-earlier-event');
  const { comparison, since, isRepeated } = change;
  // The conditions are decided on the whole subject.
  const shown = onlyFor
    ? compareSubjects(subjectFor(onlyFor.person, comparedSubject(since)), subjectFor(onlyFor.person, compared), options)
    : comparison;
  if (isRepeated) return { comparison: shown, isMet: condition === undefined };
  // If a label was removed and added again, the states do not differ, because only the addition sends a webhook.
  const isContradicted = LABEL_ADDITIONS.has(event.action) && !comparison.addedLabels?.length;
  if (isContradicted) return unknownChange('no-added-label');
  const isMet = condition ? condition(comparison, comparedSubject(since)) : true;
  return isMet === null ? unknownChange('fields-of-one-event') : { comparison: shown, isMet };
}

/**
 * Returns true for an event that repeats an earlier one: TutorCruncher sends an event about a label again while the label
 * stays. An event does not say which label it is about, so a repetition must follow the event that it repeats.
 */
function isRepeatedLabel(kept: KeptEvent): boolean {
  const { event } = kept;
  const [nearest] = earlierEvents(kept);
  return nearest?.action === event.action && LABEL_ADDITIONS.has(event.action) && haveSameLabels(nearest, event);
}

const isDeletedBy = ({ action, subject }: TutorCruncherEvent): boolean =>
  isDeletion(objectWordOf(subject.model), [action]);

const isPaid = ({ subject: { status } }: TutorCruncherEvent): boolean =>
  typeof status === 'string' && status.toLowerCase() === 'paid';

/** Returns true if another selected event of the burst reports the same payment: all events since show that it is paid. */
function isReportedPayment({ event, burst }: KeptEvent): boolean {
  if (!isPaid(event)) return false;
  const states = burst.filter((one) => one.event.subject.status !== undefined).reverse();
  const unpaid = states.findIndex((one) => !isPaid(one.event));
  return states.slice(0, unpaid < 0 ? states.length : unpaid).some(({ isSelected }) => isSelected);
}

/**
 * Converts an event to a record; null if its change does not meet the conditions. With a relay, the record describes the
 * change, and the record of a deletion contains the complete last known subject. The record of a run for one person shows
 * only this person's part of all states.
 */
export function eventRecord(
  kept: KeptEvent,
  isRelayed: boolean,
  conditions: ChangeConditions,
  options: RecordOptions,
): FlatRecord | null {
  const { event, isRepeat = false, details, onlyFor } = kept;
  const { layout, locale, isOfAnyObject = false, subjectIn } = options;
  const subject = subjectIn ? subjectIn(event) : event.subject;
  const flatten = (whole: JsonObject, changes: FlatRecord = {}): FlatRecord => {
    const base = { hash: sha256, locale, hasSubjectKeys: isOfAnyObject, changes };
    if (!onlyFor) return flattenEvent(event, layout, { ...base, subject: whole });
    const complete = { ...whole, ...onlyFor.people };
    const record = flattenEvent(event, layout, { ...base, subject: subjectFor(onlyFor.person, complete) });
    const states = [complete, ...earlierEvents(kept).map((one) => one.subject)];
    return { ...record, ...eventFieldsFor(onlyFor.person, event, states, String(toScalar(record.id))) };
  };
  if (!isRelayed) return flatten(withDetails(subject, details));
  if (conditions.oncePerPayment && isReportedPayment(kept)) return null;
  if (conditions.oncePerLabel && isRepeatedLabel(kept)) return null;
  const change = checkedChange(kept, subject, conditions, options);
  if (change.isMet === false || (change.isMet === null && conditions.skipsUnknown)) return null;
  const earlier = isDeletedBy(event) ? earlierEvents(kept) : [];
  const lastKnown = earlier.find((one) => !isDeletedBy(one)) ?? earlier[0];
  return flatten(lastKnown ? withLastKnownFields(subject, lastKnown.subject) : withDetails(subject, details), {
    ...changeFields(change.comparison ?? change.because, isOfAnyObject ? null : layout, locale),
    is_repeat: isRepeat,
  });
}
