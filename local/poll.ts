/**
 * `npm start -- poll`: runs a polled trigger once against the stand-in for TutorCruncher, and prints the requests and the
 * records.
 */

import app from '../index.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers } from '../triggers/index.ts';
import { requestsOfStep } from './api/behaviour.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { inputDataFor, requestsText, tableOf, type DoOptions, type Step } from './do.ts';
import { privateKeyFrom } from './environment.ts';
import { textOf } from './event-line.ts';
import { suggestion } from './suggestion.ts';
import { print } from './terminal.ts';
import { countOf } from './zap-result.ts';
import { createRunner, messageOf } from './zapier.ts';

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
  const privateKey = privateKeyFrom(process.env);
  const tutorCruncher = await startTutorCruncher(privateKey);
  // A poll never reads a real account, even if the variable refers to one.
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  try {
    const zapier = createRunner(app, privateKey);
    const inputData = await inputDataFor(zapier, step, options.fields, false);
    const before = tutorCruncher.requests.length;
    const outcome = await zapier.call(`${step.path}.perform`, { inputData, inputDataRaw: inputData }).then(
      (results) => ({ records: results as FlatRecord[] }),
      (error: unknown) => ({ message: messageOf(error) }),
    );
    print(requestsText(requestsOfStep(tutorCruncher.requests.slice(before))));
    if ('message' in outcome) throw new CommandError(`${step.title} failed: ${outcome.message}`);
    print(`${step.title} returns ${countOf(outcome.records.length, 'record')}.`);
    for (const record of outcome.records) {
      print(`\nID: ${textOf(record.id)}\n\n${await tableOf(zapier, step, inputData, record, options, 'poll')}`);
    }
  } finally {
    await tutorCruncher.stop();
  }
}
