/** The events that a trigger keeps. */

import { selectsAction, type ActionFilter } from '../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import { containsWord, objectWordOf, type ObjectWord } from '../wire/models.ts';
import { stageIdOf, type ChangeConditions } from './change-conditions.ts';

/**
 * A trigger's conditions on an event. If the subject does not contain a field, the condition on that field is ignored.
 */
export interface EventFilter {
  readonly actions: ActionFilter;
  /** The object that `subject.model` must name; null for any object. */
  readonly object: ObjectWord | null;
  /** Another object that `subject.model` may name. */
  readonly alternative?: ObjectWord;
  /** Allowed values of the subject's fields, in lower case. The comparison ignores letter case. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** The id of a label that the subject must have. */
  readonly label?: string | null;
  /** The ids of the pipeline stages that the subject may be in. */
  readonly stages?: readonly string[];
  /** Conditions on what changed. `keeps` does not check them, because they need a previous event. */
  readonly changes?: ChangeConditions;
  /** Words in lower case. An event is excluded if its action or its subject's model contains one of them. */
  readonly exceptAbout?: readonly string[];
}

/** Returns true if each field of the subject has one of its allowed values. */
export function hasAllowedValues(where: EventFilter['where'], subject: JsonObject): boolean {
  return Object.entries(where ?? {}).every(([field, allowed]) => {
    const value = subject[field];
    return typeof value !== 'string' || allowed.includes(value.toLowerCase());
  });
}

function hasLabel(label: string, labels: unknown): boolean {
  if (!Array.isArray(labels)) return true;
  return labels.some((entry) => String(isJsonObject(entry) ? entry.id : entry) === label);
}

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
