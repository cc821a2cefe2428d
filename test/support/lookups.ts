/** Helpers that run Zaps with choices for which triggers read additional data from TutorCruncher. */

import type { ApiResponse } from '../../local/api/behaviour.ts';
import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { shownMessageOf } from '../../local/app-runner.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester, perform, recordsOf } from './app-tester.ts';
import type { TutorCruncherOfTests } from './running-tutorcruncher.ts';

/** Returns the records of a Zap with these choices for an event about a subject. */
export function run(key: string, subject: JsonObject, inputData: JsonObject): Promise<FlatRecord[]> {
  const event = {
    ...triggerOf(key).sampleEvent,
    subject: { model: triggerOf(key).sampleEvent.subject.model, ...subject },
  };
  const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(event), PRIVATE_KEY));
  return perform(key, { ...bundle, inputData: { time_zone: 'Europe/London', ...inputData } });
}

/** Returns the records that a Zap with these choices shows in the editor. */
export const shown = (key: string, inputData: JsonObject) =>
  recordsOf(triggerOf(key).definition.operation.performList, {
    authData: { private_key: PRIVATE_KEY },
    inputData: { time_zone: 'Europe/London', ...inputData },
  });

/** Returns the keys of the output fields of a Zap with these choices. */
export const outputKeys = async (outputFields: unknown, inputData: JsonObject) =>
  (
    (await appTester(outputFields, { authData: { private_key: PRIVATE_KEY }, inputData }, true)) as { key: string }[]
  ).map(({ key }) => key);

/** A student of a lesson. */
export const student = (recipient: number, client: number) => ({ recipient, paying_client: client });

/** Responds to the requests for a path with these responses in order, and then repeats the last response. */
export function respondTo(
  { now }: TutorCruncherOfTests,
  path: string,
  ...responses: readonly (ApiResponse | null)[]
): void {
  let index = 0;
  now.behaviour.intercept = (request) =>
    request.path === path ? (responses[Math.min(index++, responses.length - 1)] ?? null) : null;
}

/** Returns the error that ends a run, with its name and its message. @throws {Error} if the run succeeds */
export async function endOf(records: Promise<unknown>) {
  try {
    await records;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: shownMessageOf(error), error };
  }
  throw new Error('The run has not failed.');
}
