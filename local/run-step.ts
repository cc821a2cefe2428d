/** `npm start -- do` and `-- poll`: run a step in a sample account, and print its requests and records. */

import app from '../index.ts';
import { suggestion } from '../relay/suggestion.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers } from '../triggers/index.ts';
import { toScalar } from '../wire/json.ts';
import { requestsOfStep, type ApiRequest } from './api/behaviour.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { HOST, privateKeyFrom } from './environment.ts';
import { inputDataFor, type Step } from './step-fields.ts';
import { countOf, recordText } from './record-table.ts';
import { print } from './terminal.ts';
import { createRunner, shownMessageOf, outputFieldsOf, type AppSteps } from './app-runner.ts';

/** Arguments of a run. */
interface DoOptions {
  readonly stepKey: string;
  /** The fields of the step, each as `key=value`. */
  readonly fields: readonly string[];
  readonly showsAll: boolean;
  readonly isPoll: boolean;
  /**
   * Port of a running stand-in for TutorCruncher, whose account the step uses. Without a port, the step runs in a new
   * account.
   */
  readonly port?: number | undefined;
  /** True to print only the records, in the form in which Zapier passes records to later steps. */
  readonly asJson?: boolean;
}

const POLLED: AppSteps = Object.fromEntries(polledTriggers.map(({ definition }) => [definition.key, definition]));

/**
 * Returns the path of a step's methods in the app, such as `creates.create_client.operation`, and the label and the key
 * of the step.
 * @throws {CommandError} if there is no such step
 */
function stepOf(key: string, isPoll: boolean): Step {
  const kinds: Readonly<Record<string, AppSteps>> = isPoll
    ? { triggers: POLLED }
    : { searches: app.searches, creates: app.creates };
  for (const [place, steps] of Object.entries(kinds)) {
    if (!Object.hasOwn(steps, key)) continue;
    return { path: `${place}.${key}.operation`, title: `${steps[key]?.display.label ?? ''} (${key})` };
  }
  const keys = Object.values(kinds).flatMap((steps) => Object.keys(steps));
  const noun = isPoll ? 'polled trigger' : 'search or action';
  throw new CommandError(`There is no ${noun} "${key}".${suggestion(key, keys)}\n\nThe keys are: ${keys.join(', ')}`);
}

const requestText = ({ method, path, body }: ApiRequest): string =>
  [`${method} ${path}`, ...(body ? [JSON.stringify(body, null, 2)] : [])].join('\n');

const requestsText = (requests: readonly ApiRequest[]): string =>
  requests.length === 0
    ? 'Sent nothing to TutorCruncher.\n'
    : `Sent to TutorCruncher:\n\n${requests.map(requestText).join('\n\n')}\n`;

/**
 * Runs a step once, and prints the records, and the requests if the account is new.
 * @throws {CommandError} if there is no such step or field, or if the run fails
 */
export async function runStep({ stepKey, fields, showsAll, isPoll, port, asJson = false }: DoOptions): Promise<void> {
  const step = stepOf(stepKey, isPoll);
  const privateKey = privateKeyFrom(process.env);
  const tutorCruncher = port === undefined ? await startTutorCruncher(privateKey) : null;
  // Overwrite any value from the environment, because a run must never use a real account.
  process.env.TUTORCRUNCHER_URL = tutorCruncher?.origin ?? `http://${HOST}:${port}`;
  try {
    const zapier = createRunner(app, privateKey);
    const inputData = await inputDataFor(zapier, step, fields, !isPoll);
    const before = tutorCruncher?.requests.length;
    const bundle = { inputData, inputDataRaw: inputData };
    const performed = isPoll ? zapier.poll(stepKey, bundle) : zapier.call(`${step.path}.perform`, bundle);
    const outcome = await performed.then(
      (result) => ({ result }),
      (error: unknown) => ({ message: shownMessageOf(error) }),
    );
    if (tutorCruncher && !asJson) print(requestsText(requestsOfStep(tutorCruncher.requests.slice(before))));
    if ('message' in outcome) throw new CommandError(`${step.title} failed: ${outcome.message}`);
    const records = [outcome.result].flat() as FlatRecord[];
    if (asJson) {
      // The JSON is not wrapped to fit the terminal, so that programs can read it.
      console.log(JSON.stringify(records, null, 2));
      return;
    }
    print(`${step.title} returns ${countOf(records.length, 'record')}.`);
    const labels = await outputFieldsOf(zapier, step.path, { inputData });
    const seeAll = 'add --all to the end of the command.';
    for (const record of records) {
      print(`\nID: ${String(toScalar(record.id))}\n\n${recordText(stepKey, labels, record, showsAll, seeAll)}`);
    }
  } finally {
    await tutorCruncher?.stop();
  }
}
