/**
 * `npm start -- poll`: runs a polled trigger once against the stand-in for TutorCruncher, and prints the requests and the
 * records.
 */

import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers } from '../triggers/index.ts';
import { CommandError } from './command-error.ts';
import { runOnce, tableOf, type DoOptions, type Step } from './do.ts';
import { textOf } from './run-text.ts';
import { suggestion } from '../relay/suggestion.ts';
import { print } from './terminal.ts';
import { countOf } from './zap-result.ts';

/** @throws {CommandError} if the app has no such polled trigger */
function stepOf(key: string): Step {
  const keys = polledTriggers.map(({ definition }) => definition.key);
  const trigger = polledTriggers.find(({ definition }) => definition.key === key);
  if (trigger) return { path: `triggers.${key}.operation`, title: `${trigger.definition.display.label} (${key})` };
  throw new CommandError(
    `There is no polled trigger "${key}".${suggestion(key, keys)}\n\nPolled triggers: ${keys.join(', ')}`,
  );
}

/**
 * Polls once, in a new account, and prints the requests and the records.
 *
 * @throws {CommandError} if there is no such trigger or field, or if the poll fails
 */
export async function pollOnce(options: DoOptions): Promise<void> {
  const step = stepOf(options.stepKey);
  await runOnce(step, options.fields, false, async ({ zapier, inputData, result }) => {
    const records = result as FlatRecord[];
    print(`${step.title} returns ${countOf(records.length, 'record')}.`);
    for (const record of records) {
      print(`\nID: ${textOf(record.id)}\n\n${await tableOf(zapier, step, inputData, record, options, 'poll')}`);
    }
  });
}
