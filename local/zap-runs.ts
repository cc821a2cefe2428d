/** Runs of Zaps in the stand-in for Zapier, which performs and prints the runs one at a time. */

import { EventEmitter, once } from 'node:events';

import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { requestsOfStep, type ApiRequest } from './api/behaviour.ts';
import { countOf, recordText } from './record-table.ts';
import { print } from './terminal.ts';
import type { IncomingRequest } from './zapier-headers.ts';
import { triggerLabelOf, outputFieldsOf, type App, type Outcome, type Runner } from './app-runner.ts';

/**
 * Maximum wait for a delivery from the relay and the resulting run, in milliseconds. Zapier ends a run after 30
 * seconds.
 */
const RUN_MS = 45_000;

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_text }: FlatRecord): string[] | null {
  if (typeof changes_text !== 'string') return null;
  return changes_text === '' ? [] : changes_text.split('\n');
}

function changesText(record: FlatRecord): string[] {
  const texts = changeTexts(record);
  if (texts === null) return [];
  if (texts.length === 0) return ['Nothing has changed since the previous event about the same record.'];
  return [['Changes since the previous event about the same record:', ...texts.map((text) => `  ${text}`)].join('\n')];
}

/** The app, and the runs of its Zaps. */
export class ZapRuns {
  readonly #app: App;
  readonly #zapier: Runner;
  readonly #showsAll: boolean;
  readonly #ended = new EventEmitter();
  #last = Promise.resolve();
  /** True if runs are printed. */
  isPrinted = false;
  /** Triggers whose Zaps refuse all deliveries with status 400. */
  readonly refusing = new Set<string>();
  /** The choices in the fields of Zaps, keyed by trigger. */
  readonly choices = new Map<string, JsonObject>();
  /** The requests of all steps to the stand-in for TutorCruncher. */
  requests: readonly ApiRequest[] = [];
  /** The paths of the requests in the last run of a trigger. */
  lastReads: readonly string[] = [];

  constructor(app: App, zapier: Runner, showsAll: boolean) {
    this.#app = app;
    this.#zapier = zapier;
    this.#showsAll = showsAll;
  }

  /** Runs a Zap on a delivery, unless the Zap refuses it, and prints the run. Returns the status of the response. */
  receive(triggerKey: string, request: IncomingRequest): number {
    if (this.refusing.has(triggerKey)) return 400;
    void this.#inOrder(async () => {
      const before = this.requests.length;
      const outcome = await this.#zapier.perform(triggerKey, request, this.choices.get(triggerKey));
      this.lastReads = requestsOfStep(this.requests.slice(before)).map(({ path }) => path);
      if (this.isPrinted) print(`\n${await this.#textOf(triggerKey, outcome)}`);
      this.#ended.emit(triggerKey, outcome);
    });
    return 200;
  }

  /**
   * Runs a task that can print output. Resolves with the outcome of the trigger's next run, after the run has been
   * printed.
   *
   * @throws {Error} if there is no run within 45 seconds, or if the task fails
   */
  async runAfter(task: () => Promise<unknown>, triggerKey: string): Promise<Outcome> {
    const next = once(this.#ended, triggerKey, { signal: AbortSignal.timeout(RUN_MS) }) as Promise<[Outcome]>;
    const arrived = next.catch(() => null);
    await this.#inOrder(task);
    const [outcome] = (await arrived) ?? [];
    if (!outcome) throw new Error(`no delivery arrived within ${RUN_MS / 1000} seconds.`);
    return outcome;
  }

  /** Runs a task after all earlier tasks have ended, so that the outputs of tasks do not mix. */
  #inOrder(task: () => Promise<unknown>): Promise<void> {
    const run = this.#last.then(task).then(() => undefined);
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #textOf(triggerKey: string, outcome: Outcome): Promise<string> {
    const title = `${triggerLabelOf(this.#app, triggerKey)} (${triggerKey})`;
    if ('error' in outcome) {
      return `${title}: ${outcome.isRefusal ? 'delivery refused' : 'the Zap failed'}\n${outcome.error}`;
    }
    const { records } = outcome;
    if (records.length === 0) {
      const choices = this.choices.has(triggerKey) ? ' and its choices' : '';
      return `${title}: signature valid, no event for this trigger${choices}. The Zap does not run.`;
    }
    const fields = await outputFieldsOf(this.#zapier, `triggers.${triggerKey}.operation`);
    const texts = records.flatMap((record) => [
      ...changesText(record),
      recordText(triggerKey, fields, record, this.#showsAll),
    ]);
    return [`${title}: the Zap runs with ${countOf(records.length, 'record')}`, ...texts].join('\n\n');
  }
}
