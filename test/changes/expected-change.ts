/** Compact expectations about the change that a record reports, and their comparison with a record. */

import { expect } from '@jest/globals';

import type { Sequence, SequenceEvent } from './sequences/sequence.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { TutorCruncherObject } from '../../src/tutorcruncher-object.ts';

/**
 * The change that a record reports: unknown, or the changed fields with their values. `details` are additional keys in the
 * records of triggers about one object.
 */
export type Expected =
  'unknown' | { readonly changes: readonly string[]; readonly details?: Readonly<Record<string, string>> };

/** Names of the Zaps that an event starts, separated by spaces, and the change in their records. */
export type Runs = readonly [zaps: string, expected: Expected];

/** An event, identified by its message, with the Zaps that it starts and the change in their records. */
export type Row = readonly [message: string, ...Runs];

/** An event, which is delivered alone, with the runs that it causes. */
export type Step = readonly [SequenceEvent, ...Runs[]];

/** A sequence with the changes that the Zaps must report. */
export interface ExpectedSequence extends Sequence {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Returns the expectation that a record reports some changes. */
export const changed = (...changes: readonly string[]): Expected => ({ changes });
/** A comparison that found no changes. */
export const none = changed();

/** Returns the rows of steps. */
export const rowsOf = (steps: readonly Step[]): Row[] =>
  steps.flatMap(([{ message }, ...runs]) => runs.map((each): Row => [message, ...each]));

/** Returns a sequence. Each sequence has its own record. @param id - TutorCruncher's id of the record */
export const sequence = (
  title: string,
  object: TutorCruncherObject,
  id: number,
  ...steps: readonly Step[]
): ExpectedSequence => ({ title, object, id, deliveries: steps.map(([event]) => [event]), rows: rowsOf(steps) });

/** Keys about the change other than `changes_known`, `changed_fields` and `changes`. */
const DETAIL_KEYS = [
  ...['previous_status', 'previous_pipeline_stage', 'added_labels', 'removed_labels', 'previous_start'],
  'previous_finish',
];

/** Returns the text at a key of a record; an empty string for null. */
const textAt = (record: FlatRecord, key: string): string => {
  const { [key]: value } = record;
  return typeof value === 'string' ? value : '';
};

/** Returns the change that a record reports. */
export function changeIn(record: FlatRecord): object {
  const { event_message, changes_known, changed_fields, changes } = record;
  const lines = Array.isArray(changes) ? changes : [];
  expect(changed_fields ?? '').toBe(lines.map(({ field }) => field).join(', '));
  const details = DETAIL_KEYS.filter((key) => key in record).map((key) => [key, textAt(record, key)] as const);
  return {
    event: event_message,
    isKnown: changes_known,
    changes: lines.map(({ field, before, after }) => `${String(field)}: ${String(before)} → ${String(after)}`).sort(),
    hasDetails: details.some(([, value]) => value !== ''),
    details: Object.fromEntries(details),
  };
}

const anything: unknown = expect.anything();

/** Returns the change that the record of a Zap must report. */
export function expectedChange([event, , expected]: Row, zap: string): object {
  if (expected === 'unknown') return { event, isKnown: false, changes: [], hasDetails: false, details: anything };
  const details = zap === 'any_event' ? {} : (expect.objectContaining({ ...expected.details }) as unknown);
  return { event, isKnown: true, changes: [...expected.changes].sort(), hasDetails: anything, details };
}
