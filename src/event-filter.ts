import { selectsAction, type ActionFilter } from '../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import { containsWord, objectWordOf, type ObjectWord } from '../wire/models.ts';
import type { Comparison } from './record/changes.ts';

/** Allowed values by field. Texts are in lower case, and the comparison ignores letter case. */
type AllowedValues = Readonly<Record<string, readonly (string | boolean)[]>>;

/** Conditions on the change since an earlier event about the same subject. */
export interface ChangeConditions {
  /**
   * Returns true if a change meets the condition; null if that is unknown. An event that reports no change does not meet it.
   *
   * @param earlier - the subject in the earlier state
   */
  readonly condition?: (comparison: Comparison, earlier: JsonObject) => boolean | null;
  /** True to skip events for which the verdict of the condition is unknown. */
  readonly skipsUnknown?: boolean;
  /** True to skip events about a payment that another event of the burst has reported. */
  readonly oncePerPayment?: boolean;
}

/** A trigger's conditions on an event. If the subject does not contain a field, the condition on that field is ignored. */
export interface EventFilter {
  readonly actions: ActionFilter;
  /** The object that `subject.model` must name; null for any object. */
  readonly object: ObjectWord | null;
  readonly alternative?: ObjectWord;
  readonly where?: AllowedValues;
  readonly label?: string | null;
  readonly stages?: readonly string[];
  /** Conditions on what changed. `keeps` does not check them, because they need a previous event. */
  readonly changes?: ChangeConditions;
  /** Words in lower case. An event is excluded if its action or its subject's model contains one of them. */
  readonly exceptAbout?: readonly string[];
}

/**
 * The state that the subject of a trigger's test data must have, because the sample and the account's own records must
 * look like records for which the trigger could have fired. Live events need not meet the requirement, because
 * TutorCruncher decides when it sends an event, and no event may be lost.
 */
export interface SubjectRequirement {
  /** Allowed values, like those of {@link EventFilter.where}. The sample has the first of them. */
  readonly oneOf?: AllowedValues;
  /** Fields that must have a value. A list must not be empty. */
  readonly filled?: readonly string[];
  /** The field with the time of the event, if it differs from the time of the last change. */
  readonly time?: string;
}

/** Returns true if each field of the subject has one of its allowed values. */
export function hasAllowedValues(where: AllowedValues | undefined, subject: JsonObject): boolean {
  return Object.entries(where ?? {}).every(([field, allowed]) => {
    const value = subject[field];
    if (typeof value === 'string') return allowed.includes(value.toLowerCase());
    return typeof value !== 'boolean' || allowed.includes(value);
  });
}

const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== null && value !== '';

/** Returns true if a record meets a requirement. Rows of lists contain few fields, so a missing field is ignored. */
export const meets = ({ oneOf, filled = [] }: SubjectRequirement, record: JsonObject): boolean =>
  hasAllowedValues(oneOf, record) && filled.every((field) => !(field in record) || isFilled(record[field]));

function hasLabel(label: string, labels: unknown): boolean {
  if (!Array.isArray(labels)) return true;
  return labels.some((entry) => String(isJsonObject(entry) ? entry.id : entry) === label);
}

/** Returns the id of a pipeline stage, which TutorCruncher sends as a record. */
export const stageIdOf = (stage: unknown): unknown => (isJsonObject(stage) ? stage.id : stage);

const isInStage = (stages: readonly string[], stage: unknown): boolean =>
  stage === undefined || stages.includes(String(toScalar(stageIdOf(stage))));

const isAbout = ({ object, alternative }: EventFilter, word: ObjectWord | null): boolean =>
  word !== null && (word === object || word === alternative);

/** Returns true if a trigger with this filter keeps the event. */
export function keeps(filter: EventFilter, event: TutorCruncherEvent): boolean {
  if (!selectsAction(filter.actions, event.action)) return false;
  // Different objects share an action (CLIENT_PAID_INVOICE), so only the model shows which object an event is about.
  if (filter.object && !isAbout(filter, objectWordOf(event.subject.model))) return false;
  const { exceptAbout = [] } = filter;
  if (containsWord(exceptAbout, event.action) || containsWord(exceptAbout, event.subject.model)) return false;
  if (filter.label && !hasLabel(filter.label, event.subject.labels)) return false;
  if (filter.stages && !isInStage(filter.stages, event.subject.pipeline_stage)) return false;
  return hasAllowedValues(filter.where, event.subject);
}
