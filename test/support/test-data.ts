/** The test data that triggers show in apps without a relay. */

import { PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { recordsOf } from './app-tester.ts';

/** Returns the test data of a trigger. */
export const performList = (key: string, inputData: JsonObject = {}): Promise<FlatRecord[]> =>
  recordsOf(triggerOf(key).definition.operation.performList, { authData: { private_key: PRIVATE_KEY }, inputData });

/** Returns a record in the API's format: without the model, which only webhooks contain. */
export function detailOf(key: string, changes: JsonObject = {}): JsonObject {
  return { ...triggerOf(key).sampleEvent.subject, model: undefined, ...changes };
}

/** Returns a copy of a trigger's sample that can be compared with the records of a run. */
export const sampleOf = (key: string): FlatRecord => ({ ...triggerOf(key).definition.operation.sample });
