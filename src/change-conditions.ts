/** The conditions of a trigger on the changes since an earlier event about the same subject. */

import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import type { ChangeChoice } from './record/change-choices.ts';
import type { Comparison } from './record/changes.ts';

/** Fields that count as one. */
type ChosenField = Pick<ChangeChoice, 'fields' | 'identity'>;

/** Conditions on a change. If one cannot be checked and none is violated, the change counts as unknown. */
export interface ChangeConditions {
  readonly changedFields?: readonly ChosenField[];
  readonly earlierStatuses?: readonly string[];
  readonly earlierStages?: readonly string[];
  /** The ids of the new pipeline stages to accept. The filter checks them, so all that is left is to have a change. */
  readonly laterStages?: readonly string[];
  readonly addedLabel?: string;
  readonly skipsUnknown?: boolean;
  /** True to skip events about a payment that another event of the burst has reported. */
  readonly oncePerPayment?: boolean;
}

/** Result of checking conditions: `unknown` if none is violated but at least one cannot be checked. */
export type ConditionsResult = 'met' | 'violated' | 'unknown';

type Verdict = boolean | null;

const isAmong = (allowed: readonly string[], value: unknown): Verdict =>
  value === undefined ? null : allowed.includes(String(toScalar(value)).toLowerCase());

/** Returns the id of a pipeline stage, which TutorCruncher sends as a record. */
export const stageIdOf = (stage: unknown): unknown => (isJsonObject(stage) ? stage.id : stage);

/** Checks that a field has changed. A nested record with the same id is unchanged, even if only one state has its fields. */
function hasChanged(choices: readonly ChosenField[], { changedKeys, uncomparedKeys }: Comparison): Verdict {
  if (choices.some(({ fields }) => fields.some((key) => changedKeys.has(key)))) return true;
  const unknown = uncomparedKeys();
  const isUnknown = ({ fields, identity }: ChosenField): boolean =>
    identity === null ? fields.some((key) => unknown.has(key)) : unknown.has(identity);
  return choices.some(isUnknown) ? null : false;
}

/** Returns true if there are conditions on a change. An event that reports no change meets none of them. */
export const hasConditions = (conditions: ChangeConditions): boolean =>
  Object.keys(conditions).some((key) => key !== 'skipsUnknown' && key !== 'oncePerPayment');

/** Checks all conditions on a change. @param earlier - the subject in the earlier state */
export function checkConditions(
  { changedFields, earlierStatuses, earlierStages, addedLabel }: ChangeConditions,
  comparison: Comparison,
  earlier: JsonObject,
): ConditionsResult {
  const verdicts: Verdict[] = [
    changedFields ? hasChanged(changedFields, comparison) : true,
    earlierStatuses ? isAmong(earlierStatuses, earlier.status) : true,
    earlierStages ? isAmong(earlierStages, stageIdOf(earlier.pipeline_stage)) : true,
    addedLabel === undefined || (comparison.addedLabels?.some(({ id }) => String(id) === addedLabel) ?? null),
  ];
  if (verdicts.includes(false)) return 'violated';
  return verdicts.includes(null) ? 'unknown' : 'met';
}
