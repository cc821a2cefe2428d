/** Helpers that run the app as zapier-platform-core does. They sign events, so every run passes the signature check. */

import zapier from 'zapier-platform-core';

import app from '../../index.ts';
import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { keepProcess } from '../../local/app-runner.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';

interface AppTester {
  (method: unknown, bundle: object, clearCache?: boolean): Promise<unknown>;
  /** The content of Zapier's cache. */
  zcacheTestObj: object;
}
/** Functions of zapier-platform-core, whose types do not describe these arguments. */
export const { createAppTester, createAppHandler } = zapier as unknown as {
  createAppTester: (app: unknown) => AppTester;
  createAppHandler: (app: unknown) => (event: object) => Promise<{ results: unknown }>;
};

keepProcess();
// Core reads the used memory before each run, which takes milliseconds in a process as large as a test runner.
const memory = process.memoryUsage();
process.memoryUsage = Object.assign(() => memory, { rss: () => memory.rss });

/** Returns true if a function belongs to a step. Does not compute the step's lazy properties. */
const hasMethod = ({ operation }: { readonly operation: object }, method: unknown): boolean =>
  Object.values(Object.getOwnPropertyDescriptors(operation)).some(({ value }) => [value].flat().includes(method));

/** Returns the app with only the step to which a function belongs; the whole app if the function belongs to no step. */
function appWithStepOf(method: unknown): object {
  for (const kind of ['triggers', 'searches', 'creates'] as const) {
    const [found] = Object.entries<{ readonly operation: object }>(app[kind]).filter(([, step]) =>
      hasMethod(step, method),
    );
    if (!found) continue;
    const steps = { triggers: {}, searches: {}, creates: {}, searchOrCreates: {}, [kind]: Object.fromEntries([found]) };
    return { ...app, ...steps };
  }
  return app;
}

const testers = new Map<unknown, AppTester>();
/** Zapier's cache, which all steps share. */
let cache = {};

/**
 * Runs a method of the app as zapier-platform-core does. Core copies the whole definition several times for each run
 * and each request, so core gets only the step of the method. `test/scripts/build.test.ts` runs steps of the whole app.
 *
 * @param entries - the texts of the cache after it was cleared
 */
export const appTester = (method: unknown, bundle: object, clearCache = false, entries = {}): Promise<unknown> => {
  const tester = testers.get(method) ?? createAppTester(appWithStepOf(method));
  testers.set(method, tester);
  if (clearCache) cache = { ...entries };
  tester.zcacheTestObj = cache;
  return tester(method, bundle);
};

/** Returns the names and values in Zapier's cache. */
export const cachedEntries = (): [name: string, value: unknown][] => Object.entries(cache);

/** Returns the records that a method of a trigger returns, with an empty cache. */
export async function recordsOf(method: unknown, bundle: object): Promise<FlatRecord[]> {
  return (await appTester(method, bundle, true)) as FlatRecord[];
}

/** Returns the records that a trigger makes from a bundle. */
export const perform = (key: string, bundle: object): Promise<FlatRecord[]> =>
  recordsOf(triggerOf(key).definition.operation.perform, bundle);

/** Returns the records that a trigger makes from a delivery signed with the connection's key. */
export function deliver(key: string, delivery: unknown, inputData: JsonObject = {}): Promise<FlatRecord[]> {
  const bundle = bundleOf(requestFromTutorCruncher(delivery, PRIVATE_KEY));
  return perform(key, { ...bundle, inputData: { ...bundle.inputData, ...inputData } });
}

/** Returns the record that a trigger makes from its sample event with a different subject of the same model. */
export async function recordWith(key: string, subject: JsonObject): Promise<FlatRecord> {
  const { sampleEvent } = triggerOf(key);
  const [record] = await deliver(
    key,
    deliveryOf({ ...sampleEvent, subject: { model: sampleEvent.subject.model, ...subject } }),
  );
  if (!record) throw new Error(`The trigger "${key}" made no record.`);
  return record;
}
