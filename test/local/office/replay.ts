/** Replays the expected steps of a task in the account of a stand-in. */

import app from '../../../index.ts';
import { inputFieldsOf, shownMessageOf, type Runner } from '../../../local/app-runner.ts';
import type { FlatRecord } from '../../../src/record/record.ts';
import { isJsonObject } from '../../../wire/json.ts';
import type { ExpectedStep } from '../../../local/office/task.ts';

/** The records of the steps so far. */
type Results = readonly (readonly FlatRecord[])[];

/** Returns the path of a search's or an action's methods. @throws {Error} if there is no such step */
function pathOf(key: string): string {
  if (Object.hasOwn(app.searches, key)) return `searches.${key}.operation`;
  if (Object.hasOwn(app.creates, key)) return `creates.${key}.operation`;
  throw new Error(`There is no step "${key}".`);
}

/** Returns the value at a path such as `1.0.client_id`. @throws {Error} if no earlier step has returned it */
function earlierValue(results: Results, path: string): string {
  const [step, ...names] = path.split('.');
  const value = names.reduce<unknown>(
    (parent, name) => (Array.isArray(parent) ? parent[Number(name)] : isJsonObject(parent) ? parent[name] : undefined),
    results[Number(step) - 1],
  );
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Error(`No earlier step returns "${path}".`);
}

/** Returns the inputs of a step, with references to earlier results replaced by their values. */
const inputsOf = ({ inputs }: ExpectedStep, results: Results): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      value.replace(/^\{(\d[\w.]*)\}$/, (_whole, path: string) => earlierValue(results, path)),
    ]),
  );

/** The outcome of a step. */
export interface Replayed {
  readonly step: ExpectedStep;
  /** Keys of inputs that the step does not have. */
  readonly unknownInputs: readonly string[];
  readonly records: readonly FlatRecord[];
  readonly error: string | null;
}

/** Runs steps one after another. `optional` inputs are left out if `isShort` is true. */
export async function replay(zapier: Runner, steps: readonly ExpectedStep[], isShort: boolean): Promise<Replayed[]> {
  const replayed: Replayed[] = [];
  for (const step of steps) {
    const path = pathOf(step.key);
    const given = inputsOf(
      step,
      replayed.map(({ records }) => records),
    );
    const inputData = Object.fromEntries(
      Object.entries(given).filter(([key]) => !isShort || !step.optional?.includes(key)),
    );
    const keys = (await inputFieldsOf(zapier, path, inputData)).map(({ key }) => key);
    const unknownInputs = [...Object.keys(inputData), ...(step.free ?? []), ...(step.optional ?? [])].filter(
      (key) => !keys.includes(key),
    );
    const outcome = await zapier.call(`${path}.perform`, { inputData, inputDataRaw: inputData }).then(
      (result) => ({ records: [result].flat() as FlatRecord[], error: null }),
      (error: unknown) => ({ records: [], error: shownMessageOf(error) }),
    );
    replayed.push({ step, unknownInputs, ...outcome });
  }
  return replayed;
}
