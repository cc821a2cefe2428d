import { afterEach, it } from '@jest/globals';
import fc from 'fast-check';

import { ALL, memoryCommands, type Real } from './commands.ts';
import { Model } from './model.ts';
import type { TestedDatabase } from '../store-contract/context.ts';
import { OPTIONS, RealStore } from './real-store.ts';

/** Number of runs. `RELAY_MODEL_RUNS` overrides it. */
const RUNS = Number(process.env.RELAY_MODEL_RUNS ?? 15);
const TIMEOUT_MS = 300_000 + RUNS * 10_000;
const T0 = 1_700_000_000_000;

/**
 * Defines the test that compares a kind of store with the model. A failure prints the seed and the shortest commands.
 */
export function memoryModelTest(name: string, newDatabase: () => Promise<Pick<TestedDatabase, 'open'>>): void {
  const opened: RealStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  it(
    `${name} remembers what the model remembers, in any order of calls`,
    async () => {
      const run = async (commands: Iterable<fc.AsyncCommand<Model, Real, true>>) => {
        const { open } = await newDatabase();
        const store = new RealStore(() => open(OPTIONS));
        opened.push(store);
        await store.reopen();
        const model = new Model(T0);
        const all = { ...ALL, sends: [] };
        model.subscribers.push(all);
        await store.subscribe(all, null, T0);
        await fc.asyncModelRun(() => ({ model, real: { store, seqs: new Map<string, number>() } }), commands);
        await store.close();
      };
      await fc.assert(fc.asyncProperty(memoryCommands, run), { numRuns: RUNS });
    },
    TIMEOUT_MS,
  );
}
