/** Runs of Zaps whose outcomes a test chooses. */

import type { Outcome, Runner } from '../../local/app-runner.ts';
import { ZapRuns } from '../../local/zap-runs.ts';

const LABELS = { note_added: { display: { label: 'Note Added' } } };

/** The app of the runs. */
export const APP = { triggers: LABELS };

/** A record as a Zap receives it. */
export const NOTE = { id: '1', note_text: 'Prefers calls.' };

/** Returns a runner. @param perform - returns the outcome of a run of a trigger with these choices */
export const runnerWith = (
  perform: (triggerKey: string, inputData: unknown) => Outcome | Promise<Outcome>,
  inputFields: readonly object[] = [],
): Runner => ({
  perform: async (triggerKey, _request, inputData) => perform(triggerKey, inputData),
  poll: () => Promise.resolve([]),
  call: (method) => Promise.resolve(method.endsWith('.inputFields') ? inputFields : []),
});

/** Returns runs of Zaps that use the given runner, and whose results are printed. */
export function printedRuns(runner: Runner, showsAll = false): ZapRuns {
  const runs = new ZapRuns(APP, runner, showsAll);
  runs.isPrinted = true;
  return runs;
}

/** A request whose contents the runner ignores. */
export const REQUEST = { body: Buffer.from('{}'), headers: {} };
