/** The fields of a record that users look for first, for a table that fits on one screen. */

import { actions } from '../creates/index.ts';
import { recordObjects } from '../objects/index.ts';
import { objectSearches } from '../searches/index.ts';
import { isBranchKey } from '../src/record/branch-fields.ts';
import { isForPrograms } from '../src/record/key-order.ts';
import type { FieldValue, FlatRecord } from '../src/record/record.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { objectWordOf } from '../wire/models.ts';

/** Number of rows that fit on one screen together with a title and the line about the other fields. */
const MAX_FIELDS = 18;

/** Matches the keys of fields that describe a change. The change is displayed beside the table. */
const ABOUT_CHANGES =
  /^(?:changes_known|changes_unknown_because|changed_fields|added_labels|removed_labels|previous_\w+)$/;

const hasValue = (value: FieldValue | undefined): boolean =>
  value !== null && value !== undefined && value !== '' && !Array.isArray(value);

/** Returns the keys of a step's records that come from nested records. */
function nestedKeysOf(stepKey: string, record: FlatRecord): ReadonlySet<string> {
  const trigger = webhookTriggers.find(({ definition }) => definition.key === stepKey);
  const step = [...polledTriggers, ...objectSearches, ...actions].find(({ definition }) => definition.key === stepKey);
  const word = trigger?.filter.object ?? step?.object?.word ?? objectWordOf(record.subject_model);
  return recordObjects.find((object) => object.word === word)?.layout.nestedKeys ?? new Set();
}

function isShownElsewhere(key: string, record: FlatRecord): boolean {
  const isFilled = (other: string) => hasValue(record[other]);
  const end = key.slice(key.lastIndexOf('_') + 1);
  const start = key.slice(0, -end.length);
  if (isFilled(`${key}_text`)) return true;
  if (end === 'date' || end === 'time') return isFilled(`${start}text`);
  if (end === 'text') return /_(?:start|finish)_$/.test(start) && isFilled(start.replace(/(?:start|finish)_$/, 'when'));
  if (/(?:first|last)_name$/.test(key)) return isFilled(key.replace(/(?:first|last)_name$/, 'name'));
  return ['street', 'town', 'state', 'postcode', 'country'].includes(end) && isFilled(`${start}address`);
}

/** Returns the fields of a record that users look for first, in the order of the record and without empty fields. */
export function mainFields(stepKey: string, record: FlatRecord): FlatRecord {
  const nestedKeys = nestedKeysOf(stepKey, record);
  const entries = Object.entries(record).filter(
    ([key, value]) =>
      hasValue(value) &&
      !/(?:^|_)(?<!display_)id$|^event_action$|^is_repeat$/.test(key) &&
      !ABOUT_CHANGES.test(key) &&
      !isForPrograms(key) &&
      !isBranchKey(key) &&
      !isShownElsewhere(key, record) &&
      (!nestedKeys.has(key) || /_(?:name|address|topic|when)$/.test(key)),
  );
  return Object.fromEntries(entries.slice(0, MAX_FIELDS));
}
