/** The conditions of a trigger on the changes since a previous event about the same subject. */

import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import type { Comparison } from './record/changes.ts';

/**
 * Conditions on a change. If a condition cannot be checked and none is violated, the change counts as unknown. Events
 * with unknown changes are excluded only if `skipsUnknown` is true.
 */
export interface ChangeConditions {
  /** Keys of fields, at least one of which must have changed. */
  readonly changedFields?: readonly string[];
  /** The previous statuses to accept, in lower case. */
  readonly earlierStatuses?: readonly string[];
  /** The ids of the previous pipeline stages to accept. */
  readonly earlierStages?: readonly string[];
  /** The id of the label that must have been added. */
  readonly addedLabel?: string;
  /** True to skip events whose changes are unknown. */
  readonly skipsUnknown?: boolean;
}

/** The difference from the previous state, and the subject in that state. */
export interface KnownChange {
  readonly comparison: Comparison;
  readonly earlier: JsonObject;
  /** Returns the keys of the fields that could not be compared. */
  readonly uncompared: () => ReadonlySet<string>;
}

/** Result of checking conditions: `unknown` if none is violated but at least one cannot be checked. */
type ConditionsResult = 'met' | 'violated' | 'unknown';

/** True if a condition is met; null if it cannot be checked. */
type Verdict = boolean | null;

/** Checks that a value is allowed. The result is unknown if the subject does not contain the value. */
const isAmong = (allowed: readonly string[], value: unknown): Verdict =>
  value === undefined ? null : allowed.includes(String(toScalar(value)).toLowerCase());

/** Returns the id of a pipeline stage, which TutorCruncher sends as a record. */
export const stageIdOf = (stage: unknown): unknown => (isJsonObject(stage) ? stage.id : stage);

/** Checks that at least one of the fields has changed. */
function hasChanged(keys: readonly string[], { comparison, uncompared }: KnownChange): Verdict {
  if (comparison.changes.some(({ key }) => keys.includes(key))) return true;
  const unknown = uncompared();
  return keys.some((key) => unknown.has(key)) ? null : false;
}

/** Checks all conditions on a change. */
export function checkConditions(
  { changedFields, earlierStatuses, earlierStages, addedLabel }: ChangeConditions,
  change: KnownChange,
): ConditionsResult {
  const { comparison, earlier } = change;
  const verdicts: Verdict[] = [
    changedFields ? hasChanged(changedFields, change) : true,
    earlierStatuses ? isAmong(earlierStatuses, earlier.status) : true,
    earlierStages ? isAmong(earlierStages, stageIdOf(earlier.pipeline_stage)) : true,
    addedLabel === undefined || (comparison.addedLabels?.some(({ id }) => String(id) === addedLabel) ?? null),
  ];
  if (verdicts.includes(false)) return 'violated';
  return verdicts.includes(null) ? 'unknown' : 'met';
}
