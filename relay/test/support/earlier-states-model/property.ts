import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { StoreContext, type NewDatabase } from '../store-context.ts';
import { ALL, modelCommands, type Real } from './commands.ts';
import { Model, RETENTION } from './model.ts';
import { MAX_BYTES, RealStore } from './real-store.ts';

/** Number of runs. `RELAY_MODEL_RUNS` overrides this number. */
const RUNS = Number(process.env.RELAY_MODEL_RUNS ?? 15);
const TIMEOUT_MS = 300_000 + RUNS * 10_000;
const T0 = 1_700_000_000_000;

/**
 * Defines the test that compares a kind of store with the model. A failure prints the seed and the shortest commands.
 */
export function earlierStatesModelTest(name: string, newDatabase: NewDatabase): void {
  describe(name, () => {
    const context = new StoreContext(newDatabase);

    it(
      'keeps the states that the model keeps, in any order of calls',
      async () => {
        const run = async (commands: Iterable<fc.AsyncCommand<Model, Real, true>>) => {
          await context.open({ maxChannelBytes: MAX_BYTES, ...RETENTION });
          const store = new RealStore(context);
          const model = new Model(T0);
          const all = { ...ALL, sends: [] };
          model.subscribers.push(all);
          await store.subscribe(all, null, T0);
          await fc.asyncModelRun(() => ({ model, real: { store, seqs: new Map<string, number>() } }), commands);
        };
        await fc.assert(fc.asyncProperty(modelCommands, run), { numRuns: RUNS });
      },
      TIMEOUT_MS,
    );
  });
}
