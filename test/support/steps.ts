/**
 * Helpers that run searches and actions as Zapier does, and that create records in the format of TutorCruncher's API.
 */

import { createRequire } from 'node:module';

import app from '../../index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { TutorCruncherObject } from '../../src/object/tutorcruncher-object.ts';
import type { InputField } from '../../src/inputs/input.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { shownMessageOf } from '../../local/app-runner.ts';
import { appTester } from './app-tester.ts';

/**
 * Converts a step's inputs by their types, as Zapier does before it runs the step. Zapier's command line has this
 * function.
 */
export const convertAsZapier = createRequire(import.meta.url)(
  'zapier-platform-cli/src/oclif/commands/invoke/input-types.js',
) as (inputData: JsonObject, fields: readonly InputField[], timeZone: string) => JsonObject;

/** Returns the records that a search finds, without the number of matches, which the records of actions lack. */
export const find = async (...run: Parameters<typeof search>): Promise<FlatRecord[]> =>
  (await search(...run)).map((found) =>
    Object.fromEntries(Object.entries(found).filter(([name]) => name !== 'matches')),
  );

/** Returns the records that a search finds. */
export async function search(
  key: string,
  inputData: JsonObject,
  meta: JsonObject = {},
  inputDataRaw: JsonObject = {},
): Promise<FlatRecord[]> {
  const method = app.searches[key]?.operation.perform;
  if (method === undefined) throw new Error(`There is no search "${key}".`);
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData, inputDataRaw, meta };
  return (await appTester(method, bundle, true)) as FlatRecord[];
}

/** Returns the record that an action returns. Zapier's cache is empty. */
export const act = (
  key: string,
  inputData: JsonObject,
  meta: JsonObject = {},
  inputDataRaw: JsonObject = {},
): Promise<FlatRecord> => runAction(key, { inputData, inputDataRaw, meta }, true);

/** Returns the record that an action returns. Zapier's cache contains the entries of earlier runs. */
export const actLater = (key: string, inputData: JsonObject, meta: JsonObject = {}): Promise<FlatRecord> =>
  runAction(key, { inputData, inputDataRaw: {}, meta }, false);

async function runAction(key: string, step: object, clearCache: boolean) {
  const method = app.creates[key]?.operation.perform;
  if (method === undefined) throw new Error(`There is no action "${key}".`);
  const bundle = { authData: { private_key: PRIVATE_KEY }, ...step };
  return (await appTester(method, bundle, clearCache)) as FlatRecord;
}

/** Runs the action of a pair. */
export type Create = typeof act;

/** Runs both parts of a pair as Zapier does: with the same inputs, and the action only if the search finds nothing. */
export async function findOrCreate(key: string, inputData: JsonObject, create: Create = act): Promise<FlatRecord> {
  const pair = (app.searchOrCreates as Record<string, { search: string; create: string }>)[key];
  const [found] = await search(pair?.search ?? '', inputData);
  return found ?? create(pair?.create ?? '', inputData, { withSearch: key });
}

/** Returns the fields that the editor shows for an action. */
export async function fieldsOf(key: string, inputData: JsonObject = {}): Promise<InputField[]> {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData };
  return (await appTester(app.creates[key]?.operation.inputFields, bundle, true)) as InputField[];
}

/** Returns the error message of a failing run. */
export async function failureOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    return shownMessageOf(error);
  }
  throw new Error('The run did not fail.');
}

/** Returns an object in the API's format: without the model, which only webhooks contain. */
export const detail = ({ sample }: TutorCruncherObject, changes: JsonObject = {}): JsonObject => ({
  ...Object.fromEntries(Object.entries(sample.subject).filter(([name]) => name !== 'model')),
  ...changes,
});

/** Returns a page of a list in the API's format: the only page, or a page that other pages follow. */
export const page = (results: readonly unknown[], hasMore = false) => ({
  count: hasMore ? 1000 : results.length,
  next: hasMore ? 'https://app.tutorcruncher.com/api/next/?page=2' : null,
  previous: null,
  results,
});
