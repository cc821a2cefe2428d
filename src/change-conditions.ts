/** The conditions of a trigger on what changed since a previous event about the same subject. */

import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import type { Comparison } from './record/changes.ts';

/** Conditions on a change. A condition that cannot be checked never excludes an event, unless unknown changes are skipped. */
export interface ChangeConditions {
  /** Keys of fields, of which one must have changed. */
  readonly changedFields?: readonly string[];
  /** The previous statuses to accept, in lower case. */
  readonly earlierStatuses?: readonly string[];
  /** The ids of the previous pipeline stages to accept. */
  readonly earlierStages?: readonly string[];
  /** The id of the label that must have been added. */
  readonly addedLabel?: string;
  /** True to leave out events whose changes are unknown. */
  readonly skipsUnknown?: boolean;
}

/** The difference from a previous state, and the subject in that state. */
export interface KnownChange {
  readonly comparison: Comparison;
  readonly earlier: JsonObject;
}

/** Returns true or false for a condition, or null if the subject does not contain the field. */
const isAmong = (allowed: readonly string[], value: unknown): boolean | null =>
  value === undefined ? null : allowed.includes(String(toScalar(value)).toLowerCase());

/** Returns the id of a pipeline stage, which TutorCruncher sends as a record. */
export const stageIdOf = (stage: unknown): unknown => (isJsonObject(stage) ? stage.id : stage);

/**
 * Returns true if a change meets all conditions.
 *
 * @param change - null if it is unknown
 */
export function permits(
  { changedFields, earlierStatuses, earlierStages, addedLabel, skipsUnknown = false }: ChangeConditions,
  change: KnownChange | null,
): boolean {
  if (!change) return !skipsUnknown;
  const { comparison, earlier } = change;
  const verdicts = [
    changedFields ? comparison.changes.some(({ key }) => changedFields.includes(key)) : true,
    earlierStatuses ? isAmong(earlierStatuses, earlier.status) : true,
    earlierStages ? isAmong(earlierStages, stageIdOf(earlier.pipeline_stage)) : true,
    addedLabel === undefined ? true : comparison.addedLabels?.some(({ id }) => String(id) === addedLabel),
  ];
  return verdicts.every((verdict) => verdict ?? !skipsUnknown);
}
