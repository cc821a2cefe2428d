/** Helpers that poll the app as Zapier does, with the stand-in for TutorCruncher. */

import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { fromNow } from '../../local/simulated-lists/polled-list.ts';
import { turnedOnEntries } from '../../local/turned-on-zap.ts';
import { zapIdOf } from '../../src/polled/zap-notes.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { polledTriggers } from '../../triggers/index.ts';
import { appTester } from './app-tester.ts';

export { fromNow };

/** Returns the definition of a polled trigger. @throws {Error} if no trigger has this key */
export function polledTriggerOf(key: string) {
  const trigger = polledTriggers.find(({ definition }) => definition.key === key);
  if (!trigger) throw new Error(`There is no polled trigger "${key}".`);
  return trigger;
}

/** Settings of a poll. */
export interface PollOptions {
  readonly meta?: JsonObject;
  /** True to keep the cache of the previous poll. Otherwise, the Zap was turned on when nothing was due. */
  readonly keepsCache?: boolean;
  /** True if the cache has lost the notes of the Zap. */
  readonly hasLostNotes?: boolean;
}

/** Returns the records of a poll. The Zap has a chosen time zone, so the poll does not request the branch. */
export async function poll(
  key: string,
  inputData: JsonObject = {},
  { meta = {}, keepsCache = false, hasLostNotes = false }: PollOptions = {},
): Promise<FlatRecord[]> {
  const bundle = {
    authData: { private_key: PRIVATE_KEY },
    inputData: { time_zone: 'Europe/London', ...inputData },
    meta: { zap: { id: '17' }, ...meta },
  };
  const hasNone = keepsCache || hasLostNotes || meta.isPopulatingDedupe === true;
  const entries = hasNone ? {} : await turnedOnEntries(key, PRIVATE_KEY, zapIdOf(bundle as unknown as Bundle) ?? '');
  const { perform } = polledTriggerOf(key).definition.operation;
  return (await appTester(perform, bundle, !keepsCache, entries)) as FlatRecord[];
}

/** Returns the fields of a lesson of one hour. @param start - start of the lesson, in hours from now */
export const lessonAt = (start: number, status: string, changes: JsonObject = {}): JsonObject => ({
  start: fromNow(start),
  finish: fromNow(start + 1),
  status,
  topic: 'Algebra',
  location: null,
  rcras: [{ recipient: 503, recipient_name: 'Leo Raman', paying_client: 301, paying_client_name: 'Priya Raman' }],
  cjas: [{ contractor: 402, contractor_name: 'Hannah Whitlock' }],
  service: { id: 705, name: 'GCSE Maths', status: 'in-progress' },
  ...changes,
});

/**
 * The triggers about lessons that run for each person, each with the start in hours and the status of a lesson that is
 * due.
 */
export const LESSON_TRIGGERS = [
  ['lesson_starting', 2, 'planned'],
  ['lesson_ended', -2, 'complete'],
  ['lesson_not_completed', -30, 'planned'],
  ['report_missing', -30, 'awaiting-report'],
  ['job_gone_quiet', -15 * 24, 'complete'],
] as const;
