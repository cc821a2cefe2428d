import { selectsAction, type ActionFilter } from '../../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { containsWord, objectWordOf, type ObjectWord } from '../../wire/models.ts';
import { idOf } from '../api/record-id.ts';
import type { Comparison } from '../record/changes.ts';
import { slug } from '../record/product-words.ts';
import { withoutUser } from '../record/subject.ts';

/** Allowed values by field, in lower case. The comparison ignores letter case. */
type AllowedValues = Readonly<Record<string, readonly (string | boolean)[]>>;

/** Conditions on the change since an earlier event about the same subject. */
export interface ChangeConditions {
  /**
   * Returns true if a change meets the condition; null if the result is unknown. An event that reports no change does
   * not meet the condition.
   *
   * @param earlier - the subject in the earlier state
   */
  readonly condition?: (comparison: Comparison, earlier: JsonObject) => boolean | null;
  /** True to skip an event if the result of the condition is unknown. */
  readonly skipsUnknown?: boolean;
  /** True to skip events about a payment that another event of the burst has already reported. */
  readonly oncePerPayment?: boolean;
  /** True to skip events whose state another event of the burst has already reported. */
  readonly oncePerState?: boolean;
  /** True to skip an event if the nearest earlier event has reported the same added label. */
  readonly oncePerLabel?: boolean;
}

/**
 * A condition on the subject, chosen by a Zap's owner. If an event lacks the field, the condition is checked against
 * the record in TutorCruncher.
 */
export interface ChosenCondition {
  /** The label of the input field, for messages. */
  readonly choice: string;
  /**
   * Returns true if a subject meets the condition; null if the result is unknown, for example because the subject lacks
   * the field.
   *
   * @param isRecord - true for a record read from TutorCruncher, in which an empty list has no entries; in an event, an
   *   empty list can also mean that the entries were not sent
   */
  readonly isMet: (subject: JsonObject, isRecord: boolean) => boolean | null;
}

/** A trigger's conditions on an event. */
export interface EventFilter {
  readonly actions: ActionFilter;
  /** The object that `subject.model` must name; null for any object. */
  readonly object: ObjectWord | null;
  /** An alternative object that `subject.model` can name. */
  readonly alternative?: ObjectWord;
  /**
   * The trigger's own conditions on the subject. A condition on a field that the subject does not contain is ignored.
   */
  readonly where?: AllowedValues;
  /** Conditions on the subject that were chosen in the Zap. */
  readonly chosen?: readonly ChosenCondition[];
  /** The chosen values by which TutorCruncher's lists are filtered when test data is read. */
  readonly listed?: { readonly label?: string; readonly statuses?: readonly string[] };
  /**
   * Conditions on the change that an event reports. `keeps` does not check these conditions, because they require a
   * previous event.
   */
  readonly changes?: ChangeConditions;
  /**
   * Excluded words in lower case. An event is excluded if its action or its subject's model contains one of these
   * words.
   */
  readonly exceptAbout?: readonly string[];
}

/**
 * The state that the subject of a trigger's test data must have, so that the sample and the account's own records look
 * like records that trigger the Zap. Live events need not meet the requirement. TutorCruncher decides when to send an
 * event, and the trigger must not lose any event.
 */
export interface SubjectRequirement {
  /** Allowed values by field, as in {@link EventFilter.where}. The sample has the first value of each field. */
  readonly oneOf?: AllowedValues;
  /** Fields that must have a value. A list must not be empty. */
  readonly filled?: readonly string[];
  /** The field with the time of the event, if it differs from the time of the last change. */
  readonly time?: string;
}

/** Returns true if each field of the subject has one of its allowed values. A missing field is ignored. */
export function hasAllowedValues(where: AllowedValues | undefined, subject: JsonObject): boolean {
  return Object.entries(where ?? {}).every(([field, allowed]) => {
    const value = subject[field];
    if (typeof value === 'string') return allowed.includes(value.toLowerCase());
    return typeof value !== 'boolean' || allowed.includes(value);
  });
}

/** Returns true for an empty value. A missing value is not empty. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Returns true if a record meets a requirement. Rows of lists contain few fields, so a missing field is ignored. */
export const meets = ({ oneOf, filled = [] }: SubjectRequirement, record: JsonObject): boolean =>
  hasAllowedValues(oneOf, record) && !filled.some((field) => isEmpty(record[field]));

/** Returns the filter with an additional condition that was chosen in the Zap. */
export const withChosen = (
  filter: EventFilter,
  condition: ChosenCondition,
  listed: EventFilter['listed'] = {},
): EventFilter => ({
  ...filter,
  chosen: [...(filter.chosen ?? []), condition],
  listed: { ...filter.listed, ...listed },
});

/** Returns the filter with additional conditions on the change. */
export const withChanges = (filter: EventFilter, conditions: ChangeConditions): EventFilter => ({
  ...filter,
  changes: { ...filter.changes, ...conditions },
});

/** Adds a change condition to a filter. A change must meet all conditions of the filter. */
export function withChangeCondition(
  filter: EventFilter,
  condition: NonNullable<ChangeConditions['condition']>,
): EventFilter {
  const earlierCondition = filter.changes?.condition ?? (() => true);
  return withChanges(filter, {
    condition: (...change) => {
      const verdicts = [earlierCondition(...change), condition(...change)];
      if (verdicts.includes(false)) return false;
      return verdicts.includes(null) ? null : true;
    },
  });
}

/**
 * Returns the condition that a subject has a label. The result is unknown if the subject has a label without an id,
 * because that label could be the chosen label.
 */
export const labelCondition = (choice: string, label: string): ChosenCondition => ({
  choice,
  isMet: (subject, isRecord) => {
    const { labels } = withoutUser(subject);
    if (!Array.isArray(labels) || (labels.length === 0 && !isRecord)) return null;
    const ids = labels.map((entry: unknown) => idOf(isJsonObject(entry) ? entry.id : entry));
    if (ids.includes(label)) return true;
    return ids.includes(null) ? null : false;
  },
});

/** Returns the condition that a subject has one of the statuses. The comparison ignores letter case and hyphens. */
export const statusCondition = (choice: string, statuses: readonly string[]): ChosenCondition => {
  const chosen = new Set(statuses.map(slug));
  return {
    choice,
    isMet: (subject) => {
      const { status } = withoutUser(subject);
      const word = typeof status === 'string' ? slug(status) : '';
      return word === '' ? null : chosen.has(word);
    },
  };
};

/** Returns the id of a pipeline stage that is a nested record; returns any other value unchanged. */
export const stageIdOf = (stage: unknown): unknown => (isJsonObject(stage) ? stage.id : stage);

/**
 * Returns the condition that a client is in one of the pipeline stages. TutorCruncher sends null as the stage of a
 * client without a stage.
 */
export const stageCondition = (choice: string, stages: readonly string[]): ChosenCondition => ({
  choice,
  isMet: (subject) => {
    const { pipeline_stage: stage } = withoutUser(subject);
    if (stage === null) return false;
    const id = idOf(stageIdOf(stage));
    return id === null ? null : stages.includes(id);
  },
});

const isAbout = ({ object, alternative }: EventFilter, word: ObjectWord | null): boolean =>
  word === object || word === alternative;

/**
 * Returns true if a trigger with this filter keeps the event. A chosen condition with an unknown result does not
 * exclude an event; {@link CompletedSubject} checks the condition later.
 */
export function keeps(filter: EventFilter, { action, subject }: TutorCruncherEvent): boolean {
  if (!selectsAction(filter.actions, action)) return false;
  // Different objects share an action such as CLIENT_PAID_INVOICE, so only the model shows which object an event is
  // about.
  if (filter.object && !isAbout(filter, objectWordOf(subject.model))) return false;
  const { exceptAbout = [], chosen = [] } = filter;
  if (containsWord(exceptAbout, action) || containsWord(exceptAbout, subject.model)) return false;
  return hasAllowedValues(filter.where, subject) && chosen.every(({ isMet }) => isMet(subject, false) !== false);
}

/** Returns true if a record that was read from TutorCruncher meets all chosen conditions. */
export const meetsChosen = ({ chosen = [] }: EventFilter, record: JsonObject): boolean =>
  chosen.every(({ isMet }) => isMet(record, true) === true);
